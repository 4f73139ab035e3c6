#include "script/batch.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/program.hpp"
#include "script/tokens.hpp"

#include <charconv>
#include <optional>

namespace whisper::script {
namespace {

constexpr std::string_view options_hint =
    "Write \"-- migrate:batch table=TABLE key=COLUMN\", with \"size=10000\" (rows) and \"pause=50ms\" where wanted.";
constexpr std::string_view statement_hint =
    "Write one UPDATE, DELETE, INSERT … SELECT or MERGE with \"WHERE key BETWEEN :batch_start AND :batch_end\".";

// One option up to white space; blanks inside double quotes belong to it.
std::string_view take_option(std::string_view &rest) {
    rest = trim(rest);
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size() && (quoted || !is_space(rest[end])); ++end)
        if (rest[end] == '"') quoted = !quoted;
    std::string_view const option = rest.substr(0, end);
    rest.remove_prefix(end);
    return option;
}

// A name, or names with dots between them; quoted where they have quotes.
bool is_name(std::string_view text, bool qualified) {
    lexer tokens(text);
    for (bool wants_name = true;; wants_name = !wants_name) {
        token const t = tokens.next_or_comment();
        if (t.kind == token_kind::end) return !wants_name;
        bool const name = t.kind == token_kind::word || (t.kind == token_kind::quoted_identifier && t.length > 2);
        if (wants_name ? !name : !qualified || t.text(text) != ".") return false;
    }
}

bool is_valid_name(std::string_view text, bool qualified) {
    try {
        return is_name(text, qualified);
    } catch (const lexical_failure &) {
        return false;
    }
}

// A number and what follows it.
std::optional<std::int64_t> take_number(std::string_view &text) {
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::optional<std::int64_t> parse_pause(std::string_view text) {
    constexpr std::int64_t longest = std::int64_t{24} * 3600 * 1000;
    auto const number = take_number(text);
    if (!number || *number > longest) return std::nullopt;
    std::int64_t const unit = text == "ms" ? 1 : text == "s" ? 1000 : text == "min" ? 60000 : *number == 0 ? 1 : 0;
    if (unit == 0 || *number * unit > longest) return std::nullopt;
    return *number * unit;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    auto const number = take_number(text);
    return number && *number > 0 && text.empty() ? number : std::nullopt;
}

struct bound_use {
    bool used = false, exclusive = false;
};

// The section with numbered parameters in place of its variables, and how it compares them.
class bound_reader {
public:
    bound_reader(std::string_view section, const file_place &place) : section_(section), place_(place) {}

    std::string run() {
        std::string sql;
        std::size_t copied = 0;
        lexer tokens(section_);
        token before{token_kind::end, 0, 0, 1};
        for (token t = tokens.next(); t.kind != token_kind::end;) {
            token const next = tokens.next();
            bool const colon = t.kind == token_kind::punctuation && t.text(section_) == ":";
            if (t.kind == token_kind::parameter)
                place_.fail("parameter \"" + std::string(t.text(section_)) + "\" in a batch", {}, statement_hint);
            bound_use *const bound = colon && next.kind == token_kind::word && next.offset == t.offset + 1
                                         ? find(next.text(section_))
                                         : nullptr;
            if (!bound) {
                before = t;
                t = next;
                continue;
            }
            token const after = tokens.next();
            sql.append(section_, copied, t.offset - copied).append(bound == &start ? "$1" : "$2");
            copied = next.offset + next.length;
            bound->used = true;
            bound->exclusive |= is_exclusive(before.text(section_), after.text(section_), bound == &start);
            before = next;
            t = after;
        }
        sql.append(section_, copied);
        return sql;
    }

    bound_use start, end;

private:
    bound_use *find(std::string_view name) {
        return name == "batch_start" ? &start : name == "batch_end" ? &end : nullptr;
    }

    // "key > :batch_start", ":batch_start < key"; "key < :batch_end", ":batch_end > key".
    static bool is_exclusive(std::string_view before, std::string_view after, bool is_start) {
        return before == (is_start ? ">" : "<") || after == (is_start ? "<" : ">");
    }

    std::string_view section_;
    const file_place &place_;
};

}   // namespace

batch_options parse_batch_options(std::string_view options, const file_place &place) {
    batch_options read;
    boost::container::small_vector<std::string_view, 4> seen;
    for (std::string_view option = take_option(options); !option.empty(); option = take_option(options)) {
        std::size_t const equals = std::min(option.find('='), option.size());
        std::string_view const key = option.substr(0, equals);
        std::string_view const value = option.substr(std::min(equals + 1, option.size()));
        for (std::string_view const before : seen)
            if (before == key) place.fail("batch option \"" + std::string(key) + "\" given twice");
        seen.push_back(key);
        bool valid;
        if (key == "table") {
            read.table = value;
            valid = is_valid_name(value, true);
        } else if (key == "key") {
            read.key = value;
            valid = is_valid_name(value, false);
        } else if (key == "size") {
            auto const size = parse_size(value);
            valid = size.has_value();
            read.size = size.value_or(0);
        } else if (key == "pause") {
            auto const pause = parse_pause(value);
            valid = pause.has_value();
            read.milliseconds = pause.value_or(0);
        } else {
            place.fail("unknown batch option \"" + std::string(option) + "\"", {}, options_hint);
        }
        if (!valid) place.fail("invalid batch option \"" + std::string(option) + "\"", {}, options_hint);
    }
    if (read.table.empty() || read.key.empty())
        place.fail(std::string("a batch without ") + (read.table.empty() ? "table" : "key"), {}, options_hint);
    return read;
}

batch_statement compile_batch(const statement_reader &reader, std::string_view section, std::string_view file,
                              int first_line) {
    file_place const place{file, first_line};
    bound_reader bounds(section, place);
    std::string const sql = [&] {
        try {
            return bounds.run();
        } catch (lexical_failure &problem) {
            problem.locate(file, problem.line + first_line - 1);
            throw;
        }
    }();
    program const compiled = compile(reader, sql, file, first_line);
    if (compiled.actions.size() != 1 || compiled.actions[0].kind != action_kind::sql)
        place.fail("a batch section must hold one statement", {}, statement_hint);
    action const &only = compiled.actions[0];
    if (only.traits.known() && !only.traits.changes_rows)
        place.fail("a batch cannot run " + only.traits.command, {}, statement_hint);
    if (!bounds.start.used || !bounds.end.used)
        place.fail(std::string("a batch that does not use :batch_") + (bounds.start.used ? "end" : "start"), {},
                   statement_hint);
    return {std::string(only.text), bounds.start.exclusive, bounds.end.exclusive, only.line_in_file(first_line)};
}

std::string batch_identity(const batch_options &options) { return "table=" + options.table + " key=" + options.key; }

}   // namespace whisper::script

#include "script/formats/liquibase_file.hpp"

#include "script/change_set_name.hpp"
#include "script/characters.hpp"
#include "script/formats/liquibase_conditions.hpp"
#include "script/formats/liquibase_options.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"
#include "script/tokens.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format liquibase;

namespace {

constexpr std::string_view heading = "liquibase formatted", block_hint = "write one line \"--rollback\" for each";

bool begins(std::string_view body, std::string_view word) {
    return body.size() >= word.size() && equals_word(body.substr(0, word.size()), word);
}

// Behind the dashes of a comment; empty for any other line.
std::string_view comment_of(std::string_view line) {
    line = trim(line);
    return line.starts_with("--") ? trim(line.substr(2)) : std::string_view();
}

// A change set that is being read.
struct open_set {
    change_set made;
    change_options options;
    conditions checks;
    std::string body;   // its statements, before any check is put in front
    int body_line = 0;
};

class reader {
public:
    reader(directory &in, const included_file &what, property_values &values, std::optional<std::size_t> only)
        : in_(in), what_(what), values_(values), only_(only), script_(in.content(what.file)), log_path_(what.file) {}

    change_log read() {
        values_.begin_file();
        if (what_.plain && !is_formatted_sql(script_)) return read_plain();
        for (std::size_t start = 0; start < script_.size();) {
            std::size_t const end = find_character(script_, '\n', start);
            ++line_;
            std::string_view line = std::string_view(script_).substr(start, end - start);
            if (line.ends_with('\r')) line.remove_suffix(1);
            add(line);
            start = end + 1;
        }
        if (in_block_) fail("rollback without its end", "end it with a line \"*/\"");
        finish();
        change_log log;
        for (open_set &set : sets_) log.sets.push_back(std::move(set.made));
        log.has_properties = has_properties_;
        return log;
    }

private:
    // A file without the heading is one change set, as the tool calls it.
    change_log read_plain() {
        line_ = 1;
        open_set &set = sets_.emplace_back();
        set.made.author = "includeAll";
        set.made.name = "raw";
        set.options.transactional = true;
        set.made.line = 1;
        set.made.made.up.text = script_;
        describe(set, 1);
        set.made.made.up.line = 1;
        set.made.ours = is_meant(set.options);
        finish();
        change_log log;
        log.sets.push_back(std::move(set.made));
        return log;
    }

    void add(std::string_view line) {
        if (in_block_) {
            add_to_block(line);
            line = {};
        } else if (ignored_ != 0) {
            ignore(line);
            line = {};
        } else if (std::string_view const body = comment_of(line); begins(body, "changeset")) {
            if (body.size() == 9 || !is_space(body[9])) fail_for(line, "write \"--changeset AUTHOR:ID\"");
            finish();
            begin(trim(body.substr(9)));
            return;
        } else if (take_marker(line, body)) {
            line = {};
        }
        if (sets_.empty()) {
            preamble_.append(line).append("\n");
            return;
        }
        sets_.back().made.made.up.text.append(line).append("\n");
    }

    // True for a line that is no text of the change set.
    bool take_marker(std::string_view line, std::string_view body) {
        if (std::string_view const start = trim(line); start.starts_with("/*")) {
            std::string const block = marker_body(start.substr(2));
            if (!block.starts_with("liquibase")) return false;
            if (block != "liquibase rollback" || sets_.empty()) fail_for(line, std::string(block_hint));
            return in_block_ = true;
        }
        if (body.empty()) return false;
        if (begins(body, heading)) return take_heading(body);
        if (begins(body, "property")) return take_property(line, body);
        if (begins(body, "ignorelines:")) return begin_ignoring(trim(body.substr(12)), line);
        return !sets_.empty() && take_part(line, body);
    }

    bool take_part(std::string_view line, std::string_view body) {
        if (begins(body, "rollback "))
            add_rollback(trim(body.substr(9)));
        else if (begins(body, "preconditions"))
            take_consequences(line, trim(body.substr(13)));
        else if (begins(body, "precondition-"))
            take_condition(line, body.substr(13));
        else if (begins(body, "comment ") || begins(body, "comment: "))
            sets_.back().made.made.message = trim(body.substr(body[7] == ':' ? 8 : 7));
        else
            return false;
        return true;
    }

    bool take_heading(std::string_view body) {
        for (const auto &[key, value] : read_options(body.substr(heading.size())))
            if (key == "logicalfilepath" && !value.empty()) log_path_ = value;
        return true;
    }

    bool take_property(std::string_view line, std::string_view body) {
        if (body.size() < 9 || !is_space(body[8])) return false;
        if (!set_property(body.substr(9), in_.selected(), values_))
            fail_for(line, "write \"--property name:NAME value:VALUE\"");
        return has_properties_ = true;
    }

    bool begin_ignoring(std::string_view count, std::string_view line) {
        if (equals_word(count, "start")) {
            ignored_ = -1;
            return true;
        }
        if (count.empty() || count.size() > 6 || !std::ranges::all_of(count, is_digit))
            fail_for(line, "write \"--ignoreLines:start\", with \"--ignoreLines:end\" behind it, or a number of lines");
        ignored_ = std::stoi(std::string(count));
        return true;
    }

    void ignore(std::string_view line) {
        if (ignored_ > 0)
            --ignored_;
        else if (equals_word(comment_of(line), "ignorelines:end"))
            ignored_ = 0;
    }

    void begin(std::string_view text) {
        if (sets_.empty() && has_statement(preamble_))
            fail("text before the first change set", "write \"--changeset AUTHOR:ID\" before it");
        std::string filled(text);
        bool const has_placeholders = values_.replace(filled);
        if (filled.find("${") != filled.npos) fail_for(text, "give the value in pack.json, among \"placeholders\"");
        change_heading named;
        if (!read_heading(filled, named)) fail("change set without author and id", "write \"--changeset AUTHOR:ID\"");
        open_set &set = sets_.emplace_back();
        set.made.author = named.author;
        set.made.name = named.id;
        set.made.line = line_;
        set.made.has_placeholders = has_placeholders;
        set.options = take_options(named.options);
        describe(set, line_ + 1);
        set.made.ours = is_meant(set.options);
        if (set.made.ours && !set.options.problem.empty()) fail(set.options.problem, set.options.hint);
    }

    void describe(open_set &set, int first_line) {
        set.made.log = set.options.log.empty() ? log_path_ : set.options.log;
        migration &made = set.made.made;
        made.id = change_set_id(set.made.log, set.made.author, set.made.name);
        if (std::string_view const problem = id_problem(made.id); !problem.empty())
            fail("invalid revision id \"" + made.id + '"', std::string(id_hint));
        made.up.present = true;
        made.up.line = first_line;
        made.up.transactional = made.down.transactional = set.options.transactional;
        set.made.repeats = set.options.rerun != rerun_mode::never;
        if (set.made.repeats) made.rerun = set.options.rerun;
    }

    bool is_meant(const change_options &options) const {
        std::string problem;
        auto const meant = formats::is_meant(options, what_, in_.selected(), problem);
        if (!meant) fail(problem, "write names, with \"and\", \"or\", \"not\" and parentheses");
        return *meant;
    }

    void take_consequences(std::string_view line, std::string_view text) {
        open_set &set = sets_.back();
        for (const auto &[key, value] : read_options(text)) {
            if (key != "onfail" && key != "onerror") continue;   // others are about scripts that are only written
            auto const what = parse_consequence(value);
            if (what)
                (key == "onfail" ? set.checks.on_fail : set.checks.on_error) = *what;
            else if (set.made.ours)
                fail_for(line, "write \"HALT\", \"MARK_RAN\" or \"WARN\"");
        }
        if (set.checks.line == 0) set.checks.line = line_;
    }

    void take_condition(std::string_view line, std::string_view text) {
        open_set &set = sets_.back();
        if (!set.made.ours) return;
        std::size_t const blank = std::min(text.find_first_of(" \t"), text.size());
        std::string body(trim(text.substr(blank)));
        if (values_.replace(body)) set.made.has_placeholders = true;
        auto made = parse_condition(text.substr(0, blank), body);
        if (!made || body.find("${") != body.npos)
            fail_for(line, "write \"--precondition-sql-check expectedResult:0 SELECT …\"");
        set.checks.all.push_back(std::move(*made));
        if (set.checks.line == 0) set.checks.line = line_;
    }

    // Lines between them are left empty, so that errors name the right one.
    void add_rollback(std::string_view text) {
        section &down = sets_.back().made.made.down;
        if (!down.present) down.line = last_down_ = line_;
        down.present = true;
        for (; last_down_ < line_; ++last_down_) down.text += '\n';
        down.text += text;
    }

    void add_to_block(std::string_view line) {
        std::string_view text = line;
        while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
        if (text.ends_with("*/")) {
            in_block_ = false;
            text.remove_suffix(2);
        }
        add_rollback(text);
    }

    void finish() {
        if (sets_.empty()) return;
        open_set &set = sets_.back();
        migration &made = set.made.made;
        if (trim(made.up.text).empty())
            fail("change set without a statement in line " + std::to_string(set.made.line),
                 "write its SQL, or take it out");
        if (!set.made.ours || (only_ && *only_ + 1 != sets_.size())) return;
        settle_body(set);
        settle_rollback(set);
        guarded(made.up, [&] {
            if (!apply_conditions(made.up, set.checks, set.made.author + ':' + set.made.name, in_.path() + what_.file))
                fail("change set in line " + std::to_string(set.made.line) + " cannot be passed over by a precondition",
                     "write \"onFail:HALT\", or statements that can run in a block, inside a transaction");
        });
    }

    void settle_body(open_set &set) {
        if (set.body_line > 0) return;
        section &up = set.made.made.up;
        fill_in(set, up);
        guarded(up, [&] {
            if (set.options.split) replace_delimiters(up.text, set.options.ends);
        });
        set.body = up.text;
        set.body_line = up.line;
    }

    void settle_rollback(open_set &set) {
        section &down = set.made.made.down;
        std::string const body = marker_body(down.text);
        if (body.empty())
            down.present = false;
        else if (body.starts_with("not required") || body.starts_with("empty"))
            down.text.clear();
        else if (body.find("changesetid:") != body.npos)
            take_back_by(set, body);
        else
            settle_statements(set);
    }

    void settle_statements(open_set &set) {
        section &down = set.made.made.down;
        fill_in(set, down);
        guarded(down, [&] {
            if (set.options.rollback_split) replace_delimiters(down.text, set.options.rollback_ends);
        });
    }

    // The statements of another change set are the way back.
    void take_back_by(open_set &set, std::string_view body) {
        std::string author, id, path;
        for (const auto &[key, value] : read_options(body)) {
            if (key == "changesetid") id = value;
            if (key == "changesetauthor") author = value;
            if (key == "changesetpath") path = value;
        }
        auto const same = [&](const open_set &other) {
            return equals_word(other.made.author, author) && equals_word(other.made.name, id) && other.made.ours;
        };
        auto const found = std::ranges::find_if(sets_, same);
        if (found == sets_.end() || &*found == &set || (!path.empty() && !is_this_file(path)))
            fail("rollback by a change set that is not in the file before it", "write its statements");
        settle_body(*found);
        set.made.has_placeholders |= found->made.has_placeholders;
        set.made.made.down.text = found->body;
        set.made.made.down.line = found->body_line;
    }

    bool is_this_file(std::string_view path) const {
        for (std::string_view const own : {std::string_view(what_.file), std::string_view(log_path_)}) {
            std::string const all = '/' + std::string(own);
            std::string const asked = '/' + std::string(path);
            if (equals_word(all, asked) || all.ends_with(asked) || asked.ends_with(all)) return true;
        }
        return false;
    }

    void fill_in(open_set &set, section &into) {
        bool const plain = what_.plain && set.made.name == "raw";
        if (!plain && values_.replace(into.text)) set.made.has_placeholders = true;
        std::string name;
        int line = 0;
        guarded(into, [&] { line = find_open_placeholder(into.text, name); });
        if (line > 0)
            refuse(in_, liquibase, what_.file, into.line + line - 1, "placeholder \"" + name + "\" without a value",
                   "give it in pack.json, among \"placeholders\", or write \"${:name}\" for the text itself");
        if (!plain) restore_escaped(into.text);
    }

    // Names the line of what the lexer cannot cut.
    template <class Work>
    void guarded(const section &of, Work work) const {
        try {
            work();
        } catch (lexical_failure &problem) {
            problem.locate(in_.path() + what_.file, of.line + problem.line - 1);
            throw;
        }
    }

    [[noreturn]] void fail_for(std::string_view line, std::string hint) const {
        fail('"' + std::string(trim(line).substr(0, 60)) + '"', std::move(hint));
    }
    [[noreturn]] void fail(std::string message, std::string hint) const {
        refuse(in_, liquibase, what_.file, line_, std::move(message), std::move(hint));
    }

    directory &in_;
    const included_file &what_;
    property_values &values_;
    std::optional<std::size_t> const only_;
    std::string const script_;
    std::string log_path_, preamble_;
    boost::container::vector<open_set> sets_;
    int line_ = 0, last_down_ = 0;
    int ignored_ = 0;   // lines to come; -1 up to the end's marker
    bool in_block_ = false, has_properties_ = false;
};

}   // namespace

bool is_formatted_sql(std::string_view text) {
    std::string_view const start = trim(text);
    return begins(comment_of(start.substr(0, start.find('\n'))), heading);
}

change_log read_change_log(directory &in, const included_file &what, property_values &values,
                           std::optional<std::size_t> only) {
    return reader(in, what, values, only).read();
}

void read_properties(directory &in, const std::string &file, property_values &values) {
    values.begin_file();
    std::string const text = in.content(file);
    for (std::size_t start = 0; start < text.size();) {
        std::size_t const end = find_character(text, '\n', start);
        std::string_view const body = comment_of(std::string_view(text).substr(start, end - start));
        if (begins(body, "property ")) set_property(body.substr(9), in.selected(), values);
        start = end + 1;
    }
}

}   // namespace whisper::script::formats

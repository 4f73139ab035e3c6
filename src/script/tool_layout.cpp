#include "script/tool_layout.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/names.hpp"
#include "script/origin.hpp"
#include "script/reader.hpp"
#include "script/strings.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <compare>

namespace whisper::script {

namespace {

enum class side : unsigned char { up, down, repeatable };

// A file name taken apart.
struct parsed_name {
    side direction;
    std::string_view version, description;
};

// The numbers of a version without leading zeros, which may have any number of digits.
using version_key = boost::container::small_vector<std::string_view, 4>;

struct version_file {
    version_key key;
    parsed_name name;
    std::size_t position;   // in the directory's names
};

constexpr std::string_view suffix = ".sql";

std::string in_quotes(std::string_view folder, std::string_view name) {
    return '"' + std::string(folder) + std::string(name) + '"';
}

bool take_suffix(std::string_view &name, std::string_view ending) noexcept {
    if (!name.ends_with(ending)) return false;
    name.remove_suffix(ending.size());
    return true;
}

std::optional<parsed_name> parse_golang_migrate(std::string_view name) {
    if (!take_suffix(name, suffix)) return std::nullopt;
    parsed_name parsed{side::up, {}, {}};
    if (take_suffix(name, ".down"))
        parsed.direction = side::down;
    else if (!take_suffix(name, ".up"))
        return std::nullopt;
    auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(name, is_digit) - name.begin());
    if (digits == 0 || digits == name.size() || name[digits] != '_') return std::nullopt;
    parsed.version = name.substr(0, digits);
    parsed.description = name.substr(digits + 1);
    return parsed;
}

constexpr bool is_separator(char c) noexcept { return c == '.' || c == '_'; }

std::optional<parsed_name> parse_flyway(std::string_view name) {
    if (name.empty() || !take_suffix(name, suffix)) return std::nullopt;
    char const prefix = name.front();
    std::size_t const separator = name.find("__");
    if (separator == std::string_view::npos) return std::nullopt;
    std::string_view const version = name.substr(1, separator - 1), description = name.substr(separator + 2);
    if (prefix == 'R' && version.empty() && !description.empty()) return parsed_name{side::repeatable, {}, description};
    if ((prefix == 'V' || prefix == 'U') && is_flyway_version(version))
        return parsed_name{prefix == 'V' ? side::up : side::down, version, description};
    return std::nullopt;
}

// What differs between the tools.
struct tool_rules {
    migration_tool tool;
    std::string_view name, prefix, accepted;
    std::optional<parsed_name> (*parse)(std::string_view);
};

constexpr tool_rules every_tool[] = {
    {migration_tool::golang_migrate, "golang-migrate", "", "\"000001_name.up.sql\" and \"000001_name.down.sql\"",
     parse_golang_migrate},
    {migration_tool::flyway, "Flyway", "V",
     "\"V1__description.sql\", \"U1__description.sql\" and \"R__description.sql\"", parse_flyway},
};

const tool_rules *find_tool(std::span<const std::string> names) {
    for (const tool_rules &rules : every_tool)
        if (std::ranges::any_of(names, [&](const std::string &name) { return rules.parse(name).has_value(); }))
            return &rules;
    return nullptr;
}

// 1 and 1.0 are one version.
version_key key_of(std::string_view version) {
    version_key key;
    for (;;) {
        auto const end = static_cast<std::size_t>(std::ranges::find_if(version, is_separator) - version.begin());
        std::string_view number = version.substr(0, end);
        number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
        key.push_back(number);
        if (end == version.size()) break;
        version.remove_prefix(end + 1);
    }
    while (!key.empty() && key.back().empty()) key.pop_back();
    return key;
}

std::strong_ordering compare(const version_key &a, const version_key &b) noexcept {
    return std::lexicographical_compare_three_way(
        a.begin(), a.end(), b.begin(), b.end(), [](std::string_view x, std::string_view y) {
            return x.size() != y.size() ? x.size() <=> y.size() : x.compare(y) <=> 0;
        });
}

class directory {
public:
    directory(const tool_rules &rules, std::span<const std::string> names, std::string_view folder)
        : rules_(rules), names_(names), folder_(folder) {}

    tool_layout lay_out() {
        for (std::size_t i = 0; i < names_.size(); ++i) add(i);
        std::ranges::stable_sort(versions_, [](const version_file &a, const version_file &b) {
            std::strong_ordering const order = compare(a.key, b.key);
            return std::is_neq(order) ? std::is_lt(order) : a.name.direction < b.name.direction;
        });
        for (std::size_t i = 0; i < versions_.size();) i = add_version(i);
        sort_repeatable();
        layout_.tool = rules_.tool;
        return std::move(layout_);
    }

private:
    void add(std::size_t position) {
        std::optional<parsed_name> const parsed = rules_.parse(names_[position]);
        if (!parsed)
            throw failure(
                sqlstate::invalid_pack,
                "file " + in_quotes(folder_, names_[position]) + " is no migration of " + std::string(rules_.name),
                "Other files of its directory have that tool's names.",
                "name it like " + std::string(rules_.accepted) + ", or move it out of the directory");
        if (parsed->direction == side::repeatable)
            add_repeatable(*parsed, position);
        else
            versions_.push_back({key_of(parsed->version), *parsed, position});
    }

    void add_repeatable(const parsed_name &name, std::size_t position) {
        tool_migration m;
        m.id = "R__" + replaced(name.description, ' ', '_');
        m.message = replaced(name.description, '_', ' ');
        m.up = position;
        require_valid_id(m);
        layout_.repeatable.push_back(std::move(m));
    }

    // The files of one version, which begin at `i`, as a migration; the position after them.
    std::size_t add_version(std::size_t i) {
        const version_file &up = versions_[i];
        std::size_t end = i + 1;
        while (end < versions_.size() && std::is_eq(compare(versions_[end].key, up.key))) ++end;
        for (std::size_t k = i + 1; k < end; ++k)
            if (versions_[k].name.direction == versions_[k - 1].name.direction)
                fail_for_two(versions_[k - 1].position, versions_[k].position);
        if (up.name.direction == side::down)
            throw failure(sqlstate::invalid_pack,
                          "file " + in_quotes(folder_, names_[up.position]) + " undoes a version that has no file",
                          "Version " + std::string(up.name.version) + " has a way down only.",
                          rules_.tool == migration_tool::flyway
                              ? "put the file of its way up beside it, or remove it; if these are files of refinery, "
                                "which go up, write \"format\": \"refinery\" for the tier in pack.json"
                              : "put the file of its way up beside it, or remove it");
        tool_migration m;
        m.id = std::string(rules_.prefix) + replaced(up.name.version, '_', '.');
        m.message = replaced(up.name.description, '_', ' ');
        m.up = up.position;
        if (end > i + 1) m.down = versions_[i + 1].position;
        require_valid_id(m);
        layout_.versioned.push_back(std::move(m));
        return end;
    }

    // Flyway shows underscores as blanks and sorts by what it shows.
    void sort_repeatable() {
        std::ranges::stable_sort(layout_.repeatable, {}, &tool_migration::message);
        auto const twice = std::ranges::adjacent_find(layout_.repeatable, {}, &tool_migration::message);
        if (twice != layout_.repeatable.end()) fail_for_two(twice->up, std::next(twice)->up);
    }

    void require_valid_id(const tool_migration &m) const {
        if (std::string_view const problem = id_problem(m.id); !problem.empty())
            throw failure(sqlstate::invalid_pack,
                          "file " + in_quotes(folder_, names_[m.up]) + " gives invalid revision id \"" + m.id + '"',
                          std::string(problem), std::string(id_hint));
    }

    [[noreturn]] void fail_for_two(std::size_t first, std::size_t second) const {
        throw failure(sqlstate::duplicate_revision,
                      "files " + in_quotes(folder_, names_[first]) + " and " + in_quotes(folder_, names_[second]) +
                          " have the same version",
                      rules_.tool == migration_tool::flyway
                          ? "Versions are compared as numbers; of a repeatable file the description counts."
                          : "Versions are compared as numbers.",
                      "give one of them another one");
    }

    const tool_rules &rules_;
    std::span<const std::string> names_;
    std::string_view folder_;
    boost::container::vector<version_file> versions_;
    tool_layout layout_;
};

// The place of the first "${…}" at or after `from`, or the end; one line holds all of it.
std::size_t find_placeholder(std::string_view script, std::size_t from) noexcept {
    while ((from = script.find("${", from)) != std::string_view::npos) {
        std::size_t const close = script.find_first_of("}\r\n", from);
        if (close == std::string_view::npos) break;
        if (script[close] == '}') return from;
        from = close;
    }
    return script.size();
}

}   // namespace

bool is_flyway_version(std::string_view text) noexcept {
    bool after_digit = false;
    for (char const c : text) {
        if (!is_digit(c) && !(is_separator(c) && after_digit)) return false;
        after_digit = is_digit(c);
    }
    return after_digit;
}

std::strong_ordering compare_versions(std::string_view a, std::string_view b) { return compare(key_of(a), key_of(b)); }

migration_tool tool_of(std::span<const std::string> names) {
    const tool_rules *const rules = find_tool(names);
    return rules ? rules->tool : migration_tool::none;
}

tool_layout lay_out(std::span<const std::string> names, std::string_view folder) {
    const tool_rules *const rules = find_tool(names);
    return rules ? directory(*rules, names, folder).lay_out() : tool_layout();
}

void require_no_placeholders(std::string_view script, std::string_view file) {
    std::size_t at = find_placeholder(script, 0);
    if (at == script.size()) return;
    // Comments are what lies between the tokens, be it in one line or nested over many.
    script_reader reader(script);
    event e{};
    do {
        try {
            e = reader.next();
        } catch (lexical_failure &problem) {
            problem.locate(file, problem.line);
            throw;
        }
        bool const data = e.kind == event_kind::copy_data;
        std::size_t const start = data ? e.data_offset : e.at.offset;
        std::size_t const end = start + (data ? e.data_length : e.at.length);
        if (at < start) at = find_placeholder(script, start);
        if (at >= end) continue;
        std::string_view const text = script.substr(at, script.find('}', at) + 1 - at);
        int const line = 1 + count_lines(script.substr(0, at));
        throw failure(
            sqlstate::unsupported_command, "placeholder \"" + std::string(text) + "\" cannot be replaced in the server",
            "It stands in " + describe_place(file, line) + '.',
            "give it a value in \"placeholders\" of pack.json or of the setting whisper_migrate.placeholders, or "
            "write the value in its place");
    } while (e.kind != event_kind::end);
}

}   // namespace whisper::script

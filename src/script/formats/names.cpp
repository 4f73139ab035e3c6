#include "script/formats/names.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/lines.hpp"
#include "script/names.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

constexpr std::string_view suffix = ".sql";
constexpr std::size_t largest_searched = 1 << 20;

std::size_t count_digits(std::string_view name) noexcept {
    return static_cast<std::size_t>(std::ranges::find_if_not(name, is_digit) - name.begin());
}

entry entry_of(directory &in, const format &tool, const std::string &file, const name_rule &rule) {
    std::string_view stem = file;
    stem.remove_suffix(suffix.size());
    std::size_t const digits = count_digits(stem);
    bool const numbered =
        digits > 0 && (digits == stem.size() || rule.separators.find(stem[digits]) != std::string_view::npos);
    if (!numbered && rule.needs_number)
        refuse(in, tool, file, 0, "name without a number", "name it like \"00001_name.sql\", or move it elsewhere");
    entry made;
    std::size_t const end = numbered ? digits : std::min(stem.find('_'), stem.size());
    made.id = stem.substr(0, end);
    made.message = stem.substr(std::min(end + 1, stem.size()));
    std::ranges::replace(made.message, '_', ' ');
    made.files.push_back(file);
    if (std::string_view const problem = id_problem(made.id); !problem.empty())
        refuse(in, tool, file, 0, "invalid revision id \"" + made.id + '"', std::string(id_hint));
    return made;
}

}   // namespace

boost::container::vector<std::string> sql_files(directory &in, const std::string &folder) {
    std::string const before = folder.empty() ? folder : folder + '/';
    boost::container::vector<std::string> found;
    for (const std::string &file : in.list(folder).files) {
        if (file.size() <= suffix.size()) continue;
        std::string_view const ending = std::string_view(file).substr(file.size() - suffix.size());
        if (ending == suffix)
            found.push_back(file);
        else if (equals_word(ending, suffix))
            throw failure(sqlstate::invalid_pack, "file \"" + in.path() + before + file + "\" does not end in \".sql\"",
                          "Migrations are told by that ending, in small letters.", "rename the file");
    }
    return found;
}

boost::container::vector<entry> list_by_number(directory &in, const format &tool, const name_rule &rule) {
    boost::container::vector<entry> found;
    for (const std::string &file : sql_files(in)) found.push_back(entry_of(in, tool, file, rule));
    std::ranges::stable_sort(
        found, [](const entry &a, const entry &b) { return compare_numbers(a.files.front(), b.files.front()) < 0; });
    auto const twice = std::ranges::adjacent_find(
        found, [](const entry &a, const entry &b) { return is_digit(a.id[0]) && compare_numbers(a.id, b.id) == 0; });
    if (twice != found.end())
        throw failure(sqlstate::duplicate_revision,
                      "files \"" + in.path() + twice->files.front() + "\" and \"" + in.path() +
                          std::next(twice)->files.front() + "\" have the same version",
                      "Versions are compared as numbers.", "give one of them another one");
    return found;
}

std::string marker_body(std::string_view line) {
    while (!line.empty() && (is_space(line.front()) || std::string_view("-#/").find(line.front()) != line.npos))
        line.remove_prefix(1);
    std::string body;
    for (char const c : trim(line)) {
        if (!is_space(c))
            body += lower(c);
        else if (body.back() != ' ')
            body += ' ';
    }
    return body;
}

namespace {

// A marker in a string is none: the first line that is one, or 0. `line`, where the text cannot be cut into tokens.
int line_outside_strings(std::string_view text, std::string_view file, int line, bool (*is_marker)(std::string_view)) {
    int first = 0;
    try {
        for_each_marker_line(text, file, [&](const script_line &found) {
            if (first == 0 && is_marker(marker_body(found.text))) first = found.line;
        });
    } catch (const failure &) {
        return line;
    }
    return first;
}

}   // namespace

bool is_own_marker(std::string_view body) {
    return body.starts_with("migrate:") || body.starts_with("revision:") || body.starts_with("down_revision:");
}

clue find_marker(directory &in, bool (*is_marker)(std::string_view), bool ways_too) {
    for (const std::string &file : sql_files(in)) {
        if (!ways_too && (file.ends_with(".up.sql") || file.ends_with(".down.sql"))) continue;
        std::string const text = in.content(file);
        if (text.size() > largest_searched) continue;
        int line = 1;
        for (std::size_t start = 0; start < text.size(); ++line) {
            std::size_t const end = find_character(text, '\n', start);
            std::string_view const found = trim(std::string_view(text).substr(start, end - start));
            if (!found.empty() && (found.front() == '-' || found.front() == '#') && is_marker(marker_body(found))) {
                line = line_outside_strings(text, file, line, is_marker);
                if (line > 0) return {certainty::markers, file, line};
                break;
            }
            start = end + 1;
        }
    }
    return {};
}

}   // namespace whisper::script::formats

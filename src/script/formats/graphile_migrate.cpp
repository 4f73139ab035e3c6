// graphile-migrate: committed files, 000001.sql or 000001-name.sql, in the folder "committed" or in the directory
// itself. What is in "current.sql" or in the folder "current" is not committed yet, and no migration.

#include "script/characters.hpp"
#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/placeholders.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"
#include "script/origin.hpp"
#include "script/reader.hpp"

#include <algorithm>
#include <map>

namespace whisper::script::formats {

extern const format graphile_migrate;

namespace {

constexpr std::string_view graphile_folder = "committed", graphile_suffix = ".sql";

// The lines "--! Key: value" that a committed file begins with.
struct graphile_header {
    std::map<std::string, std::string> values;
    std::size_t end = 0;   // where what they head begins
    int lines = 0;
};

std::string_view line_at(std::string_view text, std::size_t start) {
    return text.substr(start, find_character(text, '\n', start) - start);
}

graphile_header read_header(std::string_view text) {
    graphile_header found;
    while (found.end < text.size()) {
        std::string_view const line = trim(line_at(text, found.end));
        if (!line.starts_with("--! ") || line.size() < 5 || line[4] < 'A' || line[4] > 'Z') break;
        std::size_t const colon = std::min(line.find(':'), line.size());
        found.values.emplace(line.substr(4, colon - 4), trim(line.substr(std::min(colon + 1, line.size()))));
        found.end = std::min(find_character(text, '\n', found.end) + 1, text.size());
        ++found.lines;
    }
    return found;
}

// "000001.sql", "000001-name.sql": how many digits it begins with; 0 for any other name.
std::size_t graphile_digits(std::string_view file) {
    if (!file.ends_with(graphile_suffix)) return 0;
    std::string_view const stem = file.substr(0, file.size() - graphile_suffix.size());
    auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(stem, is_digit) - stem.begin());
    bool const named = digits < stem.size();
    if (named && (stem[digits] != '-' || std::ranges::any_of(stem.substr(digits), [](char c) {
                      return c != '-' &&
                             !(static_cast<unsigned char>(c) < 0x80 && is(c, identifier_start_class | digit_class));
                  })))
        return 0;
    return digits;
}

bool is_graphile_parent(directory &in) {
    const auto &folders = in.list().folders;
    return std::ranges::find(folders, graphile_folder) != folders.end();
}

clue recognize_graphile_migrate(directory &in) {
    bool const parent = is_graphile_parent(in);
    std::string const before = parent ? std::string(graphile_folder) + '/' : std::string();
    for (const std::string &file : in.list(parent ? std::string(graphile_folder) : std::string()).files) {
        if (graphile_digits(file) == 0) continue;
        graphile_header const first = read_header(in.content(before + file));
        if (first.values.contains("Previous")) return {parent ? certainty::plan : certainty::markers, before + file, 1};
    }
    return {};
}

boost::container::vector<entry> list_graphile_migrate(directory &in) {
    std::string const folder = is_graphile_parent(in) ? std::string(graphile_folder) : std::string();
    std::string const before = folder.empty() ? folder : folder + '/';
    boost::container::vector<entry> found;
    for (const std::string &file : sql_files(in, folder)) {
        if (folder.empty() && file == "current.sql") continue;
        std::size_t const digits = graphile_digits(file);
        if (digits == 0)
            refuse(in, graphile_migrate, before + file, 0, "name of no committed migration",
                   "commit it with the tool, or move it elsewhere");
        entry made;
        made.id = file.substr(0, digits);
        made.message = file.substr(std::min(digits + 1, file.size() - graphile_suffix.size()),
                                   std::max(file.size() - graphile_suffix.size(), digits + 1) - digits - 1);
        std::ranges::replace(made.message, '-', ' ');
        made.files.push_back(before + file);
        if (std::string_view const problem = id_problem(made.id); !problem.empty())
            refuse(in, graphile_migrate, before + file, 0, "invalid revision id \"" + made.id + '"',
                   std::string(id_hint));
        found.push_back(std::move(made));
    }
    // As the tool does, which gives them the same number of digits.
    std::ranges::stable_sort(found, {}, &entry::id);
    return found;
}

// The hash of the file before it, by which the tool holds them together; "-" for the first one.
std::string graphile_hash_before(directory &in, const entry &what) {
    std::string const folder = is_graphile_parent(in) ? std::string(graphile_folder) : std::string();
    const std::string *before = nullptr;
    for (const std::string &file : in.list(folder).files) {
        std::string_view const id = std::string_view(file).substr(0, graphile_digits(file));
        if (!id.empty() && id < what.id &&
            (!before || id > std::string_view(*before).substr(0, graphile_digits(*before))))
            before = &file;
    }
    if (!before) return "-";
    auto const values = read_header(in.content(folder.empty() ? *before : folder + '/' + *before)).values;
    return values.contains("Hash") ? values.at("Hash") : std::string();
}

// "--! include x", with a blank there or without: what stands behind the exclamation mark; empty for another line.
std::string directive_in(std::string_view line) {
    if (!line.starts_with("--!")) return {};
    return marker_body(line.substr(3));
}

void require_graphile_header(directory &in, const entry &what, const graphile_header &head) {
    const std::string &file = what.files.front();
    for (const char *const key : {"Previous", "Hash"})
        if (!head.values.contains(key))
            refuse(in, graphile_migrate, file, 1, "no line \"--! " + std::string(key) + "\"",
                   "commit the file with the tool, which writes it");
    if (std::string const hash = graphile_hash_before(in, what); head.values.at("Previous") != hash)
        refuse(in, graphile_migrate, file, 1, "hash of another file than the one before it",
               "\"Previous\" is to be \"" + hash + "\"; look which file is missing, or in a wrong place");
}

// The tool fills in these two by itself.
void require_graphile_filled(directory &in, const std::string &file, std::string_view text) {
    script_reader reader(text);
    for (event e = reader.next(); e.kind != event_kind::end; e = reader.next()) {
        bool const data = e.kind == event_kind::copy_data;
        std::size_t const start = data ? e.data_offset : e.at.offset;
        std::string_view const part = text.substr(start, data ? e.data_length : e.at.length);
        for (std::string_view const name : {"DATABASE_OWNER", "DATABASE_NAME"}) {
            std::size_t const at = part.find(name);
            if (at == part.npos || (start + at == 0) || text[start + at - 1] != ':') continue;
            int const line = 1 + count_lines(text.substr(0, start + at));
            refuse(in, graphile_migrate, file, line, "placeholder \":" + std::string(name) + "\" without a value",
                   "give it one in \"placeholders\" of pack.json or of the setting whisper_migrate.placeholders");
        }
    }
}

migration read_graphile_migrate(directory &in, const entry &what) {
    const std::string &file = what.files.front();
    std::string const script = in.content(file), path = in.path() + file;
    graphile_header const head = read_header(script);
    require_graphile_header(in, what, head);
    for_each_marker_line(script, path, [&](const script_line &line) {
        if (directive_in(line.text).starts_with("include "))
            refuse(in, graphile_migrate, file, line.line, "include in a committed file",
                   "commit the file with the tool, which puts in what is included");
    });
    migration made;
    made.id = what.id;
    made.message = head.values.contains("Message") ? head.values.at("Message") : what.message;
    std::string text = fill_colons(script, in.placeholders(), made.filled_in);
    require_graphile_filled(in, file, text);
    std::string_view const body = trim(std::string_view(script).substr(head.end));
    made.up.transactional = !directive_in(line_at(body, 0)).starts_with("no-transaction");
    fill_section(made.up, std::move(text), script);
    return made;
}

}   // namespace

const format graphile_migrate{"graphile_migrate", "graphile-migrate", recognize_graphile_migrate, list_graphile_migrate,
                              read_graphile_migrate};

}   // namespace whisper::script::formats

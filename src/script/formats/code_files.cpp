#include "script/formats/code_files.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/names.hpp"
#include "script/strings.hpp"
#include "script/tool_layout.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format flyway;

namespace {

// A language, whose tools run migrations in it, and the formats of which some are.
struct language {
    std::string_view ending, name;
    std::string_view numbered;   // the tools that name them after a number; empty for none
    std::string_view formats;    // their names, a blank around each
};

constexpr std::string_view node_tools = "node-pg-migrate, Knex and others";
constexpr language languages[] = {
    {".go", "Go", "goose, bun and others", " goose golang_migrate "},
    {".js", "JavaScript", node_tools, " node_pg_migrate "},
    {".cjs", "JavaScript", node_tools, " node_pg_migrate "},
    {".mjs", "JavaScript", node_tools, " node_pg_migrate "},
    {".ts", "TypeScript", node_tools, " node_pg_migrate "},
    {".cts", "TypeScript", node_tools, " node_pg_migrate "},
    {".mts", "TypeScript", node_tools, " node_pg_migrate "},
    {".rb", "Ruby", "Rails, Sequel and others", ""},
    {".py", "Python", "yoyo, Django and others", " flyway "},
    {".php", "PHP", "Laravel, Phinx and others", ""},
    {".exs", "Elixir", "Ecto", ""},
    {".cs", "C#", "FluentMigrator, Entity Framework and others", ""},
    {".java", "Java", "", " flyway "},
    {".class", "Java", "", " flyway "},
    {".kt", "Kotlin", "", " flyway "},
    {".groovy", "Groovy", "", " flyway "},
    {".scala", "Scala", "", " flyway "},
    {".sh", "shell", "", " flyway "},
    {".bash", "shell", "", " flyway "},
    {".ps1", "PowerShell", "", " flyway "},
    {".bat", "batch commands", "", " flyway "},
    {".cmd", "batch commands", "", " flyway "},
};

const language *language_of(std::string_view file) {
    auto const at = std::ranges::find_if(
        languages, [&](const language &l) { return file.size() > l.ending.size() && file.ends_with(l.ending); });
    return at == std::end(languages) ? nullptr : &*at;
}

// "001_name", "20240101-name", "0001.name"
bool begins_with_number(std::string_view stem) {
    auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(stem, is_digit) - stem.begin());
    return digits > 0 && digits + 1 < stem.size() && std::string_view("_-.").find(stem[digits]) != stem.npos;
}

// "V1__name", "U1.2__name", "B3__name", "R__name"
bool is_flyways(std::string_view stem) {
    std::size_t const separator = stem.find("__");
    if (separator == stem.npos || separator == 0 || separator + 2 == stem.size()) return false;
    std::string_view const version = stem.substr(1, separator - 1);
    char const prefix = stem.front();
    return prefix == 'R' ? version.empty()
                         : (prefix == 'V' || prefix == 'U' || prefix == 'B') && is_flyway_version(version);
}

// Go's tests are beside what they test, and TypeScript's declarations say nothing that runs.
bool is_helper(std::string_view stem, const language &in) {
    return (in.ending == ".go" && stem.ends_with("_test")) || (in.ending.ends_with("ts") && stem.ends_with(".d"));
}

bool has_plain_names(const format *tool) { return !tool || tool->name == "numbered"; }

// The tools whose migration the file is, by its name; empty when it is none. Plain files may be any tool's.
std::string_view tools_of(std::string_view file, const language &in, const format *tool) {
    std::string_view const stem = file.substr(0, file.size() - in.ending.size());
    bool const any = has_plain_names(tool);
    if (is_helper(stem, in) || !(any || in.formats.find(' ' + std::string(tool->name) + ' ') != stem.npos)) return {};
    if ((any || tool == &flyway) && is_flyways(stem) && in.formats.find("flyway") != stem.npos) return flyway.title;
    return tool != &flyway && begins_with_number(stem) ? in.numbered : std::string_view();
}

}   // namespace

void require_no_code(directory &in, const format *tool) {
    boost::container::vector<std::string> const files = in.list().files;
    for (const std::string &file : files) {
        const language *const written = language_of(file);
        std::string_view const tools = written ? tools_of(file, *written, tool) : std::string_view();
        if (tools.empty()) continue;
        bool const plain = has_plain_names(tool);
        if (plain && (sql_files(in).empty() || find_marker(in, is_own_marker, true).sure != certainty::none)) return;
        throw failure(
            sqlstate::invalid_pack,
            "file " + in_quotes(in.path() + file) + " is a migration in " + std::string(written->name),
            "It has the name of one of " + std::string(tools) + ", and its turn among the .sql files beside it.",
            "write what it does into a .sql file of that name, with an empty way up where SQL cannot, or "
            "move it elsewhere" +
                std::string(plain ? "; if it is no migration, write \"format\": \"plain\" for the tier in "
                                    "pack.json"
                                  : ""));
    }
}

}   // namespace whisper::script::formats

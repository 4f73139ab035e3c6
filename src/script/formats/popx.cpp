// popx: 20200101000000_name.postgres.autocommit.up.sql; the files of other dialects are passed over.

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/formats/sections.hpp"
#include "script/origin.hpp"

#include <algorithm>
#include <map>

namespace whisper::script::formats {

extern const format popx;

namespace {

struct name_parts {
    std::string_view version, name, dialect;   // no dialect: for all
    bool autocommit = false, down = false;
};

bool take(std::string_view &text, std::string_view ending) {
    if (!text.ends_with(ending)) return false;
    text.remove_suffix(ending.size());
    return true;
}

bool is_ours(std::string_view dialect) {
    return dialect.empty() || dialect == "postgres" || dialect == "postgresql" || dialect == "pg";
}

bool is_dialect(std::string_view word) {
    constexpr std::string_view known[] = {"postgres", "postgresql", "pg",   "mysql",     "mariadb",
                                          "sqlite",   "sqlite3",    "crdb", "cockroach", "cockroachdb"};
    return std::ranges::find(known, word) != std::end(known);
}

std::optional<name_parts> parse(std::string_view file) {
    name_parts parts;
    if (!take(file, ".sql")) return std::nullopt;
    parts.down = take(file, ".down");
    if (!parts.down && !take(file, ".up")) return std::nullopt;
    parts.autocommit = take(file, ".autocommit");
    if (std::size_t const dot = file.rfind('.'); dot != file.npos) {
        parts.dialect = file.substr(dot + 1);
        if (!is_dialect(parts.dialect)) return std::nullopt;
        file = file.substr(0, dot);
    }
    auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(file, is_digit) - file.begin());
    if (digits == 0 || digits == file.size() || file[digits] != '_' || file.find('.') != file.npos) return std::nullopt;
    parts.version = file.substr(0, digits);
    parts.name = file.substr(digits + 1);
    return parts;
}

clue recognize_popx(directory &in) {
    for (const std::string &file : in.list().files)
        if (auto const parts = parse(file); parts && (!parts->dialect.empty() || parts->autocommit))
            return {certainty::markers, file, 0};
    return {};
}

// The file for PostgreSQL goes before the one for all.
void choose(directory &in, std::string &chosen, const std::string &file, const name_parts &parts) {
    if (!chosen.empty() && parse(chosen)->dialect.empty() == parts.dialect.empty())
        throw failure(sqlstate::duplicate_revision,
                      "files \"" + in.path() + chosen + "\" and \"" + in.path() + file + "\" have the same version",
                      "Both are for PostgreSQL.", "give one of them another one");
    if (chosen.empty() || !parts.dialect.empty()) chosen = file;
}

boost::container::vector<entry> list_popx(directory &in) {
    struct ways {
        std::string up, down;
    };
    std::map<std::string, ways> versions;   // compared as texts, as the tool does
    for (const std::string &file : in.list().files) {
        if (file.ends_with(".fizz")) refuse(in, popx, file, 0, "migration in fizz", "write its SQL into a .sql file");
        if (!is_sql(file)) continue;
        auto const parts = parse(file);
        if (!parts)
            refuse(in, popx, file, 0, "name of no migration",
                   "name it like \"20200101000000_name.postgres.up.sql\", or move it elsewhere");
        if (!is_ours(parts->dialect)) continue;
        ways &found = versions[std::string(parts->version)];
        choose(in, parts->down ? found.down : found.up, file, *parts);
    }
    boost::container::vector<entry> entries;
    for (auto &[version, found] : versions) {
        if (found.up.empty())
            refuse(in, popx, found.down, 0, "way down without a way up", "put the way up beside it, or remove it");
        entry made;
        made.id = version;
        made.message = parse(found.up)->name;
        std::ranges::replace(made.message, '_', ' ');
        made.files.push_back(found.up);
        if (!found.down.empty()) made.files.push_back(found.down);
        entries.push_back(std::move(made));
    }
    return entries;
}

migration read_popx(directory &in, const entry &what) {
    migration made = read_whole(in, what);
    made.up.transactional = !parse(what.files[0])->autocommit;
    if (what.files.size() < 2) return made;
    fill(made.down, {});
    made.down.transactional = !parse(what.files[1])->autocommit;
    append_line_marker(made.down.text, 1, in.path() + what.files[1]);
    made.down.text += in.script(what.files[1]);
    return made;
}

}   // namespace

const format popx{"popx", "popx", recognize_popx, list_popx, read_popx};

}   // namespace whisper::script::formats

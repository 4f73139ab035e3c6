// Prisma: a folder each with migration.sql, in the order of the folders' names; migration_lock.toml names the provider.

#include "script/characters.hpp"
#include "script/formats/folders.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format prisma;

namespace {

constexpr std::string_view lock_file = "migration_lock.toml";
constexpr folder_rules prisma_rules{
    "migration.sql",
    "down.sql",
    {},
    "Prisma's folders hold \"migration.sql\" and maybe \"down.sql\"; move other files elsewhere",
    [](std::string_view folder) {
        std::string id(folder);
        std::ranges::replace(id, ' ', '_');   // "… copy", as a file manager names it
        return id;
    },
    true};

bool has_lock(directory &in) {
    const auto &files = in.list().files;
    return std::ranges::find(files, lock_file) != files.end();
}

clue recognize_prisma(directory &in) {
    clue seen = find_in_folders(in, prisma_rules.up, [](std::string_view) { return true; });
    if (has_lock(in)) return {certainty::plan, std::string(lock_file), 0};
    return seen;
}

void require_postgresql(directory &in) {
    if (!has_lock(in)) return;
    std::string const text = in.content(std::string(lock_file));
    int line = 1;
    for (std::size_t start = 0; start < text.size(); ++line) {
        std::size_t const end = find_character(text, '\n', start);
        std::string_view const found = trim(std::string_view(text).substr(start, end - start));
        if (found.starts_with("provider") && found.find("\"postgresql\"") == std::string_view::npos &&
            found.find("\"postgres\"") == std::string_view::npos)
            refuse(in, prisma, lock_file, line, "migrations for another database",
                   "only those whose provider is \"postgresql\" can be read");
        start = end + 1;
    }
}

boost::container::vector<entry> list_prisma(directory &in) {
    require_postgresql(in);
    return list_folders(in, prisma, prisma_rules);
}

migration read_prisma(directory &in, const entry &what) { return read_folder(in, what, prisma_rules); }

}   // namespace

const format prisma{"prisma", "Prisma", recognize_prisma, list_prisma, read_prisma};

}   // namespace whisper::script::formats

#include "script/formats/folders.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"
#include "script/origin.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

bool contains(const listing &in, std::string_view file) { return std::ranges::find(in.files, file) != in.files.end(); }

std::optional<entry> entry_of(directory &in, const format &tool, const std::string &folder, const folder_rules &rules) {
    const listing &inside = in.list(folder);
    std::string const before = folder + '/';
    for (const std::string &file : inside.files)
        if (is_sql(file) && file != rules.up && file != rules.down)
            refuse(in, tool, before + file, 0, "no file of a migration", std::string(rules.accepted));
    if (!contains(inside, rules.up)) {
        if (contains(inside, rules.down))
            refuse(in, tool, before + std::string(rules.down), 0, "way down without a way up",
                   "put the way up beside it, or remove the folder");
        return std::nullopt;
    }
    entry made;
    made.id = rules.id(folder);
    if (std::string_view const problem = id_problem(made.id); !problem.empty())
        refuse(in, tool, before + std::string(rules.up), 0, "invalid revision id \"" + made.id + '"',
               std::string(id_hint));
    made.message = folder.substr(std::min(folder.find('_') + 1, folder.size()));
    std::ranges::replace(made.message, '_', ' ');
    for (std::string_view const file : {rules.up, rules.down, rules.settings})
        if (!file.empty() && contains(inside, file)) made.files.push_back(before + std::string(file));
    return made;
}

// Links may lead back up.
constexpr int deepest_folder = 16;

void refuse_in(directory &in, const format &tool, const std::string &folder, int depth,
               const std::function<bool(const std::string &)> &is_migration, std::string_view hint) {
    if (depth > deepest_folder)
        refuse(in, tool, folder, 0, "folders too deep in one another", "take out the link that leads back up");
    listing const inside = in.list(folder);
    for (const std::string &file : inside.files)
        if (std::string const path = folder + '/' + file; is_migration(path))
            refuse(in, tool, path, 0, "migration in a subfolder", std::string(hint));
    for (const std::string &below : inside.folders)
        refuse_in(in, tool, folder + '/' + below, depth + 1, is_migration, hint);
}

bool is_listed(directory &in, const std::string &path, boost::container::vector<std::string> listing::*names) {
    std::size_t const slash = path.rfind('/');
    std::string const folder = slash == path.npos ? std::string() : path.substr(0, slash);
    if (!has_folder(in, folder)) return false;
    const auto &found = in.list(folder).*names;
    return std::ranges::find(found, path.substr(slash == path.npos ? 0 : slash + 1)) != found.end();
}

}   // namespace

bool is_sql(std::string_view file) {
    constexpr std::string_view ending = ".sql";
    return file.size() >= ending.size() && equals_word(file.substr(file.size() - ending.size()), ending);
}

bool has_file(directory &in, const std::string &path) { return is_listed(in, path, &listing::files); }

bool has_folder(directory &in, const std::string &path) {
    return path.empty() || is_listed(in, path, &listing::folders);
}

void refuse_below(directory &in, const format &tool, const std::function<bool(const std::string &)> &is_migration,
                  std::string_view hint) {
    for (const std::string &folder : in.list().folders)
        if (folder != "verify" || !in.path().empty()) refuse_in(in, tool, folder, 1, is_migration, hint);
}

clue find_in_folders(directory &in, std::string_view file, bool (*is_ours)(std::string_view)) {
    for (const std::string &folder : in.list().folders)
        if (is_ours(folder) && contains(in.list(folder), file))
            return {certainty::names, folder + '/' + std::string(file), 0};
    return {};
}

boost::container::vector<entry> list_folders(directory &in, const format &tool, const folder_rules &rules) {
    for (const std::string &file : in.list().files)
        if (is_sql(file))
            refuse(in, tool, file, 0, "file beside the folders of migrations", std::string(rules.accepted));
    boost::container::vector<entry> found;
    for (const std::string &folder : in.list().folders)
        if (auto made = entry_of(in, tool, folder, rules)) found.push_back(std::move(*made));
    if (!rules.in_order_of_folders) std::ranges::stable_sort(found, {}, &entry::id);
    auto const twice = std::ranges::adjacent_find(found, {}, &entry::id);
    if (twice != found.end())
        throw failure(sqlstate::duplicate_revision,
                      "files \"" + in.path() + twice->files.front() + "\" and \"" + in.path() +
                          std::next(twice)->files.front() + "\" have the same version",
                      "Version " + twice->id + " is there twice.", "give one of the folders another one");
    return found;
}

migration read_folder(directory &in, const entry &what, const folder_rules &rules) {
    migration made = read_whole(in, what);
    if (what.files.size() < 2 || !what.files[1].ends_with(rules.down)) return made;
    fill(made.down, {});
    append_line_marker(made.down.text, 1, in.path() + what.files[1]);
    made.down.text += in.script(what.files[1]);
    return made;
}

}   // namespace whisper::script::formats

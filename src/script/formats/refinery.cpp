// refinery: V1__name.sql and U1__name.sql, both of which go up, in the order of their numbers, in folders, too.
// Flyway's files are called the same: refinery's are told by "refinery.toml" or by a migration in Rust beside them, or
// by the key "format" of pack.json.

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/formats/lines.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"
#include "script/strings.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format refinery;

namespace {

constexpr std::string_view refinery_config = "refinery.toml";
constexpr int deepest_refinery = 16;   // folders in one another: a link may lead back up

// Whether the name is [UV]NUMBER__NAME with this ending; the number is put into `number`.
bool is_refinerys(std::string_view file, std::string_view ending, std::string_view &number) {
    if (!file.ends_with(ending) || (!file.starts_with('V') && !file.starts_with('U'))) return false;
    std::string_view const rest = file.substr(1, file.size() - ending.size() - 1);
    auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_digit) - rest.begin());
    number = rest.substr(0, digits);
    std::string_view const name = rest.substr(digits);
    return digits > 0 && name.size() > 2 && name.starts_with("__") && std::ranges::none_of(name, [](char c) {
               return static_cast<unsigned char>(c) < 0x80 && !is(c, identifier_start_class | digit_class);
           });
}

clue recognize_refinery(directory &in) {
    std::string_view number;
    for (const std::string &file : in.list().files)
        if (file == refinery_config || is_refinerys(file, ".rs", number)) return {certainty::markers, file, 0};
    return {};
}

void add_refinery(directory &in, const std::string &path, boost::container::vector<entry> &found) {
    std::string_view number;
    std::string_view const file = file_part(path);
    if (is_refinerys(file, ".rs", number))
        refuse(in, refinery, path, 0, "migration in Rust", "write its SQL into a .sql file of that name");
    if (!is_sql(file)) return;
    if (!is_refinerys(file, ".sql", number))
        refuse(in, refinery, path, 0, "name of no migration", "name it like \"V1__name.sql\", or move it elsewhere");
    entry made;
    made.id = file.substr(0, number.size() + 1);
    made.message = file.substr(made.id.size() + 2, file.size() - made.id.size() - 6);
    std::ranges::replace(made.message, '_', ' ');
    made.files.push_back(path);
    if (std::string_view const problem = id_problem(made.id); !problem.empty())
        refuse(in, refinery, path, 0, "invalid revision id \"" + made.id + '"', std::string(id_hint));
    found.push_back(std::move(made));
}

void list_below(directory &in, const std::string &folder, int depth, boost::container::vector<entry> &found) {
    if (depth > deepest_refinery)
        refuse(in, refinery, folder, 0, "folders too deep in one another", "take out the link that leads back up");
    std::string const before = folder.empty() ? folder : folder + '/';
    listing const inside = in.list(folder);
    for (const std::string &file : inside.files) add_refinery(in, before + file, found);
    for (const std::string &below : inside.folders)
        if (depth > 0 || below != "verify" || !in.path().empty()) list_below(in, before + below, depth + 1, found);
}

int compare_versions_of(const entry &a, const entry &b) {
    return compare_numbers(std::string_view(a.id).substr(1), std::string_view(b.id).substr(1));
}

boost::container::vector<entry> list_refinery(directory &in) {
    boost::container::vector<entry> found;
    list_below(in, {}, 0, found);
    std::ranges::stable_sort(found, [](const entry &a, const entry &b) { return compare_versions_of(a, b) < 0; });
    auto const twice = std::ranges::adjacent_find(
        found, [](const entry &a, const entry &b) { return compare_versions_of(a, b) == 0; });
    if (twice != found.end())
        throw failure(
            sqlstate::duplicate_revision,
            "files \"" + in.path() + twice->files.front() + "\" and \"" + in.path() + std::next(twice)->files.front() +
                "\" have the same version",
            "Versions are compared as numbers; \"U\" is no way down.",
            "give one of them another one; if these are files of Flyway, write \"format\": \"flyway\" for the "
            "tier in pack.json");
    return found;
}

}   // namespace

const format refinery{"refinery", "refinery", recognize_refinery, list_refinery, read_whole, true};

}   // namespace whisper::script::formats

// Plain files in the order of the numbers before their names, as sqlx, postgres-migrations, refinery and others have
// them; told by names of which the byte order is another.

#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format numbered;

namespace {

constexpr name_rule numbers{true, "_-."};

// Names that say more than a number are another tool's.
bool names_a_way(std::string_view file) {
    return file.ends_with(".up.sql") || file.ends_with(".down.sql") || file == "atlas.sum";
}

clue recognize_numbered(directory &in) {
    if (std::ranges::any_of(in.list().files, names_a_way)) return {};
    // Among them, a name without a number is an error: its place is not known.
    auto files = sql_files(in);
    auto const other = std::remove_if(files.begin(), files.end(), [](const std::string &name) {
        std::size_t const end = name.find_first_not_of("0123456789");
        return end == 0 || numbers.separators.find(name[end]) == std::string_view::npos;
    });
    files.erase(other, files.end());
    auto const out = std::ranges::adjacent_find(
        files, [](const std::string &a, const std::string &b) { return compare_numbers(a, b) > 0; });
    if (out == files.end() || find_marker(in, is_own_marker).sure != certainty::none) return {};
    return {certainty::names, *out, 0};
}

// Their ids are those that they have while the two orders are the same.
boost::container::vector<entry> list_numbered(directory &in) {
    auto found = list_by_number(in, numbered, numbers);
    for (entry &made : found) {
        std::string const file = made.files.front();
        std::string_view const stem = std::string_view(file).substr(0, file.size() - 4);
        if (made.id.size() == stem.size() || stem[made.id.size()] == '_') continue;
        std::size_t const end = std::min(stem.find('_'), stem.size());
        made.id = stem.substr(0, end);
        made.message = stem.substr(std::min(end + 1, stem.size()));
        std::ranges::replace(made.message, '_', ' ');
        if (std::string_view const problem = id_problem(made.id); !problem.empty())
            refuse(in, numbered, file, 0, "invalid revision id \"" + made.id + '"', std::string(id_hint));
    }
    return found;
}

}   // namespace

const format numbered{"numbered", "numbered files", recognize_numbered, list_numbered, read_whole, true};

}   // namespace whisper::script::formats

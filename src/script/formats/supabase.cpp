// Supabase: 20240101000000_name.sql in the byte order of their names; a whole project, with its config.toml, keeps them
// in the folder "migrations".

#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format supabase;

namespace {

constexpr std::string_view supabase_config = "config.toml", supabase_folder = "migrations", supabase_suffix = ".sql";

bool has_name(const boost::container::vector<std::string> &names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_project(directory &in) {
    return has_name(in.list().files, supabase_config) && has_name(in.list().folders, supabase_folder);
}

clue recognize_supabase(directory &in) {
    if (!is_project(in)) return {};
    // Other tools have files of that name: this one says whose project it is.
    std::string const text = in.content(std::string(supabase_config));
    int line = 1;
    for (std::size_t start = 0; start < text.size(); ++line) {
        std::size_t const end = find_character(text, '\n', start);
        if (trim(std::string_view(text).substr(start, end - start)).starts_with("project_id"))
            return {certainty::plan, std::string(supabase_config), line};
        start = end + 1;
    }
    return {};
}

// The tool passes over what its first releases wrote for the state of a new project.
bool is_initial(std::string_view file) {
    return file.ends_with("_init.sql") && file.find('_') == 14 && file.substr(0, 14) < "20211209000000";
}

boost::container::vector<entry> list_supabase(directory &in) {
    bool const project = is_project(in);
    std::string const folder = project ? std::string(supabase_folder) : std::string();
    std::string const before = project ? folder + '/' : folder;
    boost::container::vector<entry> found;
    boost::container::vector<std::string> const all = in.list(folder).files, sql = sql_files(in, folder);
    for (const std::string &file : sql) {
        if (file == all.front() && is_initial(file)) continue;
        std::string_view const stem = std::string_view(file).substr(0, file.size() - supabase_suffix.size());
        auto const digits = static_cast<std::size_t>(std::ranges::find_if_not(stem, is_digit) - stem.begin());
        if (digits == 0 || digits == stem.size() || stem[digits] != '_')
            refuse(in, supabase, before + file, 0, "name of no migration",
                   "name it like \"20240101000000_name.sql\", or move it elsewhere");
        entry made;
        made.id = stem.substr(0, digits);
        made.message = stem.substr(digits + 1);
        std::ranges::replace(made.message, '_', ' ');
        made.files.push_back(before + file);
        if (std::string_view const problem = id_problem(made.id); !problem.empty())
            refuse(in, supabase, before + file, 0, "invalid revision id \"" + made.id + '"', std::string(id_hint));
        found.push_back(std::move(made));
    }
    if (!project)
        refuse_below(
            in, supabase, [](const std::string &file) { return is_sql(file); },
            "the tool does not look into folders: move it beside the others");
    return found;
}

}   // namespace

const format supabase{"supabase", "Supabase", recognize_supabase, list_supabase, read_whole, true};

}   // namespace whisper::script::formats

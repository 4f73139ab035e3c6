// Atlas: 20240101000000_name.sql beside atlas.sum, in the byte order of their names; "-- atlas:…" lines before the
// first statement.

#include "script/characters.hpp"
#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/names.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format atlas;

namespace {

constexpr std::string_view sum_file = "atlas.sum", prefix = "atlas:";

// It keeps its sum in the directories of other tools, too; their own readers read those.
bool is_other_tools(const std::string &file) {
    return file.ends_with(".up.sql") || file.ends_with(".down.sql") ||
           (file.find("__") != file.npos && (file[0] == 'V' || file[0] == 'U' || file[0] == 'R'));
}

clue recognize_atlas(directory &in) {
    const auto &files = in.list().files;
    if (std::ranges::find(files, sum_file) == files.end() || std::ranges::any_of(files, is_other_tools)) return {};
    return {certainty::names, std::string(sum_file), 0};
}

struct directives {
    bool transactional = true, checkpoint = false;
};

directives read_directives(directory &in, const std::string &file) {
    directives found;
    for_each_marker_line(in.content(file), in.path() + file, [&](const script_line &line) {
        std::string const body = marker_body(line.text);
        if (!body.starts_with(prefix)) return;
        if (body == "atlas:txmode none")
            found.transactional = false;
        else if (body.starts_with("atlas:checkpoint"))
            found.checkpoint = true;
        else if (!body.starts_with("atlas:nolint") && !body.starts_with("atlas:sum") && body != "atlas:txmode file" &&
                 body != "atlas:txmode all" && body != "atlas:delimiter ;")
            refuse(in, atlas, file, line.line, "directive \"" + body + '"', "write the file so that it needs none");
    });
    return found;
}

// The tool runs nothing beside a sum that does not list it.
void require_summed(directory &in, const std::string &sum, const std::string &file) {
    bool const lists = sum.find(".sql h1:") != sum.npos;
    if (lists && ('\n' + sum).find('\n' + file + " h1:") == std::string::npos)
        refuse(in, atlas, file, 0, "file that is not in \"atlas.sum\"",
               "write the sum again with \"atlas migrate hash\", or move the file elsewhere");
}

boost::container::vector<entry> list_atlas(directory &in) {
    boost::container::vector<entry> found;
    std::string const sum = in.content(std::string(sum_file));
    for (const std::string &file : sql_files(in)) {
        require_summed(in, sum, file);
        // It says again what the files before it did: those have run, or run now.
        if (!found.empty() && read_directives(in, file).checkpoint) continue;
        entry made;
        std::string_view const stem = std::string_view(file).substr(0, file.size() - 4);
        std::size_t const end = std::min(stem.find('_'), stem.size());
        made.id = stem.substr(0, end);
        made.message = stem.substr(std::min(end + 1, stem.size()));
        std::ranges::replace(made.message, '_', ' ');
        made.files.push_back(file);
        if (std::string_view const problem = id_problem(made.id); !problem.empty())
            refuse(in, atlas, file, 0, "invalid revision id \"" + made.id + '"', std::string(id_hint));
        found.push_back(std::move(made));
    }
    return found;
}

migration read_atlas(directory &in, const entry &what) {
    migration made = read_whole(in, what);
    made.up.transactional = read_directives(in, what.files.front()).transactional;
    return made;
}

}   // namespace

const format atlas{"atlas", "Atlas", recognize_atlas, list_atlas, read_atlas};

}   // namespace whisper::script::formats

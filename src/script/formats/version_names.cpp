#include "script/formats/version_names.hpp"

#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/origin.hpp"

namespace whisper::script::formats {
namespace {

void add(boost::container::vector<entry> &into, const boost::container::vector<tool_migration> &migrations,
         const boost::container::vector<std::string> &names, bool repeatable) {
    for (const tool_migration &m : migrations) {
        entry &made = into.emplace_back();
        made.id = m.id;
        made.message = m.message;
        made.files.push_back(names[m.up]);
        if (m.down) made.files.push_back(names[*m.down]);
        made.repeatable = repeatable;
    }
}

}   // namespace

clue recognize_versions(directory &in, migration_tool tool) {
    auto const names = sql_files(in);
    if (tool_of({names.data(), names.size()}) != tool) return {};
    return {certainty::names, names.front(), 0};
}

boost::container::vector<entry> list_versions(directory &in) { return list_versions(in, sql_files(in)); }

boost::container::vector<entry> list_versions(directory &in, const boost::container::vector<std::string> &names) {
    tool_layout const layout = lay_out({names.data(), names.size()}, in.path());
    boost::container::vector<entry> found;
    add(found, layout.versioned, names, false);
    add(found, layout.repeatable, names, true);
    return found;
}

migration read_pair(directory &in, const entry &what) {
    migration made = read_whole(in, what);
    if (what.files.size() > 1) {
        std::string text;
        // The record names one file: the marker tells errors that this text is from the other one.
        append_line_marker(text, 1, in.path() + what.files[1]);
        text += in.script(what.files[1]);
        fill(made.down, std::move(text));
    }
    return made;
}

}   // namespace whisper::script::formats

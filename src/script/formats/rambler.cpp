// rambler: 201409272258_name.sql in the byte order of the names, with sections "-- rambler up" and "-- rambler down".
// Those of a way down run from the last to the first.

#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/origin.hpp"

#include <algorithm>
#include <list>

namespace whisper::script::formats {

extern const format rambler;

namespace {

constexpr std::string_view rambler_word = "rambler ", rambler_up = "rambler up", rambler_down = "rambler down";

clue recognize_rambler(directory &in) {
    return find_marker(in, [](std::string_view body) { return body == rambler_up || body == rambler_down; });
}

boost::container::vector<entry> list_rambler(directory &in) {
    auto found = list_by_number(in, rambler, {true, "_"});
    std::ranges::stable_sort(found, [](const entry &a, const entry &b) { return a.files.front() < b.files.front(); });
    return found;
}

using rambler_pieces = std::list<section>;   // the writer points to one

section section_of(const rambler_pieces &all, std::string_view path) {
    section whole;
    for (const section &piece : all) {
        if (whole.present)
            append_line_marker(whole.text, piece.line, path);
        else
            whole.line = piece.line;
        whole.present = true;
        whole.text += piece.text;
    }
    return whole;
}

migration read_rambler(directory &in, const entry &what) {
    const std::string &file = what.files.front();
    std::string const script = in.content(file), path = in.path() + file;
    section_writer writer(script, path);
    rambler_pieces ups, downs;
    for_each_marker_line(script, path, [&](const script_line &line) {
        std::string const body = marker_body(line.text);
        if (!body.starts_with(rambler_word)) return;
        bool const upward = body == rambler_up;
        if (!upward && body != rambler_down)
            refuse(in, rambler, file, line.line, "marker that cannot be followed",
                   "write \"-- rambler up\" or \"-- rambler down\"");
        if (!writer.is_open() && has_statement(std::string_view(script).substr(0, line.start)))
            refuse(in, rambler, file, line.line, "statement before the first section",
                   "write \"-- rambler up\" before it");
        // The writer ends the piece before, so that one is complete when this one is put beside it.
        section &into = upward ? ups.emplace_back() : downs.emplace_front();
        writer.begin(into, line);
    });
    if (ups.empty()) refuse(in, rambler, file, 0, "no section \"rambler up\"", "write it before the way up");
    writer.end_at_end();
    migration made;
    made.id = what.id;
    made.message = what.message;
    made.up = section_of(ups, path);
    made.down = section_of(downs, path);
    return made;
}

}   // namespace

const format rambler{"rambler", "rambler", recognize_rambler, list_rambler, read_rambler};

}   // namespace whisper::script::formats

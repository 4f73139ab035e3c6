// node-pg-migrate's SQL files: "-- Up Migration" and "-- Down Migration", or neither.

#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"

namespace whisper::script::formats {

extern const format node_pg_migrate;

namespace {

constexpr std::string_view up = "up migration", down = "down migration";

// Comments speak of migrations, too: one that is nothing but the marker tells.
clue recognize_node_pg_migrate(directory &in) {
    return find_marker(in, [](std::string_view body) { return body == up || body == down; });
}

boost::container::vector<entry> list_node_pg_migrate(directory &in) {
    return list_by_number(in, node_pg_migrate, {true, "_-"});
}

migration read_node_pg_migrate(directory &in, const entry &what) {
    const std::string &file = what.files.front();
    std::string const script = in.content(file), path = in.path() + file;
    migration made;
    made.id = what.id;
    made.message = what.message;
    section_writer writer(script, path);
    for_each_marker_line(script, path, [&](const script_line &line) {
        std::string const body = marker_body(line.text);
        bool const upward = body.starts_with(up);
        if (!upward && !body.starts_with(down)) return;
        if (!writer.is_open() && has_statement(std::string_view(script).substr(0, line.start)))
            refuse(in, node_pg_migrate, file, line.line, "statement before the first marker",
                   "write \"-- Up Migration\" before it");
        section &into = upward ? made.up : made.down;
        if (into.present)
            refuse(in, node_pg_migrate, file, line.line, "section given twice", "leave one of the markers");
        writer.begin(into, line);
    });
    if (!writer.is_open()) {
        writer.begin_at_start(made.up);
    } else if (!made.up.present) {
        // The tool itself would run the whole file as the way up.
        refuse(in, node_pg_migrate, file, 0, "\"-- Down Migration\" without \"-- Up Migration\"",
               "write \"-- Up Migration\" before the way up");
    }
    writer.end_at_end();
    return made;
}

}   // namespace

const format node_pg_migrate{"node_pg_migrate",    "node-pg-migrate",    recognize_node_pg_migrate,
                             list_node_pg_migrate, read_node_pg_migrate, true};

}   // namespace whisper::script::formats

// tern: 001_name.sql, the way up above the line "---- create above / drop below ----", the way down below it.

#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"

namespace whisper::script::formats {

extern const format tern;

namespace {

constexpr std::string_view separator = "create above / drop below", tern_no_transaction = "tern: disable-tx";

clue recognize_tern(directory &in) {
    return find_marker(
        in, [](std::string_view body) { return body.starts_with(separator) || body.starts_with(tern_no_transaction); });
}

boost::container::vector<entry> list_tern(directory &in) { return list_by_number(in, tern, {true, "_"}); }

migration read_tern(directory &in, const entry &what) {
    const std::string &file = what.files.front();
    std::string const script = in.content(file), path = in.path() + file;
    migration made;
    made.id = what.id;
    made.message = what.message;
    section_writer writer(script, path);
    writer.begin_at_start(made.up);
    for_each_marker_line(script, path, [&](const script_line &line) {
        std::string const body = marker_body(line.text);
        if (body.starts_with(tern_no_transaction)) {
            made.up.transactional = made.down.transactional = false;
        } else if (body.starts_with(separator)) {
            if (made.down.present)
                refuse(in, tern, file, line.line, "second separator", "leave one between the way up and the way down");
            writer.begin(made.down, line);
        }
    });
    writer.end_at_end();
    return made;
}

}   // namespace

const format tern{"tern", "tern", recognize_tern, list_tern, read_tern, true};

}   // namespace whisper::script::formats

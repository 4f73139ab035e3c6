// Play evolutions: 1.sql, 2.sql, … with lines "# --- !Ups" and "# --- !Downs"; ";;" is a semicolon inside a statement.

#include "script/characters.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"

namespace whisper::script::formats {

extern const format play;

namespace {

// The tool looks at lines alone, be they in a string or not.
bool is_marker(std::string_view line, std::string_view name) {
    return (line.starts_with('#') || line.starts_with("--")) && line.find(name) != line.npos;
}

clue recognize_play(directory &in) {
    return find_marker(in,
                       [](std::string_view body) { return body.starts_with("!ups") || body.starts_with("!downs"); });
}

boost::container::vector<entry> list_play(directory &in) { return list_by_number(in, play, {true, "_-."}); }

void append(section &into, std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at) {
        into.text += line[at];
        if (line.substr(at, 2) == ";;") ++at;
    }
    into.text += '\n';
}

migration read_play(directory &in, const entry &what) {
    const std::string &file = what.files.front();
    std::string const script = in.content(file);
    migration made;
    made.id = what.id;
    made.message = what.message;
    section *into = nullptr;
    int number = 1;
    for (std::size_t start = 0; start < script.size(); ++number) {
        std::size_t const end = find_character(script, '\n', start);
        std::string_view const line = std::string_view(script).substr(start, end - start), text = trim(line);
        start = end + 1;
        bool const ups = is_marker(text, "!Ups"), downs = is_marker(text, "!Downs");
        if (ups || downs) {
            into = ups ? &made.up : &made.down;
            if (into->present) refuse(in, play, file, number, "section given twice", "leave one of the markers");
            into->present = true;
            into->line = number + 1;
        } else if (into) {
            append(*into, line);
        } else if (!text.empty() && !text.starts_with('#') && !text.starts_with("--")) {
            refuse(in, play, file, number, "text before the first section", "write \"# --- !Ups\" before it");
        }
    }
    if (!made.up.present) refuse(in, play, file, 0, "no section \"!Ups\"", "write \"# --- !Ups\" before the way up");
    return made;
}

}   // namespace

const format play{"play", "Play", recognize_play, list_play, read_play};

}   // namespace whisper::script::formats

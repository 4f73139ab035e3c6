// rambler: 201409272258_name.sql with "-- rambler up" and "-- rambler down".

#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"

namespace whisper::script::formats {

extern const format rambler;

namespace {

constexpr section_words rambler_words{"rambler", true, "", ""};

clue recognize_rambler(directory &in) {
    return find_marker(in, [](std::string_view body) {
        return body.starts_with(rambler_words.word) && (body == "rambler up" || body == "rambler down");
    });
}

boost::container::vector<entry> list_rambler(directory &in) { return list_by_number(in, rambler, {true, "_"}); }

migration read_rambler(directory &in, const entry &what) { return read_sections(in, rambler, what, rambler_words); }

}   // namespace

const format rambler{"rambler", "rambler", recognize_rambler, list_rambler, read_rambler};

}   // namespace whisper::script::formats

// goose: 00001_name.sql with "-- +goose Up", "-- +goose Down", StatementBegin and StatementEnd, NO TRANSACTION.

#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"

namespace whisper::script::formats {

extern const format goose;

namespace {

constexpr section_words goose_words{"+goose", false, "no transaction", "", "envsub"};

clue recognize_goose(directory &in) {
    return find_marker(in, [](std::string_view body) { return body.starts_with(goose_words.word); });
}

boost::container::vector<entry> list_goose(directory &in) { return list_by_number(in, goose, {true, "_"}); }

migration read_goose(directory &in, const entry &what) { return read_sections(in, goose, what, goose_words); }

}   // namespace

const format goose{"goose", "goose", recognize_goose, list_goose, read_goose};

}   // namespace whisper::script::formats

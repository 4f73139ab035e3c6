// sql-migrate: names in the order of their numbers, "-- +migrate Up" and "-- +migrate Down", "notransaction" behind
// them.

#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"

namespace whisper::script::formats {

extern const format sql_migrate;

namespace {

constexpr section_words sql_migrate_words{"+migrate", true, "", "notransaction"};

clue recognize_sql_migrate(directory &in) {
    return find_marker(in, [](std::string_view body) { return body.starts_with(sql_migrate_words.word); });
}

boost::container::vector<entry> list_sql_migrate(directory &in) {
    return list_by_number(in, sql_migrate, {false, "_"});
}

migration read_sql_migrate(directory &in, const entry &what) {
    return read_sections(in, sql_migrate, what, sql_migrate_words);
}

}   // namespace

const format sql_migrate{"sql_migrate", "sql-migrate", recognize_sql_migrate, list_sql_migrate, read_sql_migrate};

}   // namespace whisper::script::formats

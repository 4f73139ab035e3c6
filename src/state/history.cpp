#include "state/history.hpp"

#include "pg/insert_rows.hpp"

namespace whisper::state {
namespace {

pg::value each_kind(std::span<const history_entry> entries) {
    pg::strings names;
    for (const history_entry &e : entries) names.push_back(step_kind_name(e.kind));
    return pg::to_value(names);
}

constexpr pg::column<history_entry> history_columns[] = {
    {"id", nullptr, "nextval('whisper.history_id')"},
    {"run", pg::each<&history_entry::run>},
    {"step", pg::each<&history_entry::step>},
    {"direction", each_kind},
    {"tier", pg::each_or_null<&history_entry::tier>},
    {"revision", pg::each<&history_entry::revision>},
    {"executed_by", pg::each<&history_entry::executed_by>},
    {"executed_at", pg::each<&history_entry::executed_at>},
    {"elapsed", pg::each<&history_entry::elapsed>},
    {"statements", pg::each<&history_entry::statements>},
    {"checksum", pg::each_bytes_or_null<&history_entry::checksum>},
    {"message", pg::each<&history_entry::message>},
    {"sqlstate", pg::each_or_null<&history_entry::sqlstate>},
};

}   // namespace

const char *step_kind_name(step_kind kind) noexcept {
    switch (kind) {
        case step_kind::up:
            return "up";
        case step_kind::down:
            return "down";
        case step_kind::stamp:
            return "stamp";
        case step_kind::forget:
            return "forget";
        case step_kind::repair:
            return "repair";
        case step_kind::adopt:
            return "adopt";
        case step_kind::claim:
            return "claim";
        case step_kind::capture:
            return "capture";
        case step_kind::rebuild:
            return "rebuild";
        case step_kind::failed:
            return "failed";
    }
    return "";
}

void append_history(pg::spi_session &session, std::span<const history_entry> entries) {
    pg::insert_rows(session, "whisper.history", history_columns, entries);
}

}   // namespace whisper::state

#pragma once
// whisper.history: append-only, a row for each step ever.

#include "pg/spi.hpp"

namespace whisper::state {

enum class step_kind : unsigned char { up, down, stamp, forget, repair, adopt, claim, capture, rebuild, failed };
// As in whisper.history.direction.
const char *step_kind_name(step_kind kind) noexcept;

struct history_entry {
    int64 run;
    int step;   // 1-based, in the run; 0 for what is about the whole run
    step_kind kind;
    std::string tier, revision;   // an empty tier: none
    std::string executed_by;
    pg::timestamp executed_at;
    pg::interval_microseconds elapsed;
    int statements;
    std::string checksum;   // empty: none
    std::string message;
    std::string sqlstate;   // of failures alone
};

// In that order. Under pg::engine_scope.
void append_history(pg::spi_session &session, std::span<const history_entry> entries);

}   // namespace whisper::state

#pragma once
// What other sessions see of a run, and whom a run waits for.

#include "pg/spi.hpp"

namespace whisper::pg {

// Shows `text` as this backend's application_name in pg_stat_activity until the scope ends; the setting itself is
// not touched.
class activity_scope {
public:
    activity_scope() = default;
    activity_scope(const activity_scope &) = delete;
    activity_scope &operator=(const activity_scope &) = delete;
    ~activity_scope();
    void show(const std::string &text);
};

// The transaction-level advisory lock that serialises runners of this database. Waits for it, with a NOTICE that
// names the holder.
void lock_runners(spi_session &session);

}   // namespace whisper::pg

#pragma once
// Where SQL of somebody's runs: with whose rights, and what of it is to happen, or to be gone, before they end.

#include "pg/authority.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"

#include <optional>

namespace whisper::pg {

// Runs the deferred triggers that wait in this transaction, with the rights and settings of this moment, and makes
// their constraints wait again as they did. Throws what they raise; 54001 when they go on making each other wait.
void fire_deferred_triggers(spi_session &session);

// For text whose author is not to reach the session's other roles: cursors that it opened are closed at its end, and
// temporary objects refused. (What the server calls a restricted operation refuses most of them beforehand.)
class nothing_left_behind {
public:
    explicit nothing_left_behind(spi_session &session);
    // Throws 0A000 when there is a temporary object more than before.
    void check(spi_session &session);

private:
    strings cursors_;
    int64 temporary_objects_;
};

// Whatever runs inside has the rights that `how` says, and its settings end with the scope. What makes no other role's
// SQL run needs none. Where it is not rolled back afterwards, finish() is called after the last statement.
class section_scope {
public:
    // For text that runs as the caller, if at all.
    section_scope(spi_session &session, authority how) : section_scope(session, how, InvalidOid) {}
    section_scope(spi_session &session, authority how, Oid owner);

    settings_scope &settings() noexcept { return settings_; }
    // Runs what waits for COMMIT, closes and refuses what would stay. Throws what triggers raise, 54001, 0A000.
    void finish();

private:
    spi_session &session_;
    authority_scope const rights_;
    std::optional<nothing_left_behind> left_;
    settings_scope settings_;
};

}   // namespace whisper::pg

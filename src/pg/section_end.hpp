#pragma once
// What SQL leaves for later: triggers that wait for COMMIT, and what stays in the session. It is to happen, or to be
// gone, while the scopes that the SQL ran in are alive.

#include "pg/spi.hpp"

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

}   // namespace whisper::pg

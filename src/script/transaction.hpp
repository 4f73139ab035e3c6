#pragma once
// BEGIN and COMMIT in a script: they belong to how it is cut, as psql's own commands do.

#include <cstdint>
#include <string_view>

namespace whisper::script {

enum class transaction_control : std::uint8_t {
    none,
    begin,
    commit,
    prepare,   // ends it, too, and leaves it for somebody else to commit
    rollback,
    savepoint
};

// Told from the first words, which no other statement begins with. COMMIT PREPARED ends another transaction: none.
transaction_control control_of(std::string_view statement);

// Whether a COMMIT begins the next transaction at once: COMMIT AND CHAIN.
bool chains(std::string_view commit);

}   // namespace whisper::script

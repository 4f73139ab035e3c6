#include "pg/object_words.hpp"

#include "pg/object_kinds.hpp"

namespace whisper::pg {

const char *words_of(ObjectType type) noexcept {
    auto const *const kind = std::ranges::find_if(server_kinds, [&](const server_kind &k) { return k.object == type; });
    return kind == server_kinds.end() ? "" : kind->words.data();   // literals: they end with a zero
}

}   // namespace whisper::pg

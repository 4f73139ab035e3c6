#include "pg/sha256.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
}

namespace whisper::pg {
namespace {
void check_hash(int code) {
    if (code < 0) throw failure(sqlstate::internal_error, "could not compute a checksum");
}
}   // namespace

sha256::sha256() : context_(call(pg_cryptohash_create, PG_SHA256)) {
    if (!context_) throw std::bad_alloc();
    check_hash(call(pg_cryptohash_init, context_));
}

sha256::~sha256() { pg_cryptohash_free(context_); }

void sha256::update(std::string_view bytes) {
    check_hash(pg_cryptohash_update(context_, reinterpret_cast<const uint8 *>(bytes.data()), bytes.size()));
}

std::string sha256::finish() {
    std::string digest(PG_SHA256_DIGEST_LENGTH, '\0');
    check_hash(pg_cryptohash_final(context_, reinterpret_cast<uint8 *>(digest.data()), digest.size()));
    return digest;
}

}   // namespace whisper::pg

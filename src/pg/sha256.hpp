#pragma once
// The server's own SHA-256.

#include "pg/guard.hpp"

extern "C" {
struct pg_cryptohash_ctx;
}

namespace whisper::pg {

class sha256 {
public:
    sha256();
    sha256(const sha256 &) = delete;
    sha256 &operator=(const sha256 &) = delete;
    ~sha256();
    void update(std::string_view bytes);
    std::string finish();   // 32 bytes

private:
    pg_cryptohash_ctx *context_;
};

}   // namespace whisper::pg

#pragma once
// The server's own SHA-256.

#include "pg/guard.hpp"
#include "script/tokens.hpp"

extern "C" {
struct pg_cryptohash_ctx;
}

namespace whisper::pg {

class sha256 final : public script::digest_sink {
public:
    sha256();
    sha256(const sha256 &) = delete;
    sha256 &operator=(const sha256 &) = delete;
    virtual ~sha256();
    void update(std::string_view bytes) override;
    std::string finish();   // 32 bytes

private:
    pg_cryptohash_ctx *context_;
};

}  // namespace whisper::pg

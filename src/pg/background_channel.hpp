#pragma once
// What a background_task and its worker share; included by the two sides of it only.

#include "pg/guard.hpp"

extern "C" {
#include "libpq/pqmq.h"
#include "port/atomics.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
}

namespace whisper::pg {

inline constexpr uint64 channel_magic = 0x776869737065726dULL;   // "whisperm"
enum channel_key : uint64 { key_header = 1, key_settings, key_payload, key_messages };
inline constexpr Size message_queue_size = 65536;

struct channel_header {
    Oid database, authenticated_user, session_user, role;
    Size payload_length;
    pg_atomic_uint32 statement, waits_for_others;
};

}   // namespace whisper::pg

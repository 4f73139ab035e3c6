#pragma once
// The tables in which Sqitch keeps its record, as its release 1 makes them.

#include "pg/spi.hpp"

namespace whisper::sync {

struct sqitch_tables {
    std::string schema;   // quoted
    Oid owner_role = InvalidOid;
    std::string owner;
};

// Nothing when the schema has no table "changes"; an incomplete set counts as none of the tool's.
std::optional<sqitch_tables> find_sqitch_tables(pg::spi_session &session, const std::string &schema);

// As the caller. False when he may not make what is missing.
bool make_sqitch_tables(pg::spi_session &session, const std::string &schema);

}   // namespace whisper::sync

#pragma once
// What a statement with CONCURRENTLY leaves behind when it is broken off.

#include "pg/spi.hpp"
#include "script/program.hpp"

namespace whisper::run {

// Whether the statement waits for other transactions instead of having them wait for it.
bool waits_for_others(const script::action &a);

// Whether what the statement makes and drops is the old thing under its old name, in schema whisper, too.
bool rebuilds(const script::action &a);

struct invalid_index {
    Oid index;
    std::string name;   // qualified
};

// The invalid indexes that nobody is building and that a try of this CREATE INDEX or REINDEX CONCURRENTLY may have
// left: of the statement's table, and of the statement's name if it gives one. Those from before its first try are not
// its own.
boost::container::vector<invalid_index> invalid_indexes(pg::spi_session &session, const script::action &a);

// The text of a statement that is told to be so, with other words, or none, in that place.
std::string without_concurrently(const script::action &a, std::string_view instead = {});

// The statement as it has to run after an earlier try: DETACH PARTITION CONCURRENTLY goes on with FINALIZE.
std::string resumed_form(pg::spi_session &session, const script::action &a);

// After a CREATE INDEX CONCURRENTLY: throws 55000 when the index of that name is invalid, as IF NOT EXISTS lets one be.
void require_valid_index(pg::spi_session &session, const script::action &a);

}   // namespace whisper::run

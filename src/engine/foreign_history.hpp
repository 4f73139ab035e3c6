#pragma once
// What other migration tools left in the database about themselves.

#include "pg/spi.hpp"
#include "registry/model.hpp"

#include <unordered_map>

namespace whisper::engine {

struct foreign_evidence {
    std::string source;                              // "public.alembic_version"
    boost::container::vector<bool> says;             // by graph index: the tool has it as applied
    script::strings tiers;                           // those it names a revision of; it has no say in the others
    boost::container::vector<std::string> unknown;   // what it names and nobody registered
};

// alembic_version (any schema, any number of rows), schema_migrations of dbmate, golang-migrate and Rails,
// flyway_schema_history, Sqitch's changes. Versions are matched with the ids that such a tool's files have here:
// golang-migrate's 1 with 000001, Flyway's 1.2 with V1.2. What the caller may not read is no evidence. No lock is waited
// for: a table that is locked against readers is warned about and left out, or, where it is `required`, throws 55P03.
boost::container::vector<foreign_evidence> read_foreign_histories(pg::spi_session &session,
                                                                  const registry::registry &r, bool required);

}   // namespace whisper::engine

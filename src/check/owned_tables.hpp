#pragma once
// The owned tables and what the catalogs know of them: read once for all checks.

#include "pg/spi.hpp"

namespace whisper::check {

struct owned_table {
    std::string schema, name, identity, tier, revision, origin;
    Oid relation;                // InvalidOid when it does not exist
    std::optional<int64> rows;   // the planner's or the statistics collector's estimate
};

class owned_tables {
public:
    explicit owned_tables(pg::spi_session &session);
    const boost::container::vector<owned_table> &all() const noexcept { return tables_; }
    // The relations that exist.
    boost::container::vector<Oid> relations() const;
    // The revision that has it; empty when none does.
    std::string revision_of(Oid relation) const;

private:
    boost::container::vector<owned_table> tables_;
};

}   // namespace whisper::check

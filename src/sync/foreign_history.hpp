#pragma once
// What other migration tools left in the database about themselves.

#include "pg/plain_rows.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"
#include "script/tool_history.hpp"

namespace whisper::sync {

struct foreign_evidence {
    std::string tool, source;                        // "goose", "public.goose_db_version"
    boost::container::vector<bool> says;             // by graph index: the tool has it as applied
    boost::container::vector<bool> implied;          // ... as what a head in a graph of revisions stands on
    script::strings tiers;                           // those it names a revision of; it has no say in the others
    boost::container::vector<std::string> unknown;   // what it names and nobody registered
};

// A table that some tool keeps its history in.
struct history_table {
    const script::tool_history *history;
    std::string name;   // "schema.table", quoted
    std::string owner;
    Oid owner_role, oid;
    bool renamed;   // known by its columns alone
    bool is_near;   // the tool itself would find it
    script::strings columns;
};

// Those that the tools themselves would find: in the search_path or in the tool's own schema. Of a tool that has none
// there, the ones of other schemas. Waits for no lock: one that is locked against readers is warned about and left out,
// or, where all are `required`, throws 55P03.
boost::container::vector<history_table> find_history_tables(pg::spi_session &session, bool required);

// Which revision each name of names_of_revision() is.
class revision_names {
public:
    revision_names(const registry::registry &r, script::version_form form);
    std::optional<graph::index> find(std::string_view version) const;

private:
    script::version_form form_;
    std::unordered_map<std::string, graph::index> by_name_;
};

// The rows of the table as the description reads them; Sqitch's as the plans in the pack's directory do.
boost::container::vector<script::recorded_version> read_history(const registry::registry &r,
                                                                const history_table &table);

// All that can be read by the caller. Versions are matched with the ids, files and folders of the revisions. `required`
// as for find_history_tables().
boost::container::vector<foreign_evidence> read_foreign_histories(pg::spi_session &session, const registry::registry &r,
                                                                  bool required);

}   // namespace whisper::sync

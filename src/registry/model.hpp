#pragma once
// What the catalog in schema whisper holds, as C++ values.

#include "graph/graph.hpp"
#include "pg/authority.hpp"
#include "pg/values.hpp"
#include "script/migration.hpp"
#include "script/pack.hpp"
#include "script/statement.hpp"

#include <memory>

namespace whisper::registry {

enum class record_state : unsigned char { unchanged, added, changed, missing, removed };

// The text of a revision; fetched only for the revisions that are run.
struct revision_text {
    std::string up, verify;
    std::optional<std::string> down;   // none: the revision has no way down of its own
    std::string batch;                 // empty: there is none
    int up_line = 1, down_line = 1, verify_line = 1, batch_line = 1;
};

using table_names = boost::container::vector<script::qualified_name>;

struct revision_record {
    std::int64_t registration = 0;
    std::string revision, tier, message;
    script::strings down_revisions, depends_on, branch_labels;
    bool down_implicit = false;   // no header said it: the file before it in the tier
    script::rerun_mode rerun = script::rerun_mode::changed;
    bool allow_data_loss = false;   // its way up may
    bool up_transactional = true, down_transactional = true;
    std::string batch_options;   // of its batch section (see script/batch.hpp); empty when it has none
    int lock_count = 0;          // about how many locks its way up takes and keeps, when it is one transaction
    bool has_down = false, has_verify = false;
    table_names creates;               // the tables that its statements create
    script::strings includes;          // the files that belong to its file, relative to the pack's location: what it
                                       // includes, and its way down where another tool keeps that in a file of its own
    script::strings placeholders;      // what was filled into its text, as "name=value"
    std::string checksum;              // 32 bytes
    script::strings valid_checksums;   // of former texts that count as this one; known when it was just read
    std::string file;                  // relative to the pack's location; empty for one that a client registered
    std::int64_t file_size = 0, file_mtime = 0;     // bytes; microseconds since 1970
    pg::author registered_by;                       // the role whose text it is; empty for a file's
    bool missing = false;                           // registered from a file that is gone
    bool begun = false;                             // a part of it has run, or was there when it was adopted
    record_state state = record_state::unchanged;   // what reconciling found
    bool unwritten = false;   // differs from the catalog row, be it only in its file's time or place
    // Whether one transaction can hold all of it.
    bool is_transactional(bool up) const noexcept {
        return up ? up_transactional && batch_options.empty() : down_transactional;
    }
    std::optional<revision_text> text;   // present when it was just read, or after fetch_texts()
};

// A file of the pack's verify folder.
struct check_record {
    std::string name, message, sql, file;
    int line = 1;
    std::int64_t file_size = 0, file_mtime = 0;
};

struct applied_record {
    std::string revision, tier, checksum, origin, applied_by;
    pg::timestamp applied_at;
};

struct tier_record {
    std::string name;
    script::tier_kind kind = script::tier_kind::versioned;
    std::optional<std::string> format{};   // the tool whose files it has; empty: plain ones; none: not known
};

struct profile_record {
    std::string name;
    script::strings tiers;
};

// The state of one call: catalog rows, brought up to date with the files in memory.
struct registry {
    std::string pack_name, location, default_profile;
    script::strings critical_tables;
    boost::container::vector<tier_record> tiers;
    boost::container::vector<profile_record> profiles;
    boost::container::vector<revision_record> revisions;   // in registration order: a graph index is a position here
    boost::container::vector<applied_record> applied;      // of any revision, registered or not
    boost::container::vector<check_record> checks;         // in name order
    bool checks_changed = false;
    bool tiers_moved = false;   // a revision is in another tier than it was
    // Applied with a text that the file now counts as its own: the row gets the new checksum.
    script::strings newly_valid;
    bool pack_changed = false;                           // pack, tiers or profiles differ from the catalog's
    boost::container::vector<revision_record> removed;   // their files are gone, and nothing of them has run

    // Made by build_graph() once the revisions stand.
    std::unique_ptr<graph::revision_graph> revision_graph;
    std::optional<graph::node_set> applied_set;

    boost::container::vector<std::pair<std::string, std::string>> tools;   // tiers read as another tool's, and its name

    const tier_record *find_tier(std::string_view name) const noexcept;
    const applied_record *find_applied(std::string_view revision) const noexcept;
    graph::index find(std::string_view revision) const;   // throws unknown_revision
};

// Whether an applied revision's registered text is another than the one that ran. A repeatable file that says
// "rerun: never" is edited for the next database only.
bool is_outdated(const registry &r, const revision_record &record) noexcept;

// Builds revision_graph and applied_set. Throws what building a graph throws.
void build_graph(registry &r, graph::memory *resource);

// Applied versioned revisions whose registered text is not the one that was applied. Throws checksum_mismatch naming
// file and revision of the first.
void require_unchanged(const registry &r);

}   // namespace whisper::registry

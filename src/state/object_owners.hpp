#pragma once
// Whose is it, beside tables: views, functions, types and all else that revisions created, and what hangs on any of it.

#include "pg/object_watch.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"

#include <map>
#include <unordered_map>

namespace whisper::state {

class object_owners {
public:
    struct owner {
        std::string tier, revision;
    };

    // Reads what is recorded; under pg::engine_scope.
    explicit object_owners(pg::spi_session &session);

    // Looks at a change to what is no table, nor part of one (`of_table`: part of a table of the revision's own tier).
    // Throws not_owner_tier when it is another tier's.
    void check(const registry::revision_record &revision, bool up, const pg::object_event &event, bool of_table);

    // Whether the revision's tier created the object that the event tells of.
    bool is_own(const registry::revision_record &revision, const pg::object_event &event) const;

private:
    using key = std::pair<Oid, Oid>;   // class and object
    const owner *find(const pg::object_event &event) const;
    const owner *find_whole(const pg::object_event &event, Oid whole) const;

    std::string described_whole(Oid whole) const;   // empty: it is gone

    std::map<key, owner> known_;                       // created or seen in this run, and what others are part of
    std::unordered_map<std::string, owner> by_name_;   // by type and identity
};

// The relation (or domain) that the event's object is or was part of.
Oid whole_of(const pg::object_event &event);

}   // namespace whisper::state

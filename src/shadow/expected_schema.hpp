#pragma once
// What every revision of some tiers would create, learned by running them all where it leaves no trace.

#include "schema/snapshot.hpp"
#include "script/program.hpp"
#include "session/workspace.hpp"

#include <unordered_map>

namespace whisper::shadow {

// One definition that an item has had, and the statement that gave it.
struct item_version {
    std::size_t step;   // position in expected_schema::steps
    int statement;      // number in the revision's up section; 0 when none can be told
    bool exists;        // false: the statement dropped the item
    std::string value, shown, body;
};

struct expected_item {
    std::string key, owner_key;   // owner_key: the item of the table it is part of; empty for one that stands alone
    boost::container::vector<item_version> versions;   // in order
};

// What a statement of a repeatable file or of a partly present revision leaves in whisper.statement.
struct expected_statement {
    int number;
    script::qualified_name relation;   // the one that it is about, as written; may be empty
    bool sets;                         // SET and the like: steers the others, leaves nothing
};

struct expected_step {
    graph::index revision;
    boost::container::vector<expected_statement> statements;
};

// As in whisper.owned_object.
struct expected_object {
    std::string type, identity, schema, name, revision, tier;
    pg::strings names, arguments;
};

struct expected_schema {
    boost::container::vector<expected_step> steps;
    boost::container::vector<expected_item> items;
    boost::container::vector<expected_object> objects;   // in order of creation
    pg::strings preexisting;                             // keys of items that there can be one of only, and is
};

// Throws failure with the message, and the CONTEXT as detail, of a step that cannot be run in an empty database.
// Of applied revisions whose files are gone, only those that a file stands on, and `wanted`.
expected_schema expected_schema_of(session::workspace &work, const script::strings &tiers,
                                   std::optional<graph::index> wanted = std::nullopt);

}   // namespace whisper::shadow

#pragma once
// From what a parse tree names to what is there. Plain C but for the names: called under guard; may raise what the
// statement itself would.

#include "pg/drop_objects.hpp"
#include "pg/tree_names.hpp"

namespace whisper::pg {

// One statement as the server's grammar has it, in the current memory context. C++; throws what the grammar raises.
Node *parse_tree(const char *statement);

// The name in the form that get_object_address() takes. Takes no lock that outlives it.
object_address look_up(ObjectType type, Node *name);
// A part of a relation, by its name.
object_address look_up_part(ObjectType type, Oid relation, const char *name);

// Whatever the tree names in a way that can be looked up: not roles and databases, nor all in a schema. Without an
// object_id for what is not there. C++.
object_address look_up(const tree_object &object);

}   // namespace whisper::pg

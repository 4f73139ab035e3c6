#pragma once
// Which objects a statement names, looked up by the server just before it runs.

#include "pg/drop_objects.hpp"
#include "script/statement.hpp"

namespace whisper::pg {

enum class naming : uint8 {
    created,   // what CREATE would find in its place
    altered,   // altered, commented on, granted
    dropped,
    used,     // a relation whose rows it changes, that it puts something on or refers to
    schema,   // GRANT ON ALL … IN SCHEMA
};

struct named_object {
    naming how;
    object_address at;
};
using named_objects = boost::container::small_vector<named_object, 4>;

// Under the rights and the search_path of the moment; what is not there, or not to be seen, is left out. Takes no lock
// that outlives it. With `created`, also what a CREATE would replace or find in its way.
named_objects find_named(std::string_view statement, const script::statement_traits &traits, bool created);

// The names of all relations in the statement, within its queries, too.
boost::container::vector<script::qualified_name> relations_in(std::string_view statement);

struct object_identity {
    std::string type, identity;   // as pg_identify_object() gives them; empty for what is not there
};
object_identity identify(const object_address &object);

// The schema that the object is in, or InvalidOid.
Oid schema_of(const object_address &object);

}   // namespace whisper::pg

#pragma once
// Relations by name, as the current search_path finds them.

#include "pg/guard.hpp"

namespace whisper::pg {

// A name as written in SQL, possibly qualified and quoted; InvalidOid when there is no such relation or the name is
// not one. Takes no lock.
Oid find_relation(const std::string &written_name);

// InvalidOid when there is no such schema.
Oid find_schema(const char *name);

// Whether the object is the schema, a relation in it, or a part of one.
bool belongs_to_schema(Oid class_id, Oid object_id, Oid schema);

}   // namespace whisper::pg

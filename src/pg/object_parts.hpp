#pragma once
// Which objects are mere parts of others.

#include "pg/guard.hpp"

namespace whisper::pg {

// Inner parts of operator classes and families, and casts: they go with the operators, functions and types they name.
bool is_never_owned(Oid class_id) noexcept;

// The row type of a relation, or an array type: made and dropped with what it belongs to.
bool is_row_or_array_type(Oid class_id, Oid object_id);

// The relation that an index, constraint, trigger, default, rule, policy or serial's sequence belongs to;
// InvalidOid for anything else and for what is gone.
Oid relation_it_is_part_of(Oid class_id, Oid object_id);

}  // namespace whisper::pg

#pragma once
// Which objects are mere parts of others.

#include "pg/guard.hpp"

namespace whisper::pg {

// Whether objects of this catalog can belong to a tier: what has a name of its own in the database. Not casts and the
// inner parts of operator classes, which go with what they name, nor roles, databases and the like.
bool can_be_owned(Oid class_id) noexcept;

// The catalog of comments: a class for what no object access hook tells of.
Oid comment_class() noexcept;

// The row type of a relation, or an array type: made and dropped with what it belongs to.
bool is_row_or_array_type(Oid class_id, Oid object_id);

// NOT NULL: a constraint since PostgreSQL 18, and on every release a property of its column.
bool is_not_null_constraint(Oid class_id, Oid object_id);

// The relation that an index, constraint, trigger, default, rule, policy or serial's sequence belongs to, or the domain
// of a domain's constraint; InvalidOid for anything else and for what is gone.
// part_of_relation() is the same for the server's hooks: plain C, which raises PostgreSQL's errors.
Oid part_of_relation(Oid class_id, Oid object_id);
Oid relation_it_is_part_of(Oid class_id, Oid object_id);

}   // namespace whisper::pg

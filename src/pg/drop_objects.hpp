#pragma once
// Drop a set of objects together, in the order their dependencies ask for, never CASCADE.

#include "pg/values.hpp"

namespace whisper::pg {

struct object_address {
    Oid class_id, object_id;
    int32 sub_id;
};

bool is_extension(Oid class_id) noexcept;
// The relation that an object is a part of (see object_parts.hpp), else the object itself.
Oid relation_or_self(Oid class_id, Oid object_id);

// Throws insufficient_privilege when the current user does not own one of them, and the server's own 2BP01 when
// something outside the set depends on one.
void drop_objects(std::span<const object_address> objects);

}   // namespace whisper::pg

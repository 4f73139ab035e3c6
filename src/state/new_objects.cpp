#include "state/new_objects.hpp"

#include "pg/object_parts.hpp"

namespace whisper::state {
namespace {

// A relation and the step that made it, as one number.
uint64 key(Oid relation, int step) { return (static_cast<uint64>(static_cast<uint32>(step)) << 32) | relation; }

}   // namespace

new_objects::new_objects(std::span<const pg::object_event> events) {
    std::unordered_set<uint64> relations;
    for (const pg::object_event &e : events)
        if (e.change == pg::object_change::created && e.sub_id == 0 &&
            (e.class_id == RelationRelationId || e.class_id == TypeRelationId))
            relations.insert(key(e.object_id, e.step));

    for (const pg::object_event &e : events) {
        if (e.change != pg::object_change::created) continue;
        if (e.sub_id != 0 && relations.contains(key(e.object_id, e.step))) continue;   // a column of a new table
        if (!pg::can_be_owned(e.class_id) || pg::is_row_or_array_type(e.class_id, e.object_id) ||
            pg::is_not_null_constraint(e.class_id, e.object_id))
            continue;
        Oid const relation = e.sub_id == 0 ? pg::relation_it_is_part_of(e.class_id, e.object_id) : InvalidOid;
        if (relation != InvalidOid && relations.contains(key(relation, e.step))) continue;
        classes_.push_back(e.class_id);
        objects_.push_back(e.object_id);
        columns_.push_back(e.sub_id);
        steps_.push_back(e.step);
    }
}

}   // namespace whisper::state

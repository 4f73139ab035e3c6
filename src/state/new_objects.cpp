#include "state/new_objects.hpp"

#include "pg/object_parts.hpp"

#include <algorithm>
#include <tuple>

namespace whisper::state {
namespace {

using made_relation = std::tuple<Oid, int, int>;   // and the step and statement that made it

}   // namespace

new_objects::new_objects(std::span<const pg::object_event> events, grain together) {
    auto const key = [&](Oid relation, const pg::object_event &e) {
        return made_relation{relation, e.step, together == grain::statement ? e.statement : 0};
    };
    boost::container::vector<made_relation> relations;
    for (const pg::object_event &e : events)
        if (e.change == pg::object_change::created && e.sub_id == 0 &&
            (e.class_id == RelationRelationId || e.class_id == TypeRelationId))
            relations.push_back(key(e.object_id, e));
    std::sort(relations.begin(), relations.end());
    auto const is_new = [&](Oid relation, const pg::object_event &e) {
        return std::binary_search(relations.begin(), relations.end(), key(relation, e));
    };

    for (const pg::object_event &e : events) {
        if (e.change != pg::object_change::created) continue;
        if (e.sub_id != 0 && is_new(e.object_id, e)) continue;   // a column of a new table
        if (!pg::can_be_owned(e.class_id) || pg::is_row_or_array_type(e.class_id, e.object_id) ||
            pg::is_not_null_constraint(e.class_id, e.object_id))
            continue;
        Oid const relation = e.sub_id == 0 ? pg::relation_it_is_part_of(e.class_id, e.object_id) : InvalidOid;
        if (relation != InvalidOid && is_new(relation, e)) continue;
        classes_.push_back(e.class_id);
        objects_.push_back(e.object_id);
        columns_.push_back(e.sub_id);
        steps_.push_back(e.step);
        statements_.push_back(e.statement);
    }
}

}   // namespace whisper::state

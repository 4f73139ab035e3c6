#include "state/object_owners.hpp"

#include "pg/object_parts.hpp"

namespace whisper::state {
namespace {

std::string name_of(const std::string &type, const std::string &identity) { return type + ' ' + identity; }

[[noreturn]] void refuse(const registry::revision_record &revision, const char *verb, const std::string &what,
                         const object_owners::owner &whose) {
    throw failure(sqlstate::not_owner_tier,
                  "revision \"" + revision.revision + "\" of tier \"" + revision.tier + "\" " + verb + " " + what +
                      " of tier \"" + whose.tier + "\"",
                  "It belongs to tier \"" + whose.tier + "\", revision \"" + whose.revision + "\".",
                  "put the change into a revision of tier \"" + whose.tier + "\"");
}

}   // namespace

object_owners::object_owners(pg::spi_session &session) {
    // What another object can be part of is known by its OID, too.
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT o.object_type, o.object_identity, o.tier, o.revision,
            coalesce(c.oid, t.oid, 0::oid), t.oid IS NOT NULL
            FROM whisper.owned_object o
            LEFT JOIN pg_namespace n ON n.nspname = o.schema_name::name
            LEFT JOIN pg_class c ON c.relnamespace = n.oid
             AND c.relname = o.object_name::name
             AND o.object_type IN ('view', 'materialized view')
            LEFT JOIN pg_type t ON t.typnamespace = n.oid
             AND t.typtype = 'd' AND o.object_type = 'type'
             AND format('%I.%I', n.nspname, t.typname) = o.object_identity
            WHERE o.object_type NOT IN ('table', 'foreign table', 'table column', 'default acl'))sql");
    by_name_.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        owner whose{rows.text(i, 2), rows.text(i, 3)};
        if (Oid const object = rows.oid(i, 4); object != InvalidOid)
            known_[{rows.boolean(i, 5) ? TypeRelationId : RelationRelationId, object}] = whose;
        by_name_.emplace(name_of(rows.text(i, 0), rows.text(i, 1)), std::move(whose));
    }
}

const object_owners::owner *object_owners::find(const pg::object_event &event) const {
    if (auto const known = known_.find({event.class_id, event.object_id}); known != known_.end()) return &known->second;
    if (!event.type || !event.identity) return nullptr;
    auto const named = by_name_.find(name_of(event.type, event.identity));
    return named == by_name_.end() ? nullptr : &named->second;
}

const object_owners::owner *object_owners::find_whole(const pg::object_event &event, Oid whole) const {
    auto known = known_.find({RelationRelationId, whole});
    if (known == known_.end() && event.class_id == ConstraintRelationId) known = known_.find({TypeRelationId, whole});
    return known == known_.end() ? nullptr : &known->second;
}

std::string object_owners::described_whole(Oid whole) const {
    return pg::described(known_.contains({RelationRelationId, whole}) ? RelationRelationId : TypeRelationId, whole);
}

bool object_owners::is_own(const registry::revision_record &revision, const pg::object_event &event) const {
    const owner *const whose = find(event);
    return whose && whose->tier == revision.tier;
}

void object_owners::check(const registry::revision_record &revision, bool up, const pg::object_event &event,
                          bool of_table) {
    key const object{event.class_id, event.object_id};
    Oid const whole = of_table ? InvalidOid : whole_of(event);
    const owner *const holder = whole == InvalidOid ? nullptr : find_whole(event, whole);
    bool const part_of_own = of_table || (holder && holder->tier == revision.tier);
    const owner *const whose = find(event);
    if (event.change == pg::object_change::created) {
        if (up && holder && !part_of_own) refuse(revision, "alters", described_whole(whole), *holder);
        bool const on_its_own = !of_table && whole == InvalidOid;
        if (on_its_own && !pg::is_row_or_array_type(event.class_id, event.object_id))
            known_[object] = {revision.tier, revision.revision};
        return;
    }
    bool const own = part_of_own || (whose && whose->tier == revision.tier);
    bool const dropped = event.change == pg::object_change::dropped;
    if (!own && whose)
        refuse(revision, dropped ? "drops" : "alters",
               event.identity ? std::string(event.type) + " \"" + event.identity + "\"" : "an object", *whose);
    // What goes with the whole of it is told of that.
    if (!own && holder)
        if (std::string const what = described_whole(whole); !what.empty()) refuse(revision, "alters", what, *holder);
    if (dropped) {
        if (event.type && event.identity) by_name_.erase(name_of(event.type, event.identity));
        known_.erase(object);
    } else if (whose) {
        known_.emplace(object, owner(*whose));   // it may have another name from now on
    }
}

Oid whole_of(const pg::object_event &event) {
    return event.change == pg::object_change::dropped ? event.whole
                                                      : pg::relation_it_is_part_of(event.class_id, event.object_id);
}

}   // namespace whisper::state

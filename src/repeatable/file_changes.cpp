#include "repeatable/file_changes.hpp"

#include "pg/settings.hpp"

#include <algorithm>

namespace whisper::repeatable {
namespace {

std::string key(std::string_view type, std::string_view identity) {
    return std::string(type).append(1, '\0').append(identity);
}

std::tuple<Oid, Oid, int32> address_of(const pg::object_address &o) { return {o.class_id, o.object_id, o.sub_id}; }

}   // namespace

void file_changes::take(std::span<const pg::object_event> events) {
    for (const pg::object_event &e : events) {
        if (e.undone) continue;
        if (e.change == pg::object_change::created) made_.emplace(e.class_id, e.object_id, e.sub_id);
        if (e.change != pg::object_change::dropped || !e.identity || !e.type) continue;
        gone_.insert(key(e.type, e.identity));
        if (e.class_id == RelationRelationId && e.sub_id == 0) gone_relations_.insert(e.identity);
    }
}

void file_changes::take_replaced(const script::action &action) {
    if (!action.traits.or_replace) return;
    for (const pg::named_object &there : pg::find_named(action.text, action.traits, true)) {
        if (there.how != pg::naming::created) continue;
        pg::object_identity const known = pg::identify(there.at);
        if (known.type.empty()) continue;
        replaced_.insert(key(known.type, known.identity));
        replaced_at_.insert(address_of(there.at));
    }
}

void file_changes::foresee(pg::spi_session &session, const script::action &action) {
    take_replaced(action);
    for (const pg::named_object &named : pg::find_named(action.text, action.traits, false)) {
        if (named.how != pg::naming::dropped) continue;
        pg::engine_scope const scope;
        // A view hangs on its rule; of a table whose column goes the rest stays.
        pg::rows const found = session.query_catalog(
            R"sql(
                WITH RECURSIVE gone (classid, objid, objsubid) AS (SELECT $1::oid, $2::oid, $3
                UNION SELECT CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END,
                 coalesce(r.ev_class, d.objid), d.objsubid FROM gone g JOIN pg_depend d
                  ON d.refclassid = g.classid AND d.refobjid = g.objid AND g.objsubid IN (0, d.refobjsubid)
                 LEFT JOIN pg_rewrite r ON r.rulename = '_RETURN' AND d.classid = 'pg_rewrite'::regclass AND r.oid =
                d.objid)
                SELECT i.type, i.identity, g.classid = 'pg_class'::regclass AND g.objsubid = 0
                FROM gone g, pg_identify_object(g.classid, g.objid, g.objsubid) i WHERE i.identity IS NOT NULL)sql",
            {pg::oid_value(named.at.class_id), pg::oid_value(named.at.object_id), pg::to_value(named.at.sub_id)});
        for (std::size_t i = 0; i < found.size(); ++i) {
            gone_.insert(key(found.text(i, 0), found.text(i, 1)));
            if (found.boolean(i, 2)) gone_relations_.insert(found.text(i, 1));
        }
    }
}

bool file_changes::is_gone(const recorded_object &o) const {
    return gone_.contains(key(o.type, o.identity)) || (!o.relation.empty() && gone_relations_.contains(o.relation));
}

bool file_changes::is_gone(const pg::object_identity &o) const { return gone_.contains(key(o.type, o.identity)); }

bool file_changes::is_replaced(const recorded_object &o) const { return replaced_.contains(key(o.type, o.identity)); }

bool file_changes::is_made(const pg::object_address &o) const { return made_.contains(address_of(o)); }

bool file_changes::is_replaced(const pg::object_address &o) const { return replaced_at_.contains(address_of(o)); }

bool file_changes::made_in(Oid schema) const {
    return std::any_of(made_.begin(), made_.end(), [=](const address &o) {
        return pg::schema_of({std::get<0>(o), std::get<1>(o), std::get<2>(o)}) == schema;
    });
}

bool file_changes::made_routine(const recorded_object &named) const {
    std::string const name = named.identity.substr(0, named.identity.find_last_of('(') + 1);
    return std::any_of(made_.begin(), made_.end(), [&](const address &o) {
        pg::object_identity const made = pg::identify({std::get<0>(o), std::get<1>(o), std::get<2>(o)});
        return made.type == named.type && made.identity.starts_with(name);
    });
}

}   // namespace whisper::repeatable

#include "engine/ownership.hpp"

extern "C" {
#include "catalog/pg_class.h"
}

#include <algorithm>

namespace whisper::engine {
namespace {

bool is_table(char relation_kind) {
    return relation_kind == RELKIND_RELATION || relation_kind == RELKIND_PARTITIONED_TABLE ||
           relation_kind == RELKIND_FOREIGN_TABLE;
}

std::string named(const registry::revision_record &r) {
    return "revision \"" + r.revision + "\" of tier \"" + r.tier + "\"";
}

std::string identity_of(const pg::object_event &event) {
    return event.identity ? event.identity : pg::relation_name(event.object_id);
}

}  // namespace

ownership::ownership(pg::spi_session &session) {
    pg::rows const rows = session.query(
        "SELECT c.oid, o.tier, o.revision, o.origin FROM whisper.owned_object o"
        " JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) o.schema_name::pg_catalog.name"
        " JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid"
        "  AND c.relname OPERATOR(pg_catalog.=) o.object_name::pg_catalog.name"
        " WHERE o.object_type IN ('table', 'foreign table')");
    owners_.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        owners_.emplace(rows.oid(i, 0), owner{rows.text(i, 1), rows.text(i, 2), rows.text(i, 3) == "created"});
}

void ownership::check(const registry::revision_record &revision, bool up, std::span<const pg::object_event> events) {
    for (const pg::object_event &event : events) {
        if (event.class_id != RelationRelationId) continue;
        if (up)
            check_up(revision, event);
        else
            check_down(revision, event);
    }
}

void ownership::check_up(const registry::revision_record &revision, const pg::object_event &event) {
    if (event.change == pg::object_change::created) {
        if (event.sub_id == 0 && is_table(pg::relation_kind(event.object_id)))
            owners_[event.object_id] = {revision.tier, revision.revision, true};
        return;
    }
    auto const known = owners_.find(event.object_id);
    if (known == owners_.end() || known->second.tier == revision.tier) return;
    bool const dropped = event.change == pg::object_change::dropped && event.sub_id == 0;
    if (dropped && pg::relation_kind(event.object_id) != '\0') return;   // it was rolled back
    throw failure(sqlstate::not_owner_tier,
                  named(revision) + (dropped ? " drops" : " alters") + " table \"" + identity_of(event) +
                      "\" of tier \"" + known->second.tier + "\"",
                  "The table belongs to tier \"" + known->second.tier + "\", revision \"" + known->second.revision +
                      "\".",
                  "put the change into a revision of tier \"" + known->second.tier +
                      "\", or hand the table over with SELECT whisper_claim('" + identity_of(event) + "', '" +
                      revision.tier + "')");
}

void ownership::check_down(const registry::revision_record &revision, const pg::object_event &event) {
    if (event.change != pg::object_change::dropped) return;
    if (event.sub_id != 0) {
        if (event.counted && event.rows > 0)
            losses_.push_back({"column \"" + identity_of(event) + "\"", event.rows});
        return;
    }
    if (!is_table(event.relation_kind) || pg::relation_kind(event.object_id) != '\0') return;
    if (event.identity && std::string_view(event.identity).starts_with("pg_temp")) return;
    auto const known = owners_.find(event.object_id);
    bool const own = known != owners_.end() && known->second.created && known->second.revision == revision.revision;
    if (!own) {
        std::string whose = "No revision created it.";
        if (known != owners_.end())
            whose = "It belongs to tier \"" + known->second.tier + "\", revision \"" + known->second.revision +
                    (known->second.created ? "\"." : "\", which adopted it and did not create it.");
        throw failure(sqlstate::not_owner_tier,
                      "the way down of " + named(revision) + " would drop table \"" + identity_of(event) +
                          "\", which the revision did not create",
                      whose, "take the DROP TABLE out of its migrate:down section, or drop the table yourself first");
    }
    if (event.counted && event.rows > 0) losses_.push_back({"table \"" + identity_of(event) + "\"", event.rows});
    owners_.erase(known);
}

void require_no_loss(const boost::container::vector<data_loss> &losses) {
    if (losses.empty()) return;
    boost::container::vector<data_loss> sorted = losses;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const data_loss &a, const data_loss &b) { return a.rows > b.rows; });
    std::string list;
    for (const data_loss &l : sorted)
        list += (list.empty() ? "" : "\n") + l.subject + (l.subject[0] == 't' ? ": " : ", not null in: ") +
                std::to_string(l.rows) + (l.rows == 1 ? " row" : " rows");
    throw failure(sqlstate::data_loss, "the downgrade would lose data", list,
                  "back the rows up, then repeat it with allow_data_loss => true");
}

}  // namespace whisper::engine

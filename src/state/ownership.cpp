#include "state/ownership.hpp"

#include "pg/object_parts.hpp"
#include "pg/parse.hpp"
#include "pg/relation.hpp"
#include "pg/row_count.hpp"
#include "script/quote.hpp"
#include "session/search_path.hpp"

#include <algorithm>

namespace whisper::state {
namespace {

bool is_table(char relation_kind) {
    return relation_kind == RELKIND_RELATION || relation_kind == RELKIND_PARTITIONED_TABLE ||
           relation_kind == RELKIND_FOREIGN_TABLE;
}

std::string named(const registry::revision_record &r) {
    return "revision \"" + r.revision + "\" of tier \"" + r.tier + "\"";
}

// An identity that needs quotes has its own.
std::string quoted(const std::string &identity) {
    return identity.find('"') == std::string::npos ? "\"" + identity + "\"" : identity;
}

std::string identity_of(const pg::object_event &event) {
    return event.identity ? event.identity : pg::relation_name(event.object_id);
}

}   // namespace

ownership::ownership(pg::spi_session &session, first_creator creator, taken_back goes)
    : first_creator_(std::move(creator)),
      goes_(std::move(goes)),
      own_schema_(pg::find_schema("whisper")),
      objects_(session) {
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT c.oid, o.tier, o.revision, o.origin,
            EXISTS (SELECT FROM whisper.applied a WHERE a.revision = o.revision)
            FROM whisper.owned_object o
            JOIN pg_namespace n ON n.nspname = o.schema_name::name
            JOIN pg_class c ON c.relnamespace = n.oid
             AND c.relname = o.object_name::name
            WHERE o.object_type IN ('table', 'foreign table'))sql");
    owners_.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        owners_.emplace(rows.oid(i, 0),
                        owner{rows.text(i, 1), rows.text(i, 2), rows.text(i, 3) == "created", rows.boolean(i, 4)});
}

void ownership::check(const registry::revision_record &revision, bool up, std::span<const pg::object_event> events,
                      bool goes_on) {
    bool const new_transaction = goes_on, new_step = !up && !goes_on;
    if (new_step || (up && new_transaction)) made_.clear();   // what others put in since is not the run's
    if (new_step || new_transaction) emptied_.clear();
    for (const pg::object_event &event : events) {
        if (event.undone) continue;
        refuse_own_catalog(revision, event);
        if (event.change == pg::object_change::created && event.class_id == RelationRelationId)
            made_.emplace(event.object_id, event.sub_id);
        check_loss(revision, event);
        bool const relation = event.class_id == RelationRelationId;
        bool const known_table = relation && owners_.contains(event.object_id);
        if (relation) up ? check_up(revision, event) : check_down(revision, event);
        if (!known_table) check_other(revision, up, event);
    }
    if (!up) taken_back_.insert(revision.revision);
}

// What a run makes for its own use and drops again is nobody's loss.
void ownership::check_loss(const registry::revision_record &revision, const pg::object_event &event) {
    bool const passing = made_.contains({event.object_id, 0}) || made_.contains({event.object_id, event.sub_id});
    bool const refilled = emptied_.contains(event.object_id);   // no row is left of those that were there before
    if (event.emptied) emptied_.insert(event.object_id);
    if (!event.counted || event.rows == 0 || passing || refilled) return;
    losses_.push_back(
        {(event.sub_id != 0 ? "column " : "table ") + quoted(identity_of(event)), event.rows, revision.revision});
}

// A migration must not drop or change the tables that its run is recorded in.
void ownership::refuse_own_catalog(const registry::revision_record &revision, const pg::object_event &event) const {
    if (!pg::belongs_to_schema(event.class_id, event.object_id, own_schema_)) return;
    throw failure("55006", named(revision) + " changes schema \"whisper\"",
                  "It is the catalog of whisper_migrate, which is running the revision.",
                  std::string("change the extension outside of migrations, and leave its schema out where a statement "
                              "goes over all of them: ") +
                      pg::without_own_catalog);
}

// What is no table: other tiers' objects, and what hangs on their tables.
void ownership::check_other(const registry::revision_record &revision, bool up, const pg::object_event &event) {
    auto const known = owners_.find(whole_of(event));
    bool const own_table = known != owners_.end() && known->second.tier == revision.tier;
    bool const others_table = known != owners_.end() && !own_table;
    // An older version let tiers hang things on others' tables: those may go. A way down may also touch what has been
    // handed over since, and what a table goes with is told of the table.
    bool const created = event.change == pg::object_change::created;
    bool const lenient = !up && (created || (others_table && !known->second.created));
    if (others_table && !lenient && !objects_.is_own(revision, event) && pg::relation_kind(known->first) != '\0')
        refuse(revision, pg::relation_name(known->first), known->second);
    objects_.check(revision, up, event, own_table);
}

void ownership::refuse(const registry::revision_record &revision, const std::string &table, const owner &whose) {
    throw failure(sqlstate::not_owner_tier,
                  named(revision) + " alters table " + quoted(table) + " of tier \"" + whose.tier + "\"",
                  "The table belongs to tier \"" + whose.tier + "\", revision \"" + whose.revision + "\".",
                  "put the change into a revision of tier \"" + whose.tier +
                      "\", or hand the table over with SELECT whisper_claim(" + script::quote_literal(table) + ", " +
                      script::quote_literal(revision.tier) + ")");
}

void ownership::require_free(const registry::revision_record &revision, const script::qualified_name &name) const {
    if (owners_.empty()) return;
    // A table of that name elsewhere on the path, a temporary one first of all, is not in the way.
    std::string const schema = name.schema.empty() ? session::search_path().creation_schema() : name.schema;
    std::string const table = pg::to_text(name);
    auto const known = owners_.find(pg::find_relation(pg::to_text({schema, name.name})));
    if (known == owners_.end() || known->second.tier == revision.tier) return;
    throw failure(
        sqlstate::not_owner_tier,
        named(revision) + " would create table \"" + table + "\", which tier \"" + known->second.tier + "\" has",
        "The table belongs to tier \"" + known->second.tier + "\", revision \"" + known->second.revision + "\".",
        "let one tier have the table, and take its CREATE TABLE out of the other one's file");
}

void ownership::check_up(const registry::revision_record &revision, const pg::object_event &event) {
    bool const whole = event.sub_id == 0;
    if (event.change == pg::object_change::created && whole) {
        if (is_table(pg::relation_kind(event.object_id)))
            owners_[event.object_id] = {revision.tier, revision.revision, true, true};
        return;
    }
    auto const known = owners_.find(event.object_id);
    if (known == owners_.end()) return;
    bool const dropped = event.change == pg::object_change::dropped && whole;
    if (known->second.tier == revision.tier) {
        if (dropped) owners_.erase(known);
        return;
    }
    if (!dropped) refuse(revision, whole ? identity_of(event) : pg::relation_name(event.object_id), known->second);
    throw failure(
        sqlstate::not_owner_tier,
        named(revision) + " drops table " + quoted(identity_of(event)) + " of tier \"" + known->second.tier + "\"",
        "The table belongs to tier \"" + known->second.tier + "\", revision \"" + known->second.revision + "\".",
        "drop it in a revision of tier \"" + known->second.tier + "\"");
}

void ownership::check_down(const registry::revision_record &revision, const pg::object_event &event) {
    auto const whose = owners_.find(event.object_id);
    bool const others = whose != owners_.end() && whose->second.tier != revision.tier && whose->second.created;
    bool const column_added = event.change == pg::object_change::created && event.sub_id != 0;
    if (others && (column_added || event.change == pg::object_change::altered))
        refuse(revision, event.sub_id == 0 ? identity_of(event) : pg::relation_name(event.object_id), whose->second);
    if (event.change == pg::object_change::created) {
        if (event.sub_id != 0 || !is_table(pg::relation_kind(event.object_id))) return;
        std::string const creator = first_creator_(revision, event.object_id);
        owners_[event.object_id] = {revision.tier, creator, true, true};
        restored_.emplace_back(event.object_id, creator);
        return;
    }
    if (event.change != pg::object_change::dropped || event.sub_id != 0 || !is_table(event.relation_kind)) return;
    if (event.member || made_.contains({event.object_id, 0})) return;
    if (event.identity && std::string_view(event.identity).starts_with("pg_temp")) return;
    auto const known = owners_.find(event.object_id);
    // What a revision left behind that is no longer applied, or will not be, goes with the one of its tier that has the
    // DROP.
    bool const own = known != owners_.end() && known->second.created && known->second.tier == revision.tier &&
                     (known->second.revision == revision.revision || !known->second.applied ||
                      taken_back_.contains(known->second.revision) || (goes_ && goes_(known->second.revision)));
    if (!own) {
        std::string whose = "No revision created it.",
                    other = "write DROP TABLE IF EXISTS there and drop the table yourself first";
        if (known != owners_.end())
            whose = "It belongs to tier \"" + known->second.tier + "\", revision \"" + known->second.revision +
                    (known->second.created ? "\"." : "\", which took it over and did not create it.");
        if (known != owners_.end() && known->second.created && known->second.tier == revision.tier)
            other = "downgrade below revision \"" + known->second.revision + "\", too";
        throw failure(sqlstate::not_owner_tier,
                      "the way down of " + named(revision) + " would drop table " + quoted(identity_of(event)) +
                          ", which the revision did not create",
                      whose, "take the DROP TABLE out of its migrate:down section, or " + other);
    }
    owners_.erase(known);
}

std::string creator_before(const registry::registry &r, const registry::revision_record &undone, Oid table) {
    script::qualified_name const name = pg::parse_name(pg::relation_name(table));
    std::string creator = undone.down_revisions.empty() ? undone.revision : undone.down_revisions.front();
    for (const registry::revision_record &candidate : r.revisions) {
        if (candidate.revision == undone.revision) break;
        if (candidate.tier != undone.tier || !r.find_applied(candidate.revision)) continue;
        for (const script::qualified_name &made : candidate.creates)
            if (script::may_be_same(made, name)) creator = candidate.revision;
    }
    return creator;
}

std::string list_of(const boost::container::vector<data_loss> &losses) {
    boost::container::vector<data_loss> sorted = losses;
    auto const size = [](const data_loss &l) { return static_cast<uint64>(l.rows); };   // unknown comes first
    std::ranges::stable_sort(sorted, std::ranges::greater(), size);
    std::string list;
    for (const data_loss &l : sorted)
        list += (list.empty() ? "" : "\n") + l.subject + (l.subject[0] == 't' ? ": " : ", not null in: ") +
                (l.rows == pg::unknown_rows ? "an unknown number of" : std::to_string(l.rows)) +
                (l.rows == 1 ? " row" : " rows");
    return list;
}

void require_no_loss(const boost::container::vector<data_loss> &losses, bool up, const std::string &repeat) {
    if (losses.empty()) return;
    std::set<std::string> revisions;
    for (const data_loss &l : losses) revisions.insert(l.revision);
    std::string names;
    for (const std::string &revision : revisions) names += (names.empty() ? "\"" : ", \"") + revision + '"';
    std::string const header = "write \"-- allow_data_loss: true\" into the header of " +
                               std::string(revisions.size() == 1 ? "revision " : "revisions ") + names;
    std::string hint = "back the rows up, then " + repeat;
    if (up) hint += repeat.empty() ? header + ", and repeat it" : ", or " + header + " and repeat it without";
    throw failure(sqlstate::data_loss, std::string("the ") + (up ? "upgrade" : "downgrade") + " would lose data",
                  list_of(losses), std::move(hint));
}

}   // namespace whisper::state

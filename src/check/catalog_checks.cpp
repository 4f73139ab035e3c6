// What the catalogs say of the tables and of what hangs on them.

#include "check/verify.hpp"
#include "engine/profile.hpp"

#include <algorithm>

namespace whisper::check {
namespace {

// The owned tables with their relation, or 0 where there is none.
constexpr const char *owned_tables =
    "SELECT o.tier, o.revision, o.object_identity, coalesce(c.oid, 0)"
    " FROM whisper.owned_object o"
    " LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
    "  ON n.oid OPERATOR(pg_catalog.=) c.relnamespace)"
    " ON n.nspname OPERATOR(pg_catalog.=) o.schema_name::pg_catalog.name"
    " AND c.relname OPERATOR(pg_catalog.=) o.object_name::pg_catalog.name"
    " WHERE o.object_type IN ('table', 'foreign table') ORDER BY o.object_identity";

std::string rebuild_hint(const std::string &revision) {
    return "put the table back from a backup, or let its revision make it again: SELECT * FROM whisper_show('" +
           revision + "')";
}

bool is_wanted(const registry::registry &r, const std::string &table, const script::strings &tiers,
               const boost::container::vector<std::pair<std::string, std::string>> &owned) {
    for (const auto &[name, tier] : owned)
        if (name == table) return std::find(tiers.begin(), tiers.end(), tier) != tiers.end();
    // Nobody owns it: it is wanted when every tier is.
    return tiers.size() == r.tiers.size();
}

struct object_check {
    const char *name;
    const char *query;      // rows: subject, hint
    const char *trouble;
    const char *all_well;
};

// Only what hangs on owned tables: other people's objects are none of our business.
constexpr object_check object_checks[] = {
    {"index",
     "SELECT pg_catalog.format('%I.%I', n.nspname, i.relname),"
     " pg_catalog.format('REINDEX INDEX %I.%I', n.nspname, i.relname)"
     " FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid OPERATOR(pg_catalog.=) x.indexrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) i.relnamespace"
     " WHERE x.indrelid OPERATOR(pg_catalog.=) ANY ($1) AND NOT (x.indisvalid AND x.indisready) ORDER BY 1",
     "the index is not valid", "every index is valid"},
    {"constraint",
     "SELECT pg_catalog.format('%s.%I', c.conrelid::pg_catalog.regclass, c.conname),"
     " pg_catalog.format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.conrelid::pg_catalog.regclass, c.conname)"
     " FROM pg_catalog.pg_constraint c"
     " WHERE c.conrelid OPERATOR(pg_catalog.=) ANY ($1) AND NOT c.convalidated ORDER BY 1",
     "the constraint is not validated", "every constraint is validated"},
    {"trigger",
     "SELECT pg_catalog.format('%s.%I', t.tgrelid::pg_catalog.regclass, t.tgname),"
     " pg_catalog.format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::pg_catalog.regclass, t.tgname)"
     " FROM pg_catalog.pg_trigger t WHERE t.tgrelid OPERATOR(pg_catalog.=) ANY ($1)"
     " AND t.tgenabled OPERATOR(pg_catalog.=) 'D' AND NOT t.tgisinternal ORDER BY 1",
     "the trigger is disabled", "every trigger is enabled"},
};

}  // namespace

void check_tables(engine::workspace &work, const std::optional<std::string> &profile, findings &out) {
    const registry::registry &r = work.registry();
    script::strings const tiers = engine::profile_tiers(r, profile);
    pg::engine_scope const scope;
    pg::rows const rows = work.session().query(owned_tables);

    boost::container::vector<std::pair<std::string, std::string>> owned;   // unqualified name, tier
    for (const registry::tier_record &tier : r.tiers) {
        std::size_t all = 0, present = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows.text(i, 0) != tier.name) continue;
            ++all;
            std::string const identity = rows.text(i, 2);
            owned.emplace_back(identity.substr(identity.rfind('.') + 1), tier.name);
            if (rows.oid(i, 3) != InvalidOid) {
                ++present;
                continue;
            }
            out.push_back({"table", identity, false,
                           "it belongs to tier \"" + tier.name + "\", revision \"" + rows.text(i, 1) +
                               "\", and does not exist",
                           rebuild_hint(rows.text(i, 1))});
        }
        bool const wanted = std::find(tiers.begin(), tiers.end(), tier.name) != tiers.end();
        if (all > 0 || wanted)
            out.push_back({"tables", tier.name, present == all,
                           std::to_string(present) + " of " + std::to_string(all) + " tables present",
                           present == all ? "" : "see the rows above"});
    }
    for (const std::string &table : r.critical_tables) {
        if (!is_wanted(r, table, tiers, owned)) continue;
        bool present = false;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string const identity = rows.text(i, 2);
            present |= rows.oid(i, 3) != InvalidOid && identity.substr(identity.rfind('.') + 1) == table;
        }
        out.push_back({"critical table", table, present, present ? "present" : "it does not exist",
                       present ? "" : "SELECT * FROM whisper_upgrade('head'" +
                                          (profile ? ", profile => '" + *profile + "'" : std::string()) + ")"});
    }
}

void check_objects(engine::workspace &work, findings &out) {
    pg::engine_scope const scope;
    boost::container::vector<Oid> tables;
    {
        pg::rows const rows = work.session().query(owned_tables);
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows.oid(i, 3) != InvalidOid) tables.push_back(rows.oid(i, 3));
    }
    if (tables.empty()) return;
    for (const object_check &check : object_checks) {
        pg::rows const rows =
            work.session().query(check.query, {pg::to_value(std::span<const Oid>(tables.data(), tables.size()))});
        for (std::size_t i = 0; i < rows.size(); ++i)
            out.push_back({check.name, rows.text(i, 0), false, check.trouble, rows.text(i, 1)});
        if (rows.size() == 0)
            out.push_back({check.name, std::to_string(tables.size()) + " tables", true, check.all_well, ""});
    }
}

}  // namespace whisper::check

// What the catalogs say of the tables and of what hangs on them.

#include "check/verify.hpp"
#include "pg/parse.hpp"
#include "plan/profile.hpp"
#include "script/dotted_name.hpp"

#include <algorithm>
#include <unordered_map>

namespace whisper::check {
namespace {

bool contains(const script::strings &names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct object_check {
    const char *name;
    const char *query;   // rows: its table, subject, hint
    const char *trouble;
    const char *all_well;
};

// Only what hangs on owned tables: other people's objects are none of our business.
constexpr object_check object_checks[] = {
    {"index", R"sql(
        SELECT x.indrelid, format('%I.%I', n.nspname, i.relname), format('REINDEX INDEX %I.%I', n.nspname, i.relname)
            FROM pg_index AS x
                JOIN pg_class AS i ON i.oid = x.indexrelid
                JOIN pg_namespace AS n ON n.oid = i.relnamespace
            WHERE x.indrelid = ANY ($1) AND NOT (x.indisvalid AND x.indisready)
            ORDER BY 2
     )sql",
     "the index is not valid", "every index is valid"},
    // What is written NOT ENFORCED, from PostgreSQL 18 on, is no validation that was put off.
    {"constraint", R"sql(
        SELECT c.conrelid, format('%s.%I', c.conrelid::regclass, c.conname),
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.conrelid::regclass, c.conname)
            FROM pg_constraint AS c
            WHERE c.conrelid = ANY ($1) AND NOT c.convalidated
                AND to_jsonb(c)->>'conenforced' IS DISTINCT FROM 'false'
            ORDER BY 2
     )sql",
     "the constraint is not validated", "every constraint is validated"},
    // Triggers of foreign keys go by the constraint's name.
    {"trigger", R"sql(
        SELECT DISTINCT t.tgrelid, format('%s.%I', t.tgrelid::regclass, coalesce(c.conname, t.tgname)),
                format('ALTER TABLE %s ENABLE TRIGGER ', t.tgrelid::regclass)
                    || CASE WHEN t.tgisinternal THEN 'ALL' ELSE quote_ident(t.tgname) END
            FROM pg_trigger AS t
                LEFT JOIN pg_constraint AS c ON c.oid = t.tgconstraint AND t.tgisinternal
            WHERE t.tgrelid = ANY ($1) AND t.tgenabled = 'D'
            ORDER BY 2
     )sql",
     "the trigger is disabled", "every trigger is enabled"},
};

// What applied revisions say to be meant so.
class allowed_invalid {
public:
    explicit allowed_invalid(const registry::registry &r) {
        for (graph::index i = 0; i < r.revisions.size(); ++i)
            if (r.applied_set->contains(i))
                for (const std::string &name : r.revisions[i].allow_invalid)
                    if (auto const parts = script::parse_dotted_name(name)) names_.push_back(*parts);
    }
    bool has(const std::string &subject) const {
        auto const full = script::parse_dotted_name(subject);
        return full && std::any_of(names_.begin(), names_.end(),
                                   [&](const script::strings &name) { return script::names_end_of(name, *full); });
    }

private:
    boost::container::vector<script::strings> names_;
};

// A name that would end the comment is left out of it.
std::string or_allow(const std::string &command, const std::string &subject, const std::string &revision) {
    if (subject.find("*/") != std::string::npos || subject.find("/*") != std::string::npos) return command;
    return command + " /* or, where it is meant so, write \"-- allow_invalid: " + subject + "\" into the header of " +
           (revision.empty() ? "a revision" : "revision \"" + revision + "\"") + " */";
}

std::string upgrade_command(const std::optional<std::string> &profile) {
    return "SELECT * FROM whisper_upgrade('head'" + plan::profile_argument(profile) + ")";
}

// The revision that names the table in a CREATE TABLE.
const registry::revision_record *creator_of(const registry::registry &r, const std::string &table) {
    for (const registry::revision_record &revision : r.revisions)
        for (const script::qualified_name &made : revision.creates)
            if (made.name == table || pg::to_text(made) == table) return &revision;
    return nullptr;
}

// A critical table is asked for when the tier that has it is in the profile, and always once it is owned there.
bool is_asked_for(const registry::registry &r, const std::string &table, const script::strings &tiers) {
    const registry::revision_record *const creator = creator_of(r, table);
    return !creator || contains(tiers, creator->tier);
}

// What mends that the table does not exist: its revision makes it again, or else it is forgotten. A claimed one has no
// revision that could.
std::string mend_missing(const registry::registry &r, const owned_table &table, const applied_paths &paths) {
    if (r.revision_graph->find(table.revision))
        return paths.setting_for(table.revision) + "SELECT * FROM whisper_repair('" + table.revision + "')";
    return "SELECT * FROM whisper_stamp('" + where_it_stands(r) + "'" +
           (table.revision.empty() ? "" : ", purge => true") + ")";
}

std::string missing_detail(const owned_table &table) {
    return table.revision.empty()
               ? "it was claimed for tier \"" + table.tier + "\", and does not exist"
               : "it belongs to tier \"" + table.tier + "\", revision \"" + table.revision + "\", and does not exist";
}

std::string mend_critical(const registry::registry &r, const std::string &table, const owned_table *owned,
                          const std::optional<std::string> &profile, const applied_paths &paths) {
    if (owned) return mend_missing(r, *owned, paths);
    const registry::revision_record *const creator = creator_of(r, table);
    if (creator && r.find_applied(creator->revision))   // it does not run again
        return "create the table and SELECT whisper_claim('" + table + "', '" + creator->tier +
               "'), or take it out of critical_tables in pack.json";
    return upgrade_command(profile);
}

}   // namespace

void check_tables(session::workspace &work, const std::optional<std::string> &profile, const applied_paths &paths,
                  const owned_tables &tables, findings &out) {
    const registry::registry &r = work.registry();
    script::strings const tiers = plan::profile_tiers(r, profile);
    for (const registry::tier_record &tier : r.tiers) {
        std::size_t all = 0, present = 0;
        std::string fix_hint;
        for (const owned_table &t : tables.all()) {
            if (t.tier != tier.name) continue;
            ++all;
            present += t.relation != InvalidOid;
            if (t.relation == InvalidOid && fix_hint.empty()) fix_hint = mend_missing(r, t, paths);
        }
        if (all > 0 || contains(tiers, tier.name))
            out.push_back({"tables", tier.name, present == all,
                           std::to_string(present) + " of " + std::to_string(all) +
                               (all == 1 ? " table present" : " tables present"),
                           fix_hint});
    }
    // In registration order, so that hints followed in row order find what they build on.
    std::unordered_map<std::string_view, boost::container::vector<const owned_table *>> missing;
    for (const owned_table &t : tables.all())
        if (t.relation == InvalidOid) missing[t.revision].push_back(&t);
    auto const report = [&](const owned_table &t) {
        out.push_back({"table", t.identity, false, missing_detail(t), mend_missing(r, t, paths)});
    };
    for (const registry::revision_record &revision : r.revisions)
        if (auto const known = missing.find(revision.revision); known != missing.end())
            for (const owned_table *const t : known->second) report(*t);
    for (const owned_table &t : tables.all())
        if (t.relation == InvalidOid && !r.revision_graph->find(t.revision)) report(t);
    for (const std::string &table : r.critical_tables) {
        if (!is_asked_for(r, table, tiers)) continue;
        auto const known = std::find_if(tables.all().begin(), tables.all().end(),
                                        [&](const owned_table &t) { return t.name == table; });
        bool const present = known != tables.all().end() && known->relation != InvalidOid;
        std::string const fix_hint =
            present ? "" : mend_critical(r, table, known == tables.all().end() ? nullptr : &*known, profile, paths);
        out.push_back({"critical table", table, present, present ? "present" : "it does not exist", fix_hint});
    }
}

void check_objects(session::workspace &work, const owned_tables &tables, findings &out) {
    boost::container::vector<Oid> const relations = tables.relations();
    if (relations.empty()) return;
    allowed_invalid const allowed(work.registry());
    pg::engine_scope const scope;
    for (const object_check &check : object_checks) {
        pg::rows const rows = work.session().query_catalog(
            check.query, {pg::to_value(std::span<const Oid>(relations.data(), relations.size()))});
        int meant = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string const subject = rows.text(i, 1);
            if (allowed.has(subject)) {
                ++meant;
                continue;
            }
            out.push_back({check.name, subject, false, check.trouble,
                           or_allow(rows.text(i, 2), subject, tables.revision_of(rows.oid(i, 0)))});
        }
        if (rows.size() > static_cast<std::size_t>(meant)) continue;
        out.push_back(
            {check.name, std::to_string(relations.size()) + (relations.size() == 1 ? " table" : " tables"), true,
             std::string(check.all_well) +
                 (meant > 0 ? ", but for " + std::to_string(meant) + " that a revision allows (allow_invalid)" : ""),
             ""});
    }
}

}   // namespace whisper::check

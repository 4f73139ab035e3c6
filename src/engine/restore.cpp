#include "engine/restore.hpp"

#include "engine/recorder.hpp"
#include "engine/search_path.hpp"
#include "engine/section_run.hpp"
#include "engine/shape.hpp"
#include "graph/plan.hpp"
#include "pg/parse.hpp"
#include "pg/subtransaction.hpp"
#include "registry/store.hpp"

#include <algorithm>

namespace whisper::engine {
namespace {

struct missing_object {
    std::string type, identity;
    script::qualified_name name;
};

bool exists(pg::spi_session &session, const pg::rows &owned, std::size_t i) {
    return !pg::attempt([&] {
        session.query("SELECT FROM pg_catalog.pg_get_object_address($1, $2, $3)",
                      {owned.cell(i, 0), owned.cell(i, 3), owned.cell(i, 4)});
    });
}

boost::container::vector<missing_object> find_missing(pg::spi_session &session, const std::string &revision) {
    pg::engine_scope const scope;
    pg::rows const owned = session.query(
        "SELECT object_type, object_identity, object_name, object_names, object_arguments, schema_name FROM "
        "whisper.owned_object"
        " WHERE revision OPERATOR(pg_catalog.=) $1 ORDER BY run, ordinal",
        {pg::to_value(revision)});
    boost::container::vector<missing_object> missing;
    for (std::size_t i = 0; i < owned.size(); ++i)
        if (!exists(session, owned, i))
            missing.push_back({owned.text(i, 0), owned.text(i, 1), {owned.text(i, 5), owned.text(i, 2)}});
    return missing;
}

class restorer {
public:
    restorer(workspace &work, graph::index revision, const boost::container::vector<missing_object> &missing)
        : work_(work), revision_(revision), missing_(missing) {}

    void run() {
        for (graph::index const i :
             graph::upgrade_order(*work_.registry().revision_graph, *work_.registry().applied_set)) {
            const registry::revision_record &record = work_.registry().revisions[i];
            registry::revision_text const text = registry::read_text(work_.session(), record);
            script::program const program = script::compile(pg::server_parser(), text.up, record.file, text.up_line);
            boost::container::vector<bool> chosen;
            search_path path;
            bool any = false;
            for (const script::action &a : program.actions) {
                path.follow(a.traits);
                bool const about = concerns(a.traits, path, i == revision_);
                any |= about;
                chosen.push_back(about || a.traits.steers);   // what sets the search_path is needed again
            }
            if (any) run_program(work_.session(), program, {record, text.up_line, "up"}, &chosen);
        }
    }

private:
    bool concerns(const script::statement_traits &traits, const search_path &path, bool own) const {
        if (traits.action == script::statement_action::drop) return false;
        if (is_missing_table(traits.relation, path)) return true;
        for (const script::statement_object &object : traits.objects) {
            if (is_missing_table(object.relation, path)) return true;
            if (script::is_relation_type(object.type) && is_missing_table(object.name, path)) return true;
        }
        const script::statement_object *const object = traits.object();
        return own && object && is_missing_other(*object);
    }

    bool is_missing_table(const script::qualified_name &name, const search_path &path) const {
        return !name.empty() && std::any_of(missing_.begin(), missing_.end(), [&](const missing_object &m) {
            return m.type == "table" && path.leads_to(name, m.name);
        });
    }

    // What is no table is made again by its own revision alone.
    bool is_missing_other(const script::statement_object &object) const {
        return object.type != "table" && std::any_of(missing_.begin(), missing_.end(), [&](const missing_object &m) {
                   return m.type != "table" && script::may_be_same(object.name, m.name);
               });
    }

    workspace &work_;
    graph::index const revision_;
    const boost::container::vector<missing_object> &missing_;
};

// Where it stands for the last time outside of quoted names and texts.
std::size_t find_unquoted(std::string_view text, std::string_view wanted) {
    std::size_t found = std::string_view::npos;
    char quote = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quote == '\0' && text.substr(i).starts_with(wanted)) found = i;
        if (text[i] != '"' && text[i] != '\'') continue;
        if (quote == '\0')
            quote = text[i];
        else if (quote == text[i])
            quote = '\0';
    }
    return found;
}

// "constraint x on public.t" -> "x", "public.t"
std::pair<std::string, std::string> name_and_table(std::string_view rest) {
    std::size_t const at = find_unquoted(rest, " on ");
    return {std::string(rest.substr(0, at)), at == std::string_view::npos ? "" : std::string(rest.substr(at + 4))};
}

bool is_identity(std::string_view column) {
    return find_unquoted(column.substr(0, column.find(" default ")), " identity ") != std::string_view::npos;
}

// What would make the item again; empty for what has no such statement.
std::string statement_for(const std::string &key, const std::string &definition) {
    std::string_view const k = key;
    if (k.starts_with("constraint ")) {
        auto const [name, table] = name_and_table(k.substr(11));
        return "ALTER TABLE " + table + " ADD CONSTRAINT " + name + " " + definition;
    }
    if (k.starts_with("column ") && !is_identity(definition)) {
        std::size_t const dot = find_unquoted(k, ".");
        return "ALTER TABLE " + std::string(k.substr(7, dot - 7)) + " ADD COLUMN " + std::string(k.substr(dot + 1)) +
               " " + definition;
    }
    if (k.starts_with("index ") || k.starts_with("trigger ")) return definition;
    if (k.starts_with("comment on ")) return key + " IS " + definition;
    if (k.starts_with("view ")) return "CREATE VIEW " + std::string(k.substr(5)) + " AS " + definition;
    if (k.starts_with("materialized view "))
        return "CREATE MATERIALIZED VIEW " + std::string(k.substr(18)) + " AS " + definition;
    return {};
}

// Columns first, keys before what refers to them, views and comments last.
int rank(const std::string &key, const std::string &definition) {
    if (key.starts_with("column ")) return 0;
    if (key.starts_with("constraint ")) return definition.starts_with("FOREIGN KEY") ? 3 : 1;
    if (key.starts_with("index ")) return 2;
    return key.starts_with("trigger ") ? 4 : key.starts_with("comment on ") ? 6 : 5;
}

struct missing_part {
    int order;
    std::string key, statement;
};

// Repair brings back what is gone; what is there in another shape is for its owner to change.
void tell_difference(const expected_item &wanted, const item_version &version, const catalog_item &found) {
    if (found.value == version.value) return;
    pg::warning(wanted.key + " differs from what the revisions make of it",
                "It is \"" + found.shown + "\", expected \"" + version.shown + "\".",
                found.shown.ends_with(" (invalid)")
                    ? "REINDEX INDEX " + wanted.key.substr(std::string_view("index ").size())
                    : "change it yourself: whisper_repair() leaves it as it is");
}

// DROP TABLE … CASCADE takes the foreign keys of other revisions' tables along.
bool refers_to(const std::string &definition, const pg::strings &tables) {
    if (!definition.starts_with("FOREIGN KEY")) return false;
    for (const std::string &table : tables)
        if (definition.find(" REFERENCES " + table + "(") != std::string::npos) return true;
    return false;
}

// Parts of tables that are there: a CASCADE takes foreign keys and views along, a hand slips over an index.
boost::container::vector<missing_part> find_missing_parts(workspace &work, graph::index revision) {
    const registry::registry &r = work.registry();
    script::strings tiers;
    for (const registry::tier_record &t : r.tiers)
        for (const registry::applied_record &a : r.applied)
            if (a.tier == t.name) {
                tiers.push_back(t.name);
                break;
            }
    expectation const expected = learn(work, tiers);
    actual_shape const actual(work, expected);
    pg::strings tables;
    for (const expected_object &o : expected.objects)
        if (o.type == "table" && o.revision == r.revisions[revision].revision) tables.push_back(o.identity);
    boost::container::vector<missing_part> parts;
    for (const expected_item &item : expected.items) {
        item_version const &last = item.versions.back();
        bool const ours = std::any_of(item.versions.begin(), item.versions.end(), [&](const item_version &v) {
            return expected.steps[v.step].revision == revision;
        });
        if (!(ours || refers_to(last.shown, tables)) || !last.exists) continue;
        if (!r.applied_set->contains(expected.steps[last.step].revision)) continue;
        if (!item.owner_key.empty() && !actual.find(item.owner_key)) continue;   // no table to put it on
        if (const catalog_item *const found = actual.find_like(item, last)) {
            if (ours) tell_difference(item, last, *found);
            continue;
        }
        std::string statement = statement_for(item.key, last.shown);
        if (!statement.empty()) parts.push_back({rank(item.key, last.shown), item.key, std::move(statement)});
    }
    std::stable_sort(parts.begin(), parts.end(),
                     [](const missing_part &a, const missing_part &b) { return a.order < b.order; });
    return parts;
}

void restore_parts(workspace &work, graph::index revision, pg::strings &restored) {
    boost::container::vector<missing_part> parts;
    try {
        parts = find_missing_parts(work, revision);
    } catch (const failure &error) {
        if (error.state != sqlstate::rehearsal_failed) throw;
        pg::notice("the parts of the revision's tables were not looked at", error.message, error.hint);
        return;
    }
    for (const missing_part &part : parts) {
        work.session().run(part.statement.c_str());
        restored.push_back(part.key);
    }
}

void log_repair(workspace &work, const registry::revision_record &record, const pg::strings &restored) {
    registry::revision_record entry = record;
    entry.text.reset();
    entry.message = "restored";
    for (const std::string &object : restored) entry.message += (&object == &restored.front() ? " " : ", ") + object;
    recorder records;
    records.add({1, "repair", &entry, "", 0, 0, pg::now()});
    pg::engine_scope const scope;
    records.flush(work.session(), {});
}

}   // namespace

pg::strings restore_missing(workspace &work, graph::index revision) {
    const registry::revision_record &record = work.registry().revisions[revision];
    if (!work.registry().applied_set->contains(revision))
        throw failure(sqlstate::not_applied, "revision \"" + record.revision + "\" is not applied", {},
                      "apply it with SELECT * FROM whisper_upgrade('" + record.revision + "')");
    boost::container::vector<missing_object> const missing = find_missing(work.session(), record.revision);
    pg::strings restored;
    pg::object_watch const watch(work.context());   // what runs here is no DDL of the session's own
    if (!missing.empty()) {
        restorer(work, revision, missing).run();
        // What was not made by a statement of its own may still be a part of something.
        for (const missing_object &m : missing)
            if (m.type != "table constraint" && m.type != "trigger" && m.type != "table column" && m.type != "index")
                restored.push_back(m.type + " " + m.identity);
    }
    restore_parts(work, revision, restored);

    boost::container::vector<missing_object> const still = find_missing(work.session(), record.revision);
    if (!still.empty())
        throw failure(sqlstate::irreversible,
                      "could not bring back " + still.front().type + " \"" + still.front().identity + "\"",
                      "No statement of the applied revisions creates it under this name.",
                      "restore it from a backup, or see whisper_rebuild()");
    if (!restored.empty()) log_repair(work, record, restored);
    return restored;
}

}   // namespace whisper::engine

#include "drift/restore.hpp"

#include "drift/missing_parts.hpp"
#include "graph/plan.hpp"
#include "pg/error_context.hpp"
#include "pg/find_object.hpp"
#include "pg/parse.hpp"
#include "pg/section_end.hpp"
#include "registry/store.hpp"
#include "run/execute.hpp"
#include "script/object_kind.hpp"
#include "session/search_path.hpp"
#include "state/ownership.hpp"
#include "state/recorder.hpp"

#include <algorithm>

namespace whisper::drift {
namespace {

struct missing_object {
    std::string type, identity;
    script::qualified_name name;
};

boost::container::vector<missing_object> find_missing(pg::spi_session &session, const std::string &revision) {
    pg::engine_scope const scope;
    pg::rows const owned = session.query_catalog(
        R"sql(
            SELECT object_type, object_identity, object_name, object_names, object_arguments, schema_name FROM
            whisper.owned_object
            WHERE revision = $1 ORDER BY run, ordinal)sql",
        {pg::to_value(revision)});
    boost::container::vector<missing_object> missing;
    for (std::size_t i = 0; i < owned.size(); ++i)
        if (pg::strings const names = owned.texts(i, 3), arguments = owned.texts(i, 4);
            !pg::find_object(owned.text(i, 0), {names.data(), names.size()}, {arguments.data(), arguments.size()}))
            missing.push_back({owned.text(i, 0), owned.text(i, 1), {owned.text(i, 5), owned.text(i, 2)}});
    return missing;
}

// What a migration may not do, its text may not do in a repair either.
class repair_guard {
public:
    explicit repair_guard(session::workspace &work) : watch_(work.context()) {
        watch_.count_own_rows(false);
        watch_.protect_extension();
        pg::engine_scope const scope;
        owners_.emplace(work.session(), state::first_creator());   // asked on the way down alone
    }

    void begin(const registry::revision_record &revision) { watch_.count_rows(!revision.allow_data_loss); }

    // After what ran of the revision: throws what ownership::check() throws, and data_loss.
    void check(const registry::revision_record &revision) {
        owners_->check(revision, true, watch_.events().subspan(checked_));
        checked_ = watch_.events().size();
        if (owners_->losses().empty()) return;
        throw failure(sqlstate::data_loss, "the repair would lose data", state::list_of(owners_->losses()),
                      "back the rows up, then write \"-- allow_data_loss: true\" into the header of revision \"" +
                          revision.revision + "\" and repeat it");
    }

private:
    pg::object_watch watch_;
    std::optional<state::ownership> owners_;
    std::size_t checked_ = 0;
};

class restorer {
public:
    restorer(session::workspace &work, graph::index revision, const boost::container::vector<missing_object> &missing,
             repair_guard &guard)
        : work_(work), revision_(revision), missing_(missing), guard_(guard) {}

    void run() {
        for (graph::index const i :
             graph::upgrade_order(*work_.registry().revision_graph, *work_.registry().applied_set)) {
            const registry::revision_record &record = work_.registry().revisions[i];
            registry::revision_text const text = registry::read_text(work_.session(), record);
            script::program const program = script::compile(pg::server_parser(), text.up, record.file, text.up_line);
            boost::container::vector<bool> chosen;
            session::search_path path;
            bool any = false;
            for (const script::action &a : program.actions) {
                path.follow(a.traits);
                bool const about = concerns(a.traits, path, i == revision_);
                any |= about;
                chosen.push_back(about || a.traits.steers);   // what sets the search_path is needed again
            }
            if (!any) continue;
            guard_.begin(record);
            run::run_program(work_.session(), program, {record, text.up_line, "up"}, &chosen);
            guard_.check(record);
        }
    }

private:
    bool concerns(const script::statement_traits &traits, const session::search_path &path, bool own) const {
        if (traits.action == script::statement_action::drop) return false;
        if (is_missing_table(traits.relation, path)) return true;
        for (const script::statement_object &object : traits.objects) {
            if (is_missing_table(object.relation, path)) return true;
            if (script::shares_relation_names(object.type) && is_missing_table(object.name, path)) return true;
        }
        const script::statement_object *const object = traits.object();
        return own && object && is_missing_other(*object);
    }

    bool is_missing_table(const script::qualified_name &name, const session::search_path &path) const {
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

    session::workspace &work_;
    graph::index const revision_;
    const boost::container::vector<missing_object> &missing_;
    repair_guard &guard_;
};

// With the names of pg_catalog where the statement means them, and the caller's for the functions that it calls.
void run_part(pg::spi_session &session, const missing_part &part, const registry::revision_record &record) {
    pg::error_context context;
    std::string const where = "tier \"" + record.tier + "\", revision \"" + record.revision + "\", " + part.key;
    context.show(where);
    pg::section_scope scope(session, part.how);
    std::string const path = pg::setting("search_path");
    scope.settings().set("search_path", ("pg_catalog" + (path.empty() ? "" : ", " + path)).c_str());
    session.run(part.statement.c_str());
    scope.finish();
}

void restore_parts(session::workspace &work, graph::index revision, repair_guard &guard, pg::strings &restored) {
    boost::container::vector<missing_part> parts;
    try {
        parts = find_missing_parts(work, revision);
    } catch (const failure &error) {
        if (error.state != sqlstate::rehearsal_failed) throw;
        pg::notice("the parts of the revision's tables were not looked at", error.message, error.hint);
        return;
    }
    for (const missing_part &part : parts) {
        const registry::revision_record &record = work.registry().revisions[part.revision];
        guard.begin(record);
        run_part(work.session(), part, record);
        guard.check(record);
        restored.push_back(part.key);
    }
}

void log_repair(session::workspace &work, const registry::revision_record &record, const pg::strings &restored) {
    registry::revision_record entry = record;
    entry.text.reset();
    entry.message = "restored";
    for (const std::string &object : restored) entry.message += (&object == &restored.front() ? " " : ", ") + object;
    state::recorder records;
    records.add({1, state::step_kind::repair, &entry, state::applied_by::nothing, 0, 0, pg::now()});
    pg::engine_scope const scope;
    records.flush(work.session(), {});
}

}   // namespace

pg::strings restore_missing(session::workspace &work, graph::index revision) {
    const registry::revision_record &record = work.registry().revisions[revision];
    if (!work.registry().applied_set->contains(revision))
        throw failure(sqlstate::not_applied, "revision \"" + record.revision + "\" is not applied", {},
                      "apply it with SELECT * FROM whisper_upgrade('" + record.revision + "')");
    boost::container::vector<missing_object> const missing = find_missing(work.session(), record.revision);
    pg::strings restored;
    repair_guard guard(work);
    if (!missing.empty()) {
        restorer(work, revision, missing, guard).run();
        // What no statement of its own made may be a part of something, and come back below.
        boost::container::vector<missing_object> const left = find_missing(work.session(), record.revision);
        for (const missing_object &m : missing)
            if (std::none_of(left.begin(), left.end(), [&](const missing_object &other) {
                    return other.type == m.type && other.identity == m.identity;
                }))
                restored.push_back(m.type + " " + m.identity);
    }
    restore_parts(work, revision, guard, restored);

    boost::container::vector<missing_object> const still = find_missing(work.session(), record.revision);
    if (!still.empty())
        throw failure(sqlstate::irreversible,
                      "could not bring back " + still.front().type + " \"" + still.front().identity + "\"",
                      "No statement of the applied revisions creates it under this name.",
                      "restore it from a backup, or see whisper_rebuild()");
    if (!restored.empty()) log_repair(work, record, restored);
    return restored;
}

}   // namespace whisper::drift

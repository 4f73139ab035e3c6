#include "state/recorder.hpp"

#include "pg/insert_rows.hpp"
#include "pg/memory.hpp"
#include "pg/parse.hpp"
#include "pg/settings.hpp"
#include "registry/record.hpp"
#include "session/search_path.hpp"
#include "state/object_record.hpp"

namespace whisper::state {
namespace {

struct applied_row {
    std::string revision, tier;
    int64 run;
    std::string applied_by;
    pg::timestamp applied_at;
    pg::interval_microseconds elapsed;
    int statements;
    std::string checksum, origin, search_path;
    Oid applied_by_oid;
};

constexpr pg::column<applied_row> applied_columns[] = {
    {"revision", pg::each<&applied_row::revision>},
    {"tier", pg::each<&applied_row::tier>},
    {"run", pg::each<&applied_row::run>},
    {"applied_by", pg::each<&applied_row::applied_by>},
    {"applied_at", pg::each<&applied_row::applied_at>},
    {"elapsed", pg::each<&applied_row::elapsed>},
    {"statements", pg::each<&applied_row::statements>},
    {"checksum", pg::each_bytes<&applied_row::checksum>},
    {"origin", pg::each<&applied_row::origin>},
    {"search_path", pg::each<&applied_row::search_path>},
    {"applied_by_oid", pg::each<&applied_row::applied_by_oid>},
};

constexpr pg::column<statement_record> statement_columns[] = {
    {"revision", pg::each<&statement_record::revision>},
    {"number", pg::each<&statement_record::number>},
    {"line", pg::each<&statement_record::line>},
    {"checksum", pg::each_bytes<&statement_record::checksum>},
    {"verb", pg::each<&statement_record::verb>},
    {"object_type", pg::each<&statement_record::object_type>},
    {"object_name", pg::each<&statement_record::object_name>},
    {"rerunnable", pg::each<&statement_record::rerunnable>},
    {"run", pg::each<&statement_record::run>},
};

const char *origin_name(applied_by origin) noexcept {
    switch (origin) {
        case applied_by::upgrade:
            return "upgrade";
        case applied_by::stamp:
            return "stamp";
        case applied_by::adoption:
            return "adopted";
        case applied_by::capture:
            return "captured";
        case applied_by::nothing:
            break;
    }
    return "";
}

bool takes_back(step_kind kind) noexcept {
    return kind == step_kind::down || kind == step_kind::forget || kind == step_kind::rebuild;
}

// The server's tag; CREATE OR REPLACE has the same as CREATE there.
std::string verb_of(const script::statement_traits &traits) {
    constexpr std::string_view create = "CREATE";
    std::string verb = traits.command;
    if (traits.or_replace && verb.starts_with(create)) verb.insert(create.size(), " OR REPLACE");
    return verb;
}

}   // namespace

int64 next_run(pg::spi_session &session) {
    return session.query_catalog("SELECT nextval('whisper.run_id')").int8(0, 0);
}

int64 last_run(pg::spi_session &session) {
    return session.query_catalog("SELECT last_value FROM whisper.run_id").int8(0, 0);
}

recorder::recorder(int64 run) : search_path_(session::search_path_text()) {
    if (run != 0) run_ = run;
}

void recorder::statements_of(const registry::revision_record &revision, const script::program &program,
                             const boost::container::vector<bool> *done) {
    objects_.begin(revision.revision);
    session::search_path_scope path;
    for (std::size_t i = 0; i < program.actions.size(); ++i) {
        const script::action &a = program.actions[i];
        if (a.kind == script::action_kind::echo) continue;
        path.follow(a.traits);
        if (done && !(*done)[i]) continue;
        keep(revision, a);
        objects_.add(a.number, pg::find_named(a.text, a.traits, true));
    }
}

void recorder::statements_run(const registry::revision_record &revision, const script::program &program) {
    for (const script::action &a : program.actions)
        if (a.kind != script::action_kind::echo) keep(revision, a);
}

void recorder::keep(const registry::revision_record &revision, const script::action &a) {
    const script::statement_object *const object = a.traits.object();
    statements_.push_back({revision.revision, a.number, a.line, registry::token_checksum(a.text), verb_of(a.traits),
                           object ? object->type : std::string(), object ? pg::to_text(object->name) : std::string(),
                           a.traits.rerunnable, 0});
}

void recorder::statement_of(pg::spi_session &session, const registry::revision_record &revision,
                            const script::action &a) {
    constexpr std::size_t enough = 2000;
    keep(revision, a);
    if (statements_.size() < enough) return;
    pg::engine_scope const scope;
    pg::memory_scope memory;
    pg::current_context const here(memory.context());
    write_statements(session, run_id(session));
}

int64 recorder::run_id(pg::spi_session &session) {
    if (!run_) run_ = next_run(session);
    return *run_;
}

void recorder::flush(pg::spi_session &session, std::span<const pg::object_event> events) {
    if (steps_.empty() && statements_.empty()) return;
    int64 const run = run_id(session);
    write_applied(session, run);
    write_history(session, run);
    write_statements(session, run);
    record_changed_objects(session, events);
    record_new_objects(session, run, events, owners());
    objects_.write(session, events);
    steps_.clear();
    restored_.clear();
    begun_.clear();
    run_.reset();
}

void recorder::write_applied(pg::spi_session &session, int64 run) {
    pg::author const role = pg::session_author();
    boost::container::vector<applied_row> rows;
    pg::strings gone, settled;
    for (const step_record &s : steps_) {
        const registry::revision_record &r = *s.revision;
        if (s.origin != applied_by::nothing)
            rows.push_back({r.revision,
                            r.tier,
                            run,
                            role.name,
                            s.at,
                            {s.elapsed},
                            s.statements,
                            r.checksum,
                            origin_name(s.origin),
                            search_path_,
                            role.role});
        else if (takes_back(s.kind))
            gone.push_back(r.revision);
        else
            continue;
        settled.push_back(r.revision);
    }
    if (!gone.empty()) {
        session.query_catalog("DELETE FROM whisper.applied WHERE revision = ANY ($1)", {pg::to_value(gone)});
        session.query_catalog("DELETE FROM whisper.statement WHERE revision = ANY ($1)", {pg::to_value(gone)});
        statement_objects::forget(session, gone);
    }
    if (!settled.empty())
        session.query_catalog("DELETE FROM whisper.unfinished_statement WHERE revision = ANY ($1)",
                              {pg::to_value(settled)});
    // A repeatable file that ran again keeps the origin it had first.
    pg::insert_rows<applied_row>(
        session, "whisper.applied", applied_columns, {rows.data(), rows.size()},
        "ON CONFLICT (revision) DO UPDATE SET run = excluded.run, applied_by = excluded.applied_by,"
        " applied_at = excluded.applied_at, elapsed = excluded.elapsed, statements = excluded.statements,"
        " checksum = excluded.checksum, search_path = excluded.search_path, applied_by_oid = excluded.applied_by_oid");
}

void recorder::write_history(pg::spi_session &session, int64 run) {
    std::string const role = pg::session_role_name();
    boost::container::vector<history_entry> entries;
    for (const step_record &s : steps_)
        entries.push_back({run,
                           s.number,
                           s.kind,
                           s.revision->tier,
                           s.revision->revision,
                           role,
                           s.at,
                           {s.elapsed},
                           s.statements,
                           s.revision->checksum,
                           s.revision->message,
                           {}});
    append_history(session, {entries.data(), entries.size()});
}

void recorder::write_statements(pg::spi_session &session, int64 run) {
    if (statements_.empty()) return;
    pg::strings fresh;
    for (statement_record &s : statements_) {
        s.run = run;
        if (s.revision == begun_) continue;
        begun_ = s.revision;
        fresh.push_back(s.revision);
    }
    session.query_catalog("DELETE FROM whisper.statement WHERE revision = ANY ($1)", {pg::to_value(fresh)});
    pg::insert_rows<statement_record>(session, "whisper.statement", statement_columns,
                                      {statements_.data(), statements_.size()});
    statements_.clear();
}

object_owner recorder::owners() const {
    std::unordered_map<int, const step_record *> step_of;
    for (const step_record &s : steps_) step_of.emplace(s.number, &s);
    return [this, step_of = std::move(step_of)](int number, Oid object) -> std::pair<std::string, std::string> {
        step_record const &step = *step_of.at(number);
        registry::revision_record const &revision = *step.revision;
        if (auto const restored = restored_.find(object); restored != restored_.end())
            return {revision.tier, restored->second};
        // What a way down makes again was there before its revision.
        bool const before = step.kind == step_kind::down && !revision.down_revisions.empty();
        return {revision.tier, before ? revision.down_revisions.front() : revision.revision};
    };
}

}   // namespace whisper::state

#include "author/capture.hpp"

#include "author/author.hpp"
#include "author/capture_log.hpp"
#include "pg/parse.hpp"
#include "pg/subtransaction.hpp"
#include "registry/store.hpp"
#include "state/ownership.hpp"
#include "state/recorder.hpp"
#include "sync/history.hpp"

namespace whisper::author {
namespace {

constexpr std::string_view wrong_state = "55000";   // object_not_in_prerequisite_state

// The session's; made once and never destroyed, as the server ends a session without unwinding.
capture_log *session_log = nullptr;

capture_log &log() {
    if (!session_log) {
        session_log = new capture_log;
        pg::observe_utilities(*session_log);
    }
    return *session_log;
}

capture &open_capture() {
    capture *const current = log().current();
    if (!current) throw failure(wrong_state, "no capture is open", {}, "begin one with SELECT whisper_capture_begin()");
    return *current;
}

// What the revision follows must be there, or the database would have it without what comes before it.
void require_applied_parents(const registry::registry &r, const registry::revision_record &revision) {
    for (const std::string &parent : revision.down_revisions)
        if (!r.find_applied(parent))
            throw failure(sqlstate::not_applied, "revision \"" + parent + "\" is not applied",
                          "It is the head of tier \"" + revision.tier + "\", which a captured revision follows.",
                          "run SELECT * FROM whisper_upgrade('" + parent + "')");
}

// Looked up at the end: what was dropped again needs no way back.
bool is_needed(pg::spi_session &session, const schema::undo_step &step) {
    const pg::object_address &o = step.subject;
    pg::rows const row = session.query_catalog(
        R"sql(
            SELECT EXISTS (SELECT FROM pg_identify_object($1, $2, $3) i WHERE i.identity IS NOT NULL)
            AND ($4 = '' OR EXISTS (SELECT FROM pg_constraint c
             WHERE c.oid = $5 OR (c.conrelid = $2
             AND quote_ident(c.conname::text) = $4))))sql",
        {pg::oid_value(o.class_id), pg::oid_value(o.object_id), pg::to_value(o.sub_id), pg::to_value(step.constraint),
         pg::oid_value(step.constraint_id)});
    return row.boolean(0, 0);
}

// Names mean what they meant to the session: where it had set its search_path, the revision does so, too.
std::string up_section(pg::spi_session &session, const capture &c) {
    std::string up;
    std::string path =
        session
            .query_as_caller(
                "SELECT reset_val FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'search_path'")
            .text(0, 0);
    for (const std::string &reason : c.problems()) up.append("-- irreversible: ").append(reason).append("\n");
    for (const captured_statement &s : c.statements) {
        if (s.search_path != path) {
            path = s.search_path;
            up.append("SET search_path = ").append(path.empty() ? "''" : path).append(";\n");
        }
        up.append(s.text).append(";\n");
    }
    return up;
}

std::string down_section(pg::spi_session &session, const capture &c) {
    std::string down;
    pg::engine_scope const scope;
    for (auto s = c.statements.rbegin(); s != c.statements.rend(); ++s)
        for (const schema::undo_step &step : s->undo)
            if (is_needed(session, step)) down.append(step.sql).append(";\n");
    return down;
}

new_revision described(pg::spi_session &session, const capture &c, const captured_revision &wanted) {
    new_revision described;
    described.message = wanted.message;
    described.tier = c.tier;
    described.branch_label = wanted.branch_label;
    described.revision_id = wanted.revision_id;
    described.up = up_section(session, c);
    return described;
}

void record(session::workspace &work, const registry::revision_record &revision, const capture &c) {
    boost::container::vector<pg::object_event> const events = c.events();
    std::span<const pg::object_event> const all{events.data(), events.size()};
    state::recorder records;
    records.add({1, state::step_kind::capture, &revision, state::applied_by::capture,
                 static_cast<int>(c.statements.size()), c.elapsed(), pg::now()});
    if (work.registry().find_tier(revision.tier)->kind == script::tier_kind::repeatable) {
        registry::revision_text const text = registry::read_text(work.session(), revision);
        records.statements_of(revision, script::compile(pg::server_parser(), text.up, {}, text.up_line));
    }
    pg::engine_scope const scope;
    state::ownership(work.session(), {}).check(revision, true, all);
    records.flush(work.session(), all);
}

}   // namespace

void begin_capture(const std::optional<std::string> &tier) {
    if (log().current())
        throw failure(wrong_state, "a capture is already open", {},
                      "end it with whisper_capture_end(), or forget it with whisper_capture_abort()");
    {
        // Whether a revision could be made now: better said before the work than after it.
        pg::subtransaction rehearsal;
        session::workspace work(session::access::write);
        new_revision probe;
        probe.tier = tier;
        std::string const id = register_new(work, probe);
        require_applied_parents(work.registry(), work.registry().revisions.back());
    }
    log().begin(tier);
}

std::string end_capture(const captured_revision &wanted) {
    capture &c = open_capture();
    if (c.statements.empty())
        throw failure(sqlstate::invalid_parameter, "nothing was captured",
                      "This session has changed no definition since whisper_capture_begin().",
                      "run the DDL first, or forget the capture with whisper_capture_abort()");
    std::string id;
    pg::strings const problems = c.problems();
    {
        session::workspace work(session::access::write);
        new_revision made = described(work.session(), c, wanted);
        if (problems.empty()) made.down = down_section(work.session(), c);
        id = register_new(work, made);
        const registry::revision_record &revision = work.registry().revisions.back();
        require_applied_parents(work.registry(), revision);
        record(work, revision, c);
        sync::sync_history(work);
    }
    if (!problems.empty()) {
        std::string reasons;
        for (const std::string &reason : problems) reasons.append(reasons.empty() ? "" : "\n").append(reason);
        pg::notice("revision \"" + id + "\" has no way down", reasons);
    }
    log().end();
    return id;
}

void abort_capture() {
    open_capture();
    log().end();
}

}   // namespace whisper::author

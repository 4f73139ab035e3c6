#include "state/deploy_record.hpp"

#include "pg/activity.hpp"
#include "pg/settings.hpp"
#include "state/history.hpp"
#include "state/recorder.hpp"

namespace whisper::state {
namespace {

const char *name_of(plan::direction way) { return way == plan::direction::upgrade ? "upgrade" : "downgrade"; }

// Only one deploys at a time: whatever is there was broken off.
void record_broken_off(pg::spi_session &session) {
    pg::rows const gone =
        session.query_catalog("DELETE FROM whisper.deployment RETURNING run, target, started_by::text, started_at");
    boost::container::vector<history_entry> entries;
    pg::timestamp const now = pg::now();
    for (std::size_t i = 0; i < gone.size(); ++i)
        entries.push_back({gone.int8(i, 0),
                           0,
                           step_kind::failed,
                           {},
                           gone.text(i, 1),
                           gone.text(i, 2),
                           now,
                           {now.at - gone.time(i, 3).at},
                           0,
                           {},
                           "the deploy ended without a word: its session or the server crashed",
                           "57P02"});
    append_history(session, {entries.data(), entries.size()});
}

}   // namespace

int64 begin_deployment(pg::spi_session &session, const plan::run_plan &plan) {
    pg::engine_scope const scope;
    record_broken_off(session);
    session.query_catalog("DELETE FROM whisper.cancel_request");
    int64 const run = next_run(session);
    session.query_catalog(
        R"sql(
            INSERT INTO whisper.deployment (run, pid, direction, target, profile, steps, started_by, started_at)
            VALUES ($1, pg_backend_pid(), $2, $3, $4, $5, $6::name, clock_timestamp()))sql",
        {pg::to_value(run), pg::to_value(name_of(plan.request.way)), pg::to_value(plan.request.target),
         pg::to_value(plan.request.profile), pg::to_value(static_cast<int32>(plan.steps.size())),
         pg::to_value(pg::session_role_name())});
    return run;
}

void end_deployment(pg::spi_session &session, int64 run) {
    pg::engine_scope const scope;
    session.query_catalog("DELETE FROM whisper.deployment WHERE run = $1", {pg::to_value(run)});
    session.query_catalog("DELETE FROM whisper.cancel_request WHERE run = $1", {pg::to_value(run)});
}

bool is_cancel_requested(pg::spi_session &session, int64 run) {
    pg::engine_scope const scope;
    std::string const query = "SELECT FROM whisper.cancel_request WHERE run = " + std::to_string(run);
    return session.query_latest(query.c_str()).size() > 0;
}

void stop_as_requested() {
    throw failure("57014", "the deploy was stopped by whisper_cancel()", "What is done stays done and recorded.",
                  "repeat the CALL to go on");
}

bool request_cancel(pg::spi_session &session) {
    std::string const who = pg::session_role_name();
    pg::engine_scope const scope;
    std::string const request =
        "INSERT INTO whisper.cancel_request (run, requested_by, requested_at) SELECT run, $1::name, clock_timestamp()"
        " FROM whisper.deployment WHERE pid IN (" +
        pg::deploying_pid_query(false) + ") RETURNING run";
    return session.query_catalog(request.c_str(), {pg::to_value(who)}).size() > 0;
}

void record_failure(pg::spi_session &session, int64 run, const failed_step &step, const pg::failed_attempt &failed) {
    pg::engine_scope const scope;
    // Everybody reads the history; the server's message may hold values of rows that not everybody may read.
    history_entry const entry{run,
                              step.number,
                              step_kind::failed,
                              step.revision.tier,
                              step.revision.revision,
                              pg::session_role_name(),
                              pg::now(),
                              {pg::now().at - step.began.at},
                              step.statements,
                              step.revision.checksum,
                              "whisper_log() shows the error to the role that ran the deploy",
                              failed.sqlstate};
    append_history(session, {&entry, 1});
    session.query_catalog(
        R"sql(
            INSERT INTO whisper.failure (history, failed_by, message)
            SELECT currval('whisper.history_id'), oid, $2 FROM pg_roles WHERE rolname = $1::name)sql",
        {pg::to_value(entry.executed_by), pg::to_value(failed.message)});
}

unfinished_pieces::unfinished_pieces(pg::spi_session &session, const std::string &revision, const char *section) {
    pg::engine_scope const scope;
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT number, checksum, state = 'done', coalesce(i.index, 0) FROM whisper.unfinished_statement
            LEFT JOIN LATERAL unnest(invalid_before) AS i (index) ON true WHERE revision = $1 AND section = $2)sql",
        {pg::to_value(revision), pg::to_value(section)});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto const piece =
            pieces_.try_emplace(rows.int4(i, 0), unfinished{rows.text(i, 1), rows.boolean(i, 2), {}}).first;
        if (Oid const index = rows.oid(i, 3)) piece->second.invalid_before.push_back(index);
    }
}

const unfinished *unfinished_pieces::find(int number) const noexcept {
    auto const at = pieces_.find(number);
    return at == pieces_.end() ? nullptr : &at->second;
}

const unfinished *unfinished_pieces::require_same(int number, const std::string &checksum,
                                                  const registry::revision_record &revision) const {
    const unfinished *const piece = find(number);
    if (!piece || piece->checksum == checksum) return piece;
    throw failure(sqlstate::checksum_mismatch,
                  "revision \"" + revision.revision + "\" was edited after a part of it had run",
                  (number ? "Statement " + std::to_string(number) : std::string("A section")) + " of " +
                      (revision.file.empty() ? "it" : "file \"" + revision.file + "\"") +
                      " is not the one that an interrupted deploy " + (piece->done ? "ran." : "began."),
                  "put the old text back, or, when what has run is undone or harmless to repeat, begin anew with "
                  "SELECT * FROM whisper_repair('" +
                      revision.revision + "')");
}

void note_started(pg::spi_session &session, int64 run, const std::string &revision, const char *section, int number,
                  const std::string &checksum, const boost::container::vector<Oid> &invalid_before) {
    pg::engine_scope const scope;
    session.query_catalog(
        R"sql(
            INSERT INTO whisper.unfinished_statement (revision, section, number, checksum, state, run, started_at,
            invalid_before) VALUES ($1, $2, $3, $4, 'started', $5, clock_timestamp(), $6) ON CONFLICT (revision,
            section, number)
            DO UPDATE SET run = excluded.run, started_at = excluded.started_at)sql",
        {pg::to_value(revision), pg::to_value(section), pg::to_value(int32{number}), pg::to_value(pg::bytes{checksum}),
         pg::to_value(run), pg::to_value(invalid_before)});
}

void note_done(pg::spi_session &session, const std::string &revision, const char *section, int number) {
    pg::engine_scope const scope;
    session.query_catalog(
        R"sql(
            UPDATE whisper.unfinished_statement SET state = 'done', finished_at = clock_timestamp()
            WHERE revision = $1 AND section = $2 AND number = $3)sql",
        {pg::to_value(revision), pg::to_value(section), pg::to_value(int32{number})});
}

boost::container::vector<unfinished_revision> read_unfinished(pg::spi_session &session) {
    pg::engine_scope const scope;
    std::string const query =
        "SELECT DISTINCT ON (u.revision) u.revision, u.section, CASE WHEN u.section = 'batch' THEN u.rows_done ELSE"
        " count(*) FILTER (WHERE u.state = 'done') OVER (PARTITION BY u.revision, u.section) END"
        " FROM whisper.unfinished_statement u WHERE NOT EXISTS (" +
        pg::deploying_pid_query(false) + ") ORDER BY u.revision, u.started_at DESC";
    pg::rows const rows = session.query_catalog(query.c_str());
    boost::container::vector<unfinished_revision> found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.text(i, 0), rows.text(i, 1), static_cast<std::size_t>(rows.int8(i, 2))});
    return found;
}

bool forget_unfinished(pg::spi_session &session, const std::string &revision) {
    pg::engine_scope const scope;
    return session
               .query_catalog("DELETE FROM whisper.unfinished_statement WHERE revision = $1 RETURNING 1",
                              {pg::to_value(revision)})
               .size() > 0;
}

}   // namespace whisper::state

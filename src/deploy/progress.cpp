#include "deploy/progress.hpp"

#include "pg/activity.hpp"
#include "pg/settings.hpp"

namespace whisper::deploy {

// A run shows "whisper: 7/30 REV", a deploy's also the statement, "3/12"; what it commits is in its tables.
pg::rows read_progress(pg::spi_session &session) {
    pg::engine_scope const scope;
    std::string const query =
        "WITH runner AS (" + pg::running_pid_query() + " UNION " + pg::deploying_pid_query(false) + "), worker AS (" +
        pg::deploying_pid_query(true) +
        "), shown AS (SELECT r.pid, a.xact_start, d.run, d.direction, d.steps, d.started_at,"
        "  regexp_match(a.application_name, '^whisper: (\\d{1,9})/(\\d{1,9}) (\\S+)(?: (\\d{1,9})/(\\d{1,9}))?$') AS m,"
        "  CASE WHEN d.run IS NOT NULL THEN (SELECT w.pid FROM worker w LIMIT 1) END AS worker"
        "  FROM runner r JOIN pg_stat_activity a ON a.pid = r.pid LEFT JOIN whisper.deployment d ON d.pid = r.pid"
        "), measured AS (SELECT s.*, u.section, u.number, u.started_at AS piece_started, u.rows_done, u.rows_total,"
        "  p.phase, p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total FROM shown s"
        "  LEFT JOIN LATERAL (SELECT * FROM whisper.unfinished_statement u WHERE u.revision = s.m[3]"
        "   AND u.state = 'started' AND u.run = s.run ORDER BY u.started_at DESC LIMIT 1) u ON true"
        "  LEFT JOIN LATERAL (SELECT * FROM pg_stat_progress_create_index p WHERE p.pid IN (s.pid, s.worker) LIMIT 1) p"
        "   ON true"
        "), counted AS (SELECT *,"
        "  CASE WHEN section = 'batch' THEN rows_done WHEN blocks_total > 0 THEN blocks_done"
        "   WHEN tuples_total > 0 THEN tuples_done END AS done,"
        "  CASE WHEN section = 'batch' THEN rows_total WHEN blocks_total > 0 THEN blocks_total"
        "   WHEN tuples_total > 0 THEN tuples_total END AS total,"
        "  CASE WHEN section = 'batch' THEN 'rows' WHEN blocks_total > 0 THEN 'blocks'"
        "   WHEN tuples_total > 0 THEN 'rows' END AS unit,"
        "  coalesce(piece_started, xact_start, started_at) AS since FROM measured)"
        " SELECT c.run, c.pid, c.direction, c.m[1]::int, coalesce(c.m[2]::int, c.steps), v.tier, c.m[3],"
        "  coalesce(c.m[4]::int, CASE WHEN c.section <> 'batch' THEN nullif(c.number, 0) END), c.m[5]::int,"
        "  CASE WHEN c.section = 'batch' THEN 'batch' ELSE c.phase END, c.done, c.total, c.unit, c.since,"
        "  ARRAY(SELECT DISTINCT b FROM unnest(pg_blocking_pids(c.pid) || pg_blocking_pids(c.worker)) b"
        "   WHERE b IS DISTINCT FROM c.pid ORDER BY b),"
        "  CASE WHEN c.done > 0 AND c.total >= c.done THEN"
        "   c.since + (clock_timestamp() - c.since) * (c.total::double precision / c.done) END"
        " FROM counted c LEFT JOIN whisper.revision v ON v.revision = c.m[3] ORDER BY c.pid";
    return session.query_catalog(query.c_str());
}

}   // namespace whisper::deploy

#include "deploy/batch_run.hpp"

#include "pg/error_context.hpp"
#include "pg/parse.hpp"
#include "pg/section_end.hpp"
#include "registry/record.hpp"
#include "registry/store.hpp"
#include "run/execute.hpp"
#include "state/deploy_record.hpp"

namespace whisper::deploy {
namespace {

script::batch_statement compile(session::workspace &work, const registry::revision_record &revision) {
    registry::revision_text const text = registry::read_text(work.session(), revision);
    return script::compile_batch(pg::server_parser(), text.batch, revision.file, text.batch_line);
}

// Keys go to the catalog and back as text: the same text in every session.
void set_key_text(pg::settings_scope &settings) {
    settings.set("search_path", pg::engine_search_path);
    settings.set("DateStyle", "ISO, YMD");
    settings.set("IntervalStyle", "postgres");
    settings.set("TimeZone", "UTC");
    settings.set("extra_float_digits", "3");
    settings.set("bytea_output", "hex");
}

bool is_integer(Oid type) { return type == INT2OID || type == INT4OID || type == INT8OID; }

}   // namespace

batch_runner::batch_runner(session::workspace &work, const registry::revision_record &revision, int64 run)
    : work_(work),
      revision_(revision),
      run_(run),
      options_(script::parse_batch_options(revision.batch_options, {revision.file, 0})),
      statement_(compile(work, revision)),
      checksum_(registry::token_checksum(statement_.sql)) {
    state::unfinished_pieces(work.session(), revision.revision, "batch").require_same(0, checksum_, revision);
    find_table();
    require_index();
    if ((statement_.start_exclusive || statement_.end_exclusive) && !is_integer(key_type_))
        throw failure(sqlstate::invalid_parameter,
                      "a batch over a key of type " + key_.shown + " must take both ends of a range in",
                      "Only of integers is it known what comes before and after.",
                      "write " + options_.key + " BETWEEN :batch_start AND :batch_end");
    Oid const start = statement_.start_exclusive ? INT8OID : key_type_;
    Oid const end = statement_.end_exclusive ? INT8OID : key_type_;
    pg::section_scope section(work.session(),
                              run::require_authority(revision));   // a constant may run its type's checks
    range_statement_.emplace(statement_.sql.c_str(), std::initializer_list<Oid>{start, end});
    section.finish();
}

void batch_runner::find_table() {
    // By the caller's search_path, as the statement itself does.
    pg::rows const found = work_.session().query_as_caller(
        R"sql(
            SELECT c.oid, a.attnum::pg_catalog.int4, a.atttypid, a.attnotnull,
            pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.quote_ident(a.attname)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND NOT a.attisdropped
             AND a.attnum OPERATOR(pg_catalog.>) 0
             AND a.attname OPERATOR(pg_catalog.=) (pg_catalog.parse_ident($2))[1]::pg_catalog.name
            WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid)sql",
        {pg::to_value(options_.table), pg::to_value(options_.key)});
    if (found.size() == 0)
        throw failure("42P01", "table \"" + options_.table + "\" of the batch does not exist", {},
                      "name it in the marker as in a query: -- migrate:batch table=…");
    if (found.is_null(0, 1))
        throw failure("42703", "column \"" + options_.key + "\" of the batch does not exist", {},
                      "name a column of table \"" + options_.table + "\" in the marker: key=…");
    table_ = found.oid(0, 0);
    key_column_ = static_cast<int16>(found.int4(0, 1));
    key_type_ = found.oid(0, 2);
    table_name_ = found.text(0, 4);
    key_name_ = found.text(0, 5);
    key_ = pg::ordered_type_of(key_type_);
    if (!found.boolean(0, 3))
        throw failure(sqlstate::invalid_parameter, "the key \"" + options_.key + "\" of the batch may be null",
                      "Rows without a key would be left out.",
                      "take a column that is NOT NULL, such as the primary key");
}

// Without one every range would read the whole table.
void batch_runner::require_index() const {
    pg::engine_scope const scope;
    pg::rows const index = work_.session().query_catalog(
        R"sql(
            SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
            WHERE i.indrelid = $1 AND i.indkey[0] = $2 AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'
            LIMIT 1)sql",
        {pg::oid_value(table_), pg::to_value(int32{key_column_})});
    if (index.size() > 0) return;
    throw failure(
        sqlstate::invalid_parameter, "no index of table \"" + options_.table + "\" begins with the batch's key",
        "Each range would have to read the whole table to find \"" + options_.key + "\".",
        "take the primary key, or CREATE INDEX CONCURRENTLY ON " + table_name_ + " (" + key_name_ + ") first");
}

// Policies of the table run, and casts of the key's type.
pg::rows batch_runner::query_keys(const std::string &sql, pg::parameters arguments) {
    pg::section_scope section(work_.session(), run::require_authority(revision_));
    set_key_text(section.settings());
    pg::rows keys = work_.session().query_catalog(sql.c_str(), arguments);
    section.finish();
    return keys;
}

// Whether there is anything to do; remembers up to where.
bool batch_runner::begin() {
    pg::rows const last = query_keys(
        "SELECT k::text FROM (SELECT " + key_name_ + " AS k FROM " + table_name_ + " ORDER BY 1 DESC LIMIT 1) t", {});
    if (last.size() == 0) return false;
    pg::engine_scope const scope;
    work_.session().query_catalog(
        R"sql(
            INSERT INTO whisper.unfinished_statement (revision, section, number, checksum, state, run, started_at,
            end_key, rows_done, rows_total) SELECT $1, 'batch', 0, $2, 'started', $3, clock_timestamp(), $4, 0,
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END FROM pg_class c WHERE c.oid = $5)sql",
        {pg::to_value(revision_.revision), pg::to_value(pg::bytes{checksum_}), pg::to_value(run_), last.cell(0, 0),
         pg::oid_value(table_)});
    return true;
}

std::string batch_runner::is_above(const char *parameter) const {
    return "(" + key_name_ + " " + key_.greater + " " + parameter + "::" + key_.name + ")";
}

// First and last key of the next range, the last one as text; nulls at the end.
pg::rows batch_runner::next_range() {
    pg::value last, end;
    std::optional<pg::rows> state;
    {
        pg::engine_scope const scope;
        state.emplace(work_.session().query_catalog(
            R"sql(
                SELECT last_key, end_key, rows_done, coalesce(rows_total, 0) FROM whisper.unfinished_statement
                WHERE revision = $1 AND section = 'batch' AND number = 0)sql",
            {pg::to_value(revision_.revision)}));
    }
    rows_done_ = state->int8(0, 2);
    rows_total_ = state->int8(0, 3);
    std::string const query =
        "WITH r AS MATERIALIZED (SELECT " + key_name_ + " AS k FROM " + table_name_ + " WHERE NOT " + is_above("$2") +
        " AND " + (state->is_null(0, 0) ? "$1 IS NULL" : is_above("$1")) + " ORDER BY " + key_name_ + " LIMIT " +
        std::to_string(options_.size) + ") SELECT f.k" + (statement_.start_exclusive ? "::bigint - 1" : "") + ", l.k" +
        (statement_.end_exclusive ? "::bigint + 1" : "") +
        ", l.k::text FROM (SELECT k FROM r ORDER BY k LIMIT 1) f, (SELECT k FROM r ORDER BY k DESC LIMIT 1) l";
    return query_keys(query, {state->is_null(0, 0) ? pg::null_value(TEXTOID) : state->cell(0, 0), state->cell(0, 1)});
}

bool batch_runner::run_next() {
    state::unfinished_pieces const pieces(work_.session(), revision_.revision, "batch");
    if (!pieces.find(0) && !begin()) return false;
    pg::rows const range = next_range();
    if (range.size() == 0) return false;
    pg::error_context context;
    std::string const where = "tier \"" + revision_.tier + "\", revision \"" + revision_.revision + "\"" +
                              (revision_.file.empty() ? std::string() : ", file \"" + revision_.file + "\"") +
                              ", line " + std::to_string(statement_.line) + ", batch up to key " + range.text(0, 2);
    context.show(where);
    uint64 changed = 0;
    {
        pg::section_scope section(work_.session(), run::require_authority(revision_));
        changed = range_statement_->run({range.cell(0, 0), range.cell(0, 1)});
        section.finish();
    }
    pg::engine_scope const scope;
    work_.session().query_catalog(
        R"sql(
            UPDATE whisper.unfinished_statement SET last_key = $2, rows_done = rows_done + $3, run = $4 WHERE revision =
            $1
            AND section = 'batch' AND number = 0)sql",
        {pg::to_value(revision_.revision), range.cell(0, 2), pg::to_value(static_cast<int64>(changed)),
         pg::to_value(run_)});
    rows_done_ += static_cast<int64>(changed);
    ++ranges_;
    return true;
}

std::string batch_runner::progress() const {
    return std::to_string(rows_done_) + (rows_total_ > 0 ? " of about " + std::to_string(rows_total_) : "") + " rows";
}

}   // namespace whisper::deploy

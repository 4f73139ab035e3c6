#include "repeatable/recorded_statements.hpp"

#include "pg/settings.hpp"

#include <algorithm>
#include <unordered_map>

namespace whisper::repeatable {
namespace {

// What ran before objects were recorded is known by what the file owns: one object for each statement of its name. The
// indexes of its own tables it does not own one by one.
constexpr const char *owned_by_statement =
    R"sql(
        WITH s AS (SELECT number, object_name, CASE object_type WHEN 'domain' THEN 'type'
          WHEN 'statistics' THEN 'statistics object' ELSE object_type END AS type,
         verb LIKE 'CREATE%' AS creates,
         row_number() OVER (PARTITION BY verb LIKE 'ALTER%', object_type, object_name ORDER BY number) AS place
         FROM whisper.statement WHERE revision = $1 AND verb ~ '^(CREATE|ALTER)'),
        o AS (SELECT *, row_number() OVER (PARTITION BY object_type, schema_name, object_name ORDER BY run, ordinal) AS
        place
         FROM (SELECT object_type, object_identity, schema_name, object_name, object_names, object_arguments, run,
        ordinal
          FROM whisper.owned_object WHERE revision = $1
          UNION ALL SELECT 'index', format('%I.%I', n.nspname, c.relname), n.nspname, c.relname,
           ARRAY[n.nspname::text, c.relname::text], '{}', 0, 0
          FROM whisper.owned_object w JOIN pg_namespace n ON n.nspname = w.schema_name
          JOIN pg_class t ON t.relnamespace = n.oid AND t.relname = w.object_name
          JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class c ON c.oid = x.indexrelid
          WHERE w.revision = $1 AND w.object_type IN ('table', 'materialized view')) owned)
        SELECT s.number, s.creates, o.object_type, o.object_identity, NULL, o.schema_name, o.object_names,
        o.object_arguments
        FROM s JOIN o ON o.object_type = s.type AND (o.place = s.place OR NOT s.creates)
         AND s.object_name IN (o.object_name, quote_ident(o.object_name), quote_ident(o.schema_name) || '.' ||
        quote_ident(o.object_name))
        WHERE NOT EXISTS (SELECT FROM whisper.statement_object d WHERE d.revision = $1 AND d.number = s.number))sql";

}   // namespace

boost::container::vector<recorded_statement> read_recorded(pg::spi_session &session, const std::string &revision) {
    pg::engine_scope const scope;
    boost::container::vector<recorded_statement> all;
    std::unordered_map<int, std::size_t> place;
    pg::rows const statements = session.query_catalog(
        R"sql(
            SELECT checksum, verb, object_type, object_name, number, rerunnable FROM whisper.statement
            WHERE revision = $1 ORDER BY number)sql",
        {pg::to_value(revision)});
    for (std::size_t i = 0; i < statements.size(); ++i) {
        place.emplace(statements.int4(i, 4), all.size());
        all.push_back({statements.text(i, 0),
                       statements.text(i, 1),
                       statements.text(i, 2),
                       statements.text(i, 3),
                       statements.int4(i, 4),
                       statements.boolean(i, 5),
                       {}});
    }
    auto const take = [&](const pg::rows &objects) {
        for (std::size_t i = 0; i < objects.size(); ++i)
            if (auto const statement = place.find(objects.int4(i, 0)); statement != place.end())
                all[statement->second].objects.push_back({objects.boolean(i, 1), objects.text(i, 2), objects.text(i, 3),
                                                          objects.text(i, 4), objects.text(i, 5), objects.texts(i, 6),
                                                          objects.texts(i, 7)});
    };
    take(session.query_catalog(
        R"sql(
            SELECT number, change = 'created', object_type, object_identity, CASE WHEN object_type LIKE '% column'
             THEN format('%I.%I', object_names[1], object_names[2]) END, schema_name, object_names, object_arguments
            FROM whisper.statement_object WHERE revision = $1)sql",
        {pg::to_value(revision)}));
    bool const untold = std::any_of(all.begin(), all.end(), [](const recorded_statement &s) {
        return s.objects.empty() && (s.creates() || s.alters());
    });
    if (untold) take(session.query_catalog(owned_by_statement, {pg::to_value(revision)}));
    return all;
}

}   // namespace whisper::repeatable

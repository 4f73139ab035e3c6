#include "run/concurrently.hpp"

#include "pg/parse.hpp"
#include "pg/relation.hpp"
#include "pg/settings.hpp"
#include "script/characters.hpp"
#include "script/tokens.hpp"

namespace whisper::run {
namespace {

boost::container::vector<invalid_index> found_in(const pg::rows &rows) {
    boost::container::vector<invalid_index> found;
    for (std::size_t i = 0; i < rows.size(); ++i) found.push_back({rows.oid(i, 0), rows.text(i, 1)});
    return found;
}

// With the caller's search_path. The rest is read as the extension's owner: others do not see what everybody builds.
pg::value oid_of(const script::qualified_name &relation) {
    return pg::oid_value(pg::find_relation(pg::to_text(relation)));
}

constexpr const char *select_invalid =
    R"sql(
        SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid)sql";
constexpr const char *nobody_builds_it =
    " AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)";
// An index is made in its table's schema.
constexpr const char *of_create = " AND i.indrelid = $1 AND ($2 = '' OR c.relname = $2::name)";
// Partitions and TOAST tables are reindexed along.
constexpr const char *of_relation =
    " AND i.indrelid IN (WITH root AS (SELECT coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = $1), $1) AS"
    " oid), tables AS (SELECT oid FROM root UNION SELECT t.relid FROM root, pg_partition_tree(root.oid) t)"
    " SELECT oid FROM tables UNION SELECT reltoastrelid FROM pg_class WHERE oid IN (SELECT oid FROM tables))";
constexpr const char *of_schema =
    " AND i.indrelid IN (SELECT unnest(ARRAY[t.oid, t.reltoastrelid]) FROM pg_class t JOIN pg_namespace s"
    "  ON s.oid = t.relnamespace WHERE s.nspname = $1::name)";

std::string built_aside(const char *scope) {
    return std::string(select_invalid) + nobody_builds_it + " AND c.relname ~ '_cc(new|old)[0-9]*$'" + scope;
}

}   // namespace

bool waits_for_others(const script::action &a) { return a.traits.concurrently; }

bool rebuilds(const script::action &a) {
    return a.traits.command == "REINDEX" || a.traits.command == "VACUUM" || a.traits.command == "CLUSTER";
}

boost::container::vector<invalid_index> invalid_indexes(pg::spi_session &session, const script::action &a) {
    if (a.traits.creates("index")) {
        script::statement_object const &index = *a.traits.object();
        pg::value const table = oid_of(index.relation);
        pg::engine_scope const scope;
        return found_in(session.query_catalog((std::string(select_invalid) + nobody_builds_it + of_create).c_str(),
                                              {table, pg::to_value(index.name.name)}));
    }
    if (a.traits.command != "REINDEX" || !waits_for_others(a)) return {};
    if (!a.traits.relation.empty()) {
        pg::value const relation = oid_of(a.traits.relation);
        pg::engine_scope const scope;
        return found_in(session.query_catalog(built_aside(of_relation).c_str(), {relation}));
    }
    pg::engine_scope const scope;
    const script::statement_object *const schema = a.traits.object();
    if (!schema) return found_in(session.query_catalog(built_aside("").c_str()));   // the database
    return found_in(session.query_catalog(built_aside(of_schema).c_str(), {pg::to_value(schema->name.name)}));
}

std::string without_concurrently(const script::action &a, std::string_view instead) {
    std::string text(a.text);
    std::size_t offset = 0, length = 0;
    script::lexer words(a.text);
    // It is the first one of CREATE and DROP INDEX, and the last one of DETACH PARTITION, where a column or a schema
    // may have that name.
    for (script::token t = words.next(); t.kind != script::token_kind::end; t = words.next()) {
        if (t.kind != script::token_kind::word || !script::equals_word(t.text(a.text), "concurrently")) continue;
        offset = t.offset;
        length = t.length;
        if (a.traits.action != script::statement_action::alter) break;
    }
    return text.replace(offset, length, instead);
}

std::string resumed_form(pg::spi_session &session, const script::action &a) {
    std::string text(a.text);
    if (a.traits.command != "ALTER TABLE" || !waits_for_others(a)) return text;
    bool const pending = session
                             .query_as_caller(
                                 R"sql(
                                     SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhdetachpending
                                     AND i.inhparent OPERATOR(pg_catalog.=)
                                      pg_catalog.to_regclass($1)::pg_catalog.oid))sql",
                                 {pg::to_value(pg::to_text(a.traits.object()->name))})
                             .boolean(0, 0);
    return pending ? without_concurrently(a, "FINALIZE") : text;
}

void require_valid_index(pg::spi_session &session, const script::action &a) {
    if (!a.traits.creates("index") || a.traits.object()->name.empty()) return;
    script::statement_object const &index = *a.traits.object();
    pg::value const table = oid_of(index.relation);
    pg::engine_scope const scope;
    pg::rows const invalid = session.query_catalog((std::string(select_invalid) + of_create).c_str(),
                                                   {table, pg::to_value(index.name.name)});
    if (invalid.size() == 0) return;
    throw failure("55000", "index \"" + invalid.text(0, 1) + "\" exists, but it is invalid",
                  "A build of it that no deploy knows of was broken off, or is under way.",
                  "DROP INDEX CONCURRENTLY " + invalid.text(0, 1) + ", and repeat the CALL");
}

}   // namespace whisper::run

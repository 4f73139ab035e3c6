#include "engine/leftover_index.hpp"

#include "pg/settings.hpp"
#include "script/cursor.hpp"

namespace whisper::engine {
namespace {

boost::container::vector<invalid_index> found_in(const pg::rows &rows) {
    boost::container::vector<invalid_index> found;
    for (std::size_t i = 0; i < rows.size(); ++i) found.push_back({rows.oid(i, 0), rows.text(i, 1)});
    return found;
}

// REINDEX [(options)] TABLE | INDEX | SCHEMA | DATABASE [CONCURRENTLY] name, and what it takes in.
struct reindexed {
    std::string name;
    enum { relation, schema, database } kind = database;
};

reindexed what_is_reindexed(const script::action &a) {
    script::cursor at(a.text);
    at.advance();
    if (at.at_punctuation('(')) at.skip_item();
    reindexed what;
    if (at.accept_any("table", "index"))
        what.kind = reindexed::relation;
    else if (at.accept("schema"))
        what.kind = reindexed::schema;
    at.accept("concurrently");
    for (; !at.at_end(); at.advance()) what.name += at.text();
    return what;
}

// The rest is read as the extension's owner: others do not see what everybody builds.
pg::value relation_of(pg::spi_session &session, const std::string &name) {
    return pg::oid_value(
        session.query("SELECT coalesce(pg_catalog.to_regclass($1)::pg_catalog.oid, 0)", {pg::to_value(name)})
            .oid(0, 0));
}

constexpr const char *select_invalid =
    "SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid";
constexpr const char *nobody_builds_it =
    " AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)";
// An index is made in its table's schema.
constexpr const char *of_create =
    " AND i.indrelid = $1 AND ($2 = '' OR c.relname = (parse_ident(nullif($2, '')))[1]::name)";
// Partitions and TOAST tables are reindexed along.
constexpr const char *of_relation =
    " AND i.indrelid IN (WITH root AS (SELECT coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = $1), $1) AS"
    " oid), tables AS (SELECT oid FROM root UNION SELECT t.relid FROM root, pg_partition_tree(root.oid) t)"
    " SELECT oid FROM tables UNION SELECT reltoastrelid FROM pg_class WHERE oid IN (SELECT oid FROM tables))";
constexpr const char *of_schema =
    " AND i.indrelid IN (SELECT unnest(ARRAY[t.oid, t.reltoastrelid]) FROM pg_class t JOIN pg_namespace s"
    "  ON s.oid = t.relnamespace WHERE s.nspname = (parse_ident($1))[1]::name)";

std::string built_aside(const char *scope) {
    return std::string(select_invalid) + nobody_builds_it + " AND c.relname ~ '_cc(new|old)[0-9]*$'" + scope;
}

}   // namespace

bool waits_for_others(const script::action &a) {
    if (!a.traits.needs_top_level) return false;
    for (script::cursor at(a.text); !at.at_end(); at.advance())
        if (at.at_word("concurrently")) return true;
    return false;
}

boost::container::vector<invalid_index> invalid_indexes(pg::spi_session &session, const script::action &a) {
    if (a.traits.verb == "CREATE INDEX") {
        pg::value const table = relation_of(session, a.traits.relation);
        pg::engine_scope const scope;
        return found_in(session.query((std::string(select_invalid) + nobody_builds_it + of_create).c_str(),
                                      {table, pg::to_value(a.traits.object_name)}));
    }
    if (a.traits.verb != "REINDEX" || !waits_for_others(a)) return {};
    reindexed const what = what_is_reindexed(a);
    if (what.kind == reindexed::relation) {
        pg::value const relation = relation_of(session, what.name);
        pg::engine_scope const scope;
        return found_in(session.query(built_aside(of_relation).c_str(), {relation}));
    }
    pg::engine_scope const scope;
    if (what.kind == reindexed::database) return found_in(session.query(built_aside("").c_str()));
    return found_in(session.query(built_aside(of_schema).c_str(), {pg::to_value(what.name)}));
}

std::string resumed_form(pg::spi_session &session, const script::action &a) {
    std::string text(a.text);
    if (a.traits.verb != "ALTER TABLE" || !waits_for_others(a)) return text;
    bool const pending = session
                             .query(
                                 "SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhdetachpending"
                                 " AND i.inhparent OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid)",
                                 {pg::to_value(a.traits.object_name)})
                             .boolean(0, 0);
    if (!pending) return text;
    script::lexer words(a.text);
    for (script::token t = words.next(); t.kind != script::token_kind::end; t = words.next())
        if (t.kind == script::token_kind::word && script::equals_word(t.text(a.text), "concurrently"))
            return text.replace(t.offset, t.length, "FINALIZE");
    return text;
}

void require_valid_index(pg::spi_session &session, const script::action &a) {
    if (a.traits.verb != "CREATE INDEX" || a.traits.object_name.empty()) return;
    pg::value const table = relation_of(session, a.traits.relation);
    pg::engine_scope const scope;
    pg::rows const invalid =
        session.query((std::string(select_invalid) + of_create).c_str(), {table, pg::to_value(a.traits.object_name)});
    if (invalid.size() == 0) return;
    throw failure("55000", "index \"" + invalid.text(0, 1) + "\" exists, but it is invalid",
                  "A build of it that no deploy knows of was broken off, or is under way.",
                  "DROP INDEX CONCURRENTLY " + invalid.text(0, 1) + ", and repeat the CALL");
}

}   // namespace whisper::engine

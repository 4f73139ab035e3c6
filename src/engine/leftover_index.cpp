#include "engine/leftover_index.hpp"

#include "script/cursor.hpp"

namespace whisper::engine {
namespace {

constexpr const char *nobody_builds_it =
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p"
    "  WHERE p.index_relid OPERATOR(pg_catalog.=) i.indexrelid)";

pg::strings names_of(const pg::rows &rows) {
    pg::strings names;
    for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(rows.text(i, 0));
    return names;
}

// REINDEX [(options)] TABLE | INDEX [CONCURRENTLY] name; empty for a whole schema or database.
std::string reindexed(const script::action &a) {
    script::cursor at(a.text);
    at.advance();
    if (at.at_punctuation('(')) at.skip_item();
    if (!at.accept_any("table", "index")) return {};
    at.accept("concurrently");
    std::string name;
    for (; !at.at_end(); at.advance()) name += at.text();
    return name;
}

// An index is made in its table's schema; the statement finds the table by the search_path.
constexpr const char *of_create =
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i"
    " JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid AND NOT i.indisvalid"
    " AND ($2 OPERATOR(pg_catalog.=) '' OR c.relname OPERATOR(pg_catalog.=)"
    "  (pg_catalog.parse_ident(nullif($2, '')))[1]::pg_catalog.name)";

constexpr const char *of_reindex =
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i"
    " JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace"
    " WHERE i.indrelid OPERATOR(pg_catalog.=) coalesce("
    "  (SELECT o.indrelid FROM pg_catalog.pg_index o"
    "   WHERE o.indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid),"
    "  pg_catalog.to_regclass($1)::pg_catalog.oid)"
    " AND NOT i.indisvalid AND c.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$'";

}   // namespace

bool waits_for_others(const script::action &a) {
    if (!a.traits.needs_top_level) return false;
    for (script::cursor at(a.text); !at.at_end(); at.advance())
        if (at.at_word("concurrently")) return true;
    return false;
}

pg::strings leftover_indexes(pg::spi_session &session, const script::action &a) {
    if (a.traits.verb == "CREATE INDEX")
        return names_of(session.query((std::string(of_create) + nobody_builds_it).c_str(),
                                      {pg::to_value(a.traits.relation), pg::to_value(a.traits.object_name)}));
    if (a.traits.verb != "REINDEX") return {};
    std::string const name = reindexed(a);
    if (name.empty()) return {};
    return names_of(session.query((std::string(of_reindex) + nobody_builds_it).c_str(), {pg::to_value(name)}));
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
    pg::rows const invalid =
        session.query(of_create, {pg::to_value(a.traits.relation), pg::to_value(a.traits.object_name)});
    if (invalid.size() == 0) return;
    throw failure("55000", "index \"" + invalid.text(0, 0) + "\" exists, but it is invalid",
                  "A build of it that no deploy knows of was broken off, or is under way.",
                  "DROP INDEX CONCURRENTLY " + invalid.text(0, 0) + ", and repeat the CALL");
}

}   // namespace whisper::engine

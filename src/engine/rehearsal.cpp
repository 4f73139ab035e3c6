#include "engine/rehearsal.hpp"

namespace whisper::engine {
namespace {

// What belongs to the server, to this extension or to another one stays where it is.
constexpr const char *user_schemas =
    "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n"
    " WHERE n.nspname OPERATOR(pg_catalog.!~) '^pg_' AND n.nspname NOT IN ('information_schema', 'whisper')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype OPERATOR(pg_catalog.=) 'e'"
    "  AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass"
    "  AND d.objid OPERATOR(pg_catalog.=) n.oid) ORDER BY 1";

constexpr const char *movable_extensions =
    "SELECT pg_catalog.quote_ident(e.extname) FROM pg_catalog.pg_extension e"
    " JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace"
    " WHERE e.extrelocatable AND n.nspname OPERATOR(pg_catalog.=) 'public' ORDER BY 1";

pg::strings read_names(pg::spi_session &session, const char *query) {
    pg::settings_scope settings;
    settings.set("search_path", "pg_catalog, pg_temp");
    pg::strings names;
    pg::rows const rows = session.query(query);
    for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(rows.text(i, 0));
    return names;
}

void make_room(pg::spi_session &session) {
    pg::strings const extensions = read_names(session, movable_extensions);
    // A name that no schema of the user's has.
    std::string const hidden = "whisper_hidden_" + pg::random_hexadecimal(8) + "_";
    int number = 0;
    for (const std::string &schema : read_names(session, user_schemas))
        session.run(("ALTER SCHEMA " + schema + " RENAME TO " + hidden + std::to_string(++number)).c_str());
    session.run("CREATE SCHEMA public");
    session.run("GRANT USAGE ON SCHEMA public TO PUBLIC");
    for (const std::string &extension : extensions)
        session.run(("ALTER EXTENSION " + extension + " SET SCHEMA public").c_str());
}

}   // namespace

std::optional<pg::failed_attempt> rehearse(workspace &work, const std::function<void()> &body) {
    return pg::attempt(
        [&] {
            pg::settings_scope settings;
            settings.set("client_min_messages", "error");   // it is not happening: nobody wants to read of it
            make_room(work.session());
            body();
        },
        false);
}

}   // namespace whisper::engine

#include "sync/sqitch_tables.hpp"

#include "pg/settings.hpp"

namespace whisper::sync {
namespace {

struct sqitch_table {
    const char *name, *columns;   // "@" stands for the schema and a dot
};

#define WHISPER_PLANNING "planned_at timestamptz NOT NULL, planner_name text NOT NULL, planner_email text NOT NULL"
#define WHISPER_COMMITMENT                                                    \
    "committed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()," \
    " committer_name text NOT NULL, committer_email text NOT NULL, " WHISPER_PLANNING
#define WHISPER_PROJECT "project text NOT NULL REFERENCES @projects (project) ON UPDATE CASCADE"
#define WHISPER_NOTE "note text NOT NULL DEFAULT ''"

constexpr sqitch_table shapes[] = {
    {"releases",
     "version real PRIMARY KEY, installed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),"
     " installer_name text NOT NULL, installer_email text NOT NULL"},
    {"projects",
     "project text PRIMARY KEY, uri text UNIQUE, created_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),"
     " creator_name text NOT NULL, creator_email text NOT NULL"},
    {"changes", "change_id text PRIMARY KEY, script_hash text, change text NOT NULL, " WHISPER_PROJECT ", " WHISPER_NOTE
                ", " WHISPER_COMMITMENT ", UNIQUE (project, script_hash)"},
    {"tags", "tag_id text PRIMARY KEY, tag text NOT NULL, " WHISPER_PROJECT
             ", change_id text NOT NULL REFERENCES @changes (change_id) ON UPDATE CASCADE, " WHISPER_NOTE
             ", " WHISPER_COMMITMENT ", UNIQUE (project, tag)"},
    {"dependencies",
     "change_id text NOT NULL REFERENCES @changes (change_id) ON UPDATE CASCADE ON DELETE CASCADE,"
     " type text NOT NULL, dependency text NOT NULL, dependency_id text REFERENCES @changes (change_id) ON UPDATE "
     "CASCADE"
     " CONSTRAINT dependencies_check CHECK ((type = 'require' AND dependency_id IS NOT NULL)"
     " OR (type = 'conflict' AND dependency_id IS NULL)), PRIMARY KEY (change_id, dependency)"},
    {"events",
     "event text NOT NULL CONSTRAINT events_event_check CHECK (event IN ('deploy', 'revert', 'fail', 'merge')),"
     " change_id text NOT NULL, change text NOT NULL, " WHISPER_PROJECT ", " WHISPER_NOTE
     ", requires text[] NOT NULL DEFAULT '{}', conflicts text[] NOT NULL DEFAULT '{}',"
     " tags text[] NOT NULL DEFAULT '{}', " WHISPER_COMMITMENT ", PRIMARY KEY (change_id, committed_at)"},
};

std::string in_schema(std::string_view text, const std::string &schema) {
    std::string made;
    for (char const c : text) made += c == '@' ? schema + '.' : std::string(1, c);
    return made;
}

}   // namespace

std::optional<sqitch_tables> find_sqitch_tables(pg::spi_session &session, const std::string &schema) {
    pg::rows const found = session.query_as_caller(
        R"sql(
            SELECT pg_catalog.quote_ident($1), c.relowner, pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
            WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name
            AND c.relname OPERATOR(pg_catalog.=) 'changes'::pg_catalog.name AND c.relkind OPERATOR(pg_catalog.=) 'r'
            AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class o WHERE o.relnamespace OPERATOR(pg_catalog.=) n.oid
             AND o.relkind OPERATOR(pg_catalog.=) 'r' AND o.relowner OPERATOR(pg_catalog.=) c.relowner
             AND o.relname OPERATOR(pg_catalog.=) ANY ('{projects,changes,tags,dependencies,events}'::pg_catalog.name[]))
            OPERATOR(pg_catalog.=) 5)sql",
        {pg::to_value(schema)});
    if (found.size() == 0) return std::nullopt;
    return sqitch_tables{found.text(0, 0), found.oid(0, 1), found.text(0, 2)};
}

bool make_sqitch_tables(pg::spi_session &session, const std::string &schema) {
    pg::rows const row = session.query_as_caller(
        R"sql(
            SELECT pg_catalog.quote_ident($1), n.oid IS NOT NULL, CASE WHEN n.oid IS NULL THEN
            pg_catalog.has_database_privilege(d.oid, 'CREATE') ELSE pg_catalog.has_schema_privilege(n.oid, 'CREATE') END
            FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_namespace n
             ON n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name
            WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())sql",
        {pg::to_value(schema)});
    if (!row.boolean(0, 2)) return false;
    std::string const quoted = row.text(0, 0);
    pg::settings_scope settings;
    settings.set("search_path", pg::engine_search_path);
    if (!row.boolean(0, 1)) session.run(("CREATE SCHEMA " + quoted).c_str());
    for (const sqitch_table &shape : shapes)
        session.run(
            ("CREATE TABLE " + quoted + '.' + shape.name + " (" + in_schema(shape.columns, quoted) + ")").c_str());
    session.run(("INSERT INTO " + quoted +
                 ".releases (version, installer_name, installer_email) SELECT 1.1, CURRENT_USER,"
                 " pg_catalog.format('%s@%s', CURRENT_USER, pg_catalog.current_database())")
                    .c_str());
    return true;
}

}   // namespace whisper::sync

#include "shadow/rehearsal.hpp"

#include <algorithm>

namespace whisper::shadow {
namespace {

enum class isolation : unsigned char {
    empty,    // every schema is an empty one
    bare,     // there is none but public
    shared,   // only the schemas that things are made in are empty ones
};

// What belongs to the server, to this extension or to another one stays where it is. Columns: the name, quoted; whether
// $1 makes it; whether things are made in it, $2 being their names. Operators have names that parse_ident() refuses.
constexpr const char *user_schemas =
    R"sql(
        WITH made AS (SELECT p[1] AS name FROM unnest($1) AS m, parse_ident(m) AS p WHERE m ~ $4),
        filled AS (SELECT CASE WHEN cardinality(p) > 1 THEN p[1] ELSE $3 END AS name
         FROM unnest($2) AS o, parse_ident(o) AS p WHERE o ~ $4)
        SELECT quote_ident(n.nspname), n.nspname IN (SELECT name FROM made),
         n.nspname IN (SELECT name FROM filled UNION ALL SELECT name FROM made)
        FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'whisper')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.deptype = 'e' AND d.classid = 'pg_namespace'::regclass
         AND d.objid = n.oid) ORDER BY 1)sql";

constexpr const char *plain_name = R"(^("([^"]|"")+"|[[:alpha:]_][\w$]*)(\.("([^"]|"")+"|[[:alpha:]_][\w$]*))*$)";

constexpr const char *movable_extensions =
    R"sql(
        SELECT quote_ident(e.extname), quote_ident(n.nspname) FROM pg_extension e
        JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extrelocatable ORDER BY 1)sql";

constexpr const char *event_triggers =
    "SELECT quote_ident(evtname) FROM pg_event_trigger WHERE evtenabled <> 'D' ORDER BY 1";

struct user_schema {
    std::string name;
    bool made, filled;
};

class shadow_schemas {
public:
    shadow_schemas(pg::spi_session &session, const rehearsed_names &names)
        : session_(session),
          makes_public_(std::find(names.schemas.begin(), names.schemas.end(), "public") != names.schemas.end()) {
        std::string const creation = current_schema();
        pg::settings_scope settings;
        settings.set("search_path", pg::engine_search_path);
        {
            pg::rows const rows =
                session.query_catalog(user_schemas, {pg::to_value(names.schemas), pg::to_value(names.objects),
                                                     pg::to_value(creation), pg::to_value(plain_name)});
            for (std::size_t i = 0; i < rows.size(); ++i)
                schemas_.push_back({rows.text(i, 0), rows.boolean(i, 1), rows.boolean(i, 2)});
        }
        pg::rows const rows = session.query_catalog(movable_extensions);
        for (std::size_t i = 0; i < rows.size(); ++i) extensions_.emplace_back(rows.text(i, 0), rows.text(i, 1));
    }

    void set(isolation as) const {
        silence_event_triggers();
        // A name that no schema of the user's has.
        std::string const hidden = "whisper_hidden_" + pg::random_hexadecimal(8) + "_";
        int number = 0;
        for (const user_schema &s : schemas_)
            if (hides(as, s))
                session_.run(("ALTER SCHEMA " + s.name + " RENAME TO " + hidden + std::to_string(++number)).c_str());
        pg::strings fresh;
        for (const user_schema &s : schemas_)
            if (hides(as, s) && !s.made && as != isolation::bare) fresh.push_back(s.name);
        // Things are made in public even where there is none: that the server has no place for them is no verdict.
        auto const is_public = [](const user_schema &s) { return s.name == "public"; };
        bool const has_public = std::any_of(schemas_.begin(), schemas_.end(), is_public);
        if (!makes_public_ && (as == isolation::bare || !has_public)) fresh.push_back("public");
        for (const std::string &name : fresh) {
            session_.run(("CREATE SCHEMA " + name).c_str());
            // Whoever the script turns into may work there, too.
            session_.run(("GRANT ALL ON SCHEMA " + name + " TO PUBLIC").c_str());
        }
        for (auto const &[extension, schema] : extensions_)
            if (std::find(fresh.begin(), fresh.end(), schema) != fresh.end()) move(extension, schema);
    }

private:
    static bool hides(isolation as, const user_schema &s) { return as != isolation::shared || s.filled; }

    std::string current_schema() const {
        pg::rows const row = session_.query_as_caller("SELECT pg_catalog.current_schema()::pg_catalog.text");
        return row.text(0, 0);
    }

    // Its schema is the caller's, or it could not be renamed; it may be the superuser's all the same. What stays where
    // it is and cannot be found for that reason will be told.
    void move(const std::string &extension, const std::string &schema) const {
        pg::engine_scope const scope;
        pg::attempt([&] { session_.run(("ALTER EXTENSION " + extension + " SET SCHEMA " + schema).c_str()); });
    }

    // They are the superuser's, and are to hear of what happens only.
    void silence_event_triggers() const {
        pg::engine_scope const scope;
        pg::strings names;
        {
            pg::rows const rows = session_.query_catalog(event_triggers);
            for (std::size_t i = 0; i < rows.size(); ++i) names.push_back(rows.text(i, 0));
        }
        for (const std::string &name : names)
            pg::attempt([&] { session_.run(("ALTER EVENT TRIGGER " + name + " DISABLE").c_str()); });
    }

    pg::spi_session &session_;
    bool const makes_public_;
    boost::container::vector<user_schema> schemas_;
    boost::container::vector<std::pair<std::string, std::string>> extensions_;
};

constexpr std::string_view duplicate_schema = "42P06";

// Undefined table, object, function, schema, column.
bool misses_something(std::string_view state) {
    for (std::string_view const undefined : {"42P01", "42704", "42883", "3F000", "42703"})
        if (state == undefined) return true;
    return false;
}

}   // namespace

std::optional<pg::failed_attempt> rehearse(session::workspace &work, const rehearsed_names &names,
                                           const std::function<void()> &body) {
    shadow_schemas const around(work.session(), names);
    auto const run = [&](isolation as) {
        return pg::attempt(
            [&] {
                pg::settings_scope settings;
                settings.set("client_min_messages", "error");   // it is not happening: nobody wants to read of it
                around.set(as);
                body();
            },
            false);
    };
    std::optional<pg::failed_attempt> failed = run(isolation::empty);
    // A schema that the text does not name is made, by a function or a block.
    if (failed && failed->sqlstate == duplicate_schema && !run(isolation::bare)) return std::nullopt;
    if (failed && misses_something(failed->sqlstate) && !run(isolation::shared)) return std::nullopt;
    return failed;
}

}   // namespace whisper::shadow

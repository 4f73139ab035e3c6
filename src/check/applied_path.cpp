#include "check/applied_path.hpp"

#include "pg/parse.hpp"
#include "session/search_path.hpp"

#include <algorithm>

namespace whisper::check {
namespace {

// The schemas that names without one are looked up in, now or when the session began: what the caller, or the
// database's configuration, trusts.
pg::strings trusted_schemas() {
    pg::strings trusted{"pg_catalog", "pg_temp"};
    std::string const user = pg::current_user_name();
    for (const std::string &list : {pg::setting("search_path"), pg::initial_setting("search_path")})
        for (std::string &schema : session::schemas_of(list, user)) trusted.push_back(std::move(schema));
    return trusted;
}

// What does not exist, or is closed to the caller, is passed over in a path.
bool lies_within(pg::spi_session &session, const pg::strings &schemas, const pg::strings &trusted) {
    return session
               .query_often_as_caller(R"sql(
        SELECT FROM pg_catalog.pg_namespace
            WHERE nspname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($1)
                AND NOT nspname::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($2)
                AND pg_catalog.has_schema_privilege(oid, 'USAGE')
    )sql",
                                      {pg::to_value(schemas), pg::to_value(trusted)})
               .size() == 0;
}

pg::strings existing_of(pg::spi_session &session, const pg::strings &schemas) {
    return session
        .query_often_as_caller(R"sql(
        SELECT pg_catalog.array_agg(u.name ORDER BY u.position)
            FROM pg_catalog.unnest($1) WITH ORDINALITY AS u (name, position)
                JOIN pg_catalog.pg_namespace AS n ON n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) u.name
    )sql",
                               {pg::to_value(schemas)})
        .texts(0, 0);
}

// Temporary tables of whoever asks are none of the revision's.
std::string without_temporary(const std::string &path) {
    pg::strings const schemas = pg::parse_names(path);
    if (schemas.empty()) return path.empty() || path == "\"\"" ? "pg_temp" : path;
    if (std::find(schemas.begin(), schemas.end(), "pg_temp") != schemas.end()) return path;
    return path + ", pg_temp";
}

// As it is written behind SET, whatever a dump says that it is.
std::string shown(const std::string &path) {
    std::string list;
    for (const std::string &schema : pg::parse_names(path))
        list += (list.empty() ? "" : ", ") + (schema.empty() ? "\"\"" : pg::to_text({{}, schema}));
    return list.empty() ? "''" : list;
}

}   // namespace

applied_paths::applied_paths(session::workspace &work) {
    {
        pg::engine_scope const scope;
        pg::rows const rows = work.session().query_catalog(R"sql(
            SELECT revision, search_path, applied_by::text, coalesce(applied_by_oid, 0::oid) FROM whisper.applied
                WHERE search_path IS NOT NULL
                ORDER BY run, applied_at
        )sql");
        for (std::size_t i = 0; i < rows.size(); ++i) {
            applied_path const path{rows.text(i, 1), {rows.text(i, 2), rows.oid(i, 3)}};
            auto const known = std::find_if(paths_.begin(), paths_.end(), [&](const applied_path &p) {
                return p.search_path == path.search_path && p.applied_by == path.applied_by;
            });
            last_ = static_cast<std::size_t>(known - paths_.begin());
            if (known == paths_.end()) paths_.push_back(path);
            path_of_.emplace(rows.text(i, 0), *last_);
        }
    }
    pg::strings const trusted = trusted_schemas();
    pg::strings const callers = existing_of(work.session(), pg::parse_names(session::search_path_text()));
    for (applied_path &path : paths_) {
        pg::strings const schemas = pg::parse_names(path.search_path);
        path.callers = lies_within(work.session(), schemas, trusted);
        path.is_the_same = existing_of(work.session(), schemas) == callers;
    }
}

std::string applied_paths::setting_for(const std::string &revision) const {
    auto const found = path_of_.find(revision);
    if (found == path_of_.end() || paths_[found->second].is_the_same) return {};
    return "SET search_path = " + shown(paths_[found->second].search_path) + "; ";
}

lookup applied_paths::for_section(const std::string &revision, const pg::author &author) const {
    auto const found = path_of_.find(revision);
    return decide(found == path_of_.end() ? nullptr : &paths_[found->second], author);
}

lookup applied_paths::for_checks() const { return decide(last_ ? &paths_[*last_] : nullptr, {}); }

lookup applied_paths::decide(const applied_path *path, const pg::author &author) const {
    lookup found{{std::nullopt, pg::authority_of(author), author}, {}, {}};
    if (!path) return found;   // recorded by an older version
    found.search_path = without_temporary(path->search_path);
    if (path->callers) return found;
    bool const text_is_callers = found.how == pg::authority::callers || found.how == pg::authority::confined;
    switch (path->applied_by.name.empty() ? pg::authority::none : pg::authority_of(path->applied_by)) {
        case pg::authority::callers:
            return found;
        case pg::authority::confined:
            if (found.how == pg::authority::callers) found.how = pg::authority::confined;
            return found;
        case pg::authority::author:
            if (text_is_callers) {
                found.how = pg::authority::author;
                found.author = path->applied_by;
                return found;
            }
            if (author == path->applied_by) return found;
            break;
        case pg::authority::none:
            break;
    }
    std::string const list = shown(path->search_path);
    found.detail = "not run: role \"" + path->applied_by.name + "\" applied it with search_path " + list;
    found.fix_hint =
        "SET search_path = " + list + " /* if you trust who can create objects there; or ask as that role */";
    return found;
}

}   // namespace whisper::check

#include "pg/extension_grants.hpp"

#include "pg/spi.hpp"

extern "C" {
#include "commands/extension.h"
}

namespace whisper::pg {
namespace {

// A setting dies with the transaction, however that ends.
constexpr const char *kept_in = "whisper_update.grants";

void require_update_script() {
    if (!creating_extension) throw failure("55000", "only an update script of the extension can do this");
}

// Privileges given while a script runs count as the extension's own, which pg_dump leaves out.
class outside_of_the_script {
public:
    outside_of_the_script() noexcept { creating_extension = false; }
    outside_of_the_script(const outside_of_the_script &) = delete;
    outside_of_the_script &operator=(const outside_of_the_script &) = delete;
    ~outside_of_the_script() { creating_extension = true; }
};

}   // namespace

void remember_grants(const std::string &name) {
    require_update_script();
    spi_session session;
    session.query_as_caller(R"sql(
        SELECT pg_catalog.set_config($2, coalesce(pg_catalog.string_agg(
                pg_catalog.concat_ws(' ', a.grantee, a.is_grantable), ','), ''), true)
            FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                    AND d.refobjid = e.oid AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e'
                JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid,
                LATERAL pg_catalog.aclexplode(p.proacl) AS a
            WHERE e.extname = 'whisper_migrate' AND p.proname = $1 AND a.grantee <> p.proowner
    )sql",
                            {to_value(name), to_value(kept_in)});
}

void grant_again(const std::string &name) {
    require_update_script();
    spi_session session;
    rows const grants = session.query_as_caller(R"sql(
        SELECT pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %s%s', p.oid::pg_catalog.regprocedure,
                coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC'),
                CASE WHEN pg_catalog.split_part(kept.line, ' ', 2) = 't' THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                    AND d.refobjid = e.oid AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype = 'e'
                JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid,
                pg_catalog.string_to_table(pg_catalog.current_setting($2), ',') AS kept (line)
                LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = pg_catalog.split_part(kept.line, ' ', 1)::pg_catalog.oid
            WHERE e.extname = 'whisper_migrate' AND p.proname = $1 AND kept.line <> ''
    )sql",
                                                {to_value(name), to_value(kept_in)});
    for (std::size_t i = 0; i < grants.size(); ++i) {
        outside_of_the_script const scope;
        session.run(grants.text(i, 0).c_str());
    }
}

}   // namespace whisper::pg

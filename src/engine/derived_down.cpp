#include "engine/derived_down.hpp"

#include "pg/drop_objects.hpp"
#include "pg/settings.hpp"

namespace whisper::engine {
namespace {

// An extension that others have come to use is left to them: it was created "if not exists" for everybody.
constexpr const char *created_by =
    "SELECT a.classid, a.objid, a.objsubid FROM whisper.owned_object o"
    " CROSS JOIN LATERAL pg_catalog.pg_get_object_address(o.object_type, o.object_names, o.object_arguments) a"
    " WHERE o.revision OPERATOR(pg_catalog.=) $1 AND o.origin OPERATOR(pg_catalog.=) 'created'"
    " AND NOT (o.object_type OPERATOR(pg_catalog.=) 'extension' AND EXISTS ("
    "  SELECT FROM pg_catalog.pg_depend m JOIN pg_catalog.pg_depend d"
    "   ON d.refclassid OPERATOR(pg_catalog.=) m.classid AND d.refobjid OPERATOR(pg_catalog.=) m.objid"
    "  WHERE m.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass"
    "   AND m.refobjid OPERATOR(pg_catalog.=) a.objid AND m.deptype OPERATOR(pg_catalog.=) 'e'"
    "   AND d.deptype IN ('n', 'a') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend own"
    "    WHERE own.classid OPERATOR(pg_catalog.=) d.classid AND own.objid OPERATOR(pg_catalog.=) d.objid"
    "     AND own.refclassid OPERATOR(pg_catalog.=) m.refclassid"
    "     AND own.refobjid OPERATOR(pg_catalog.=) m.refobjid AND own.deptype OPERATOR(pg_catalog.=) 'e')))"
    " ORDER BY o.ordinal";

}  // namespace

int drop_created(pg::spi_session &session, const registry::revision_record &revision) {
    boost::container::vector<pg::object_address> objects;
    {
        pg::engine_scope const scope;
        pg::rows const rows = session.query(created_by, {pg::to_value(revision.revision)});
        for (std::size_t i = 0; i < rows.size(); ++i)
            objects.push_back({rows.oid(i, 0), rows.oid(i, 1), rows.int4(i, 2)});
    }
    pg::drop_objects({objects.data(), objects.size()});
    return static_cast<int>(objects.size());
}

}  // namespace whisper::engine

#include "state/drop_created.hpp"

#include "pg/find_object.hpp"
#include "pg/settings.hpp"

namespace whisper::state {
namespace {

using addresses = boost::container::vector<pg::object_address>;

constexpr const char *created =
    R"sql(
        SELECT object_type, object_names, object_arguments FROM whisper.owned_object
        WHERE CASE WHEN $1 IS NULL THEN origin <> 'claimed' ELSE origin = 'created' AND revision = $1 END
        ORDER BY run DESC, ordinal DESC)sql";

// Without those that somebody has dropped by hand.
addresses look_up(pg::spi_session &session, pg::value revision) {
    pg::engine_scope const scope;
    pg::rows const owned = session.query_catalog(created, {revision});
    addresses found;
    for (std::size_t i = 0; i < owned.size(); ++i) {
        pg::strings const names = owned.texts(i, 1), arguments = owned.texts(i, 2);
        if (auto const at =
                pg::find_object(owned.text(i, 0), {names.data(), names.size()}, {arguments.data(), arguments.size()}))
            found.push_back(*at);
    }
    return found;
}

// Whether anything but its own members needs the extension.
bool is_extension_in_use(pg::spi_session &session, const pg::object_address &extension, const addresses &going) {
    pg::engine_scope const scope;
    pg::rows const users = session.query_catalog(
        R"sql(
            SELECT d.classid, d.objid FROM pg_depend m JOIN pg_depend d
            ON d.refclassid = m.classid AND d.refobjid = m.objid
            WHERE m.refclassid = $1 AND m.refobjid = $2
            AND m.deptype = 'e' AND NOT EXISTS (SELECT FROM pg_depend own
             WHERE own.classid = d.classid AND own.objid = d.objid
             AND own.refclassid = m.refclassid
             AND own.refobjid = m.refobjid AND own.deptype = 'e')
            -- parts of an operator class are no members by themselves, but nobody else's either
            AND d.deptype IN ('n', 'a')
            AND d.classid NOT IN ('pg_amop'::regclass,
            'pg_amproc'::regclass))sql",
        {pg::oid_value(extension.class_id), pg::oid_value(extension.object_id)});
    for (std::size_t i = 0; i < users.size(); ++i) {
        Oid const class_id = users.oid(i, 0), object_id = users.oid(i, 1);
        Oid const relation = pg::relation_or_self(class_id, object_id);
        bool goes_too = false;
        for (const pg::object_address &a : going)
            goes_too |= (a.class_id == class_id && a.object_id == object_id) || a.object_id == relation;
        if (!goes_too) return true;
    }
    return false;
}

int drop(pg::spi_session &session, pg::value revision) {
    addresses const owned = look_up(session, revision);
    addresses going;
    for (const pg::object_address &a : owned)
        if (!pg::is_extension(a.class_id) || !is_extension_in_use(session, a, owned)) going.push_back(a);
    pg::drop_objects({going.data(), going.size()});
    return static_cast<int>(going.size());
}

}   // namespace

int drop_created(pg::spi_session &session, const registry::revision_record &revision) {
    return drop(session, pg::to_value(revision.revision));
}

int drop_everything_created(pg::spi_session &session) { return drop(session, pg::null_value(pg::to_value("").type)); }

}   // namespace whisper::state

// whisper_verify, whisper_assert, whisper_status, whisper_tables.

#include "check/status.hpp"
#include "check/verify.hpp"
#include "pg/entry.hpp"
#include "pg/table_result.hpp"

#include <algorithm>

using namespace whisper;

WHISPER_FUNCTION(whisper_verify) {
    pg::table_result result(fcinfo);
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 0);
    session::workspace work(session::access::read);
    for (const check::finding &f : check::verify(work, profile))
        result.put(f.check_name, f.subject, f.ok, f.detail, pg::text_or_null(f.hint));
    return 0;
}

WHISPER_FUNCTION(whisper_assert) {
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 0);
    session::workspace work(session::access::read);
    check::require_ok(check::verify(work, profile));
    PG_RETURN_VOID();
}

WHISPER_FUNCTION(whisper_status) {
    pg::table_result result(fcinfo);
    session::workspace work(session::access::read);
    for (const check::tier_status &s : check::status(work))
        result.put(s.tier, s.kind, pg::text_or_null(s.current), pg::text_or_null(s.head), int32{s.applied},
                   int32{s.pending}, int32{s.deferred}, int32{s.changed}, int32{s.tables_expected},
                   int32{s.tables_present}, s.state);
    return 0;
}

WHISPER_FUNCTION(whisper_tables) {
    pg::table_result result(fcinfo);
    session::workspace work(session::access::read);
    const registry::registry &r = work.registry();
    check::owned_tables const tables(work.session());
    for (const registry::tier_record &tier : r.tiers)
        for (const check::owned_table &t : tables.all()) {
            if (t.tier != tier.name) continue;
            bool const critical =
                std::find(r.critical_tables.begin(), r.critical_tables.end(), t.name) != r.critical_tables.end();
            result.put(t.schema, t.name, t.tier, pg::text_or_null(t.revision), t.origin, critical,
                       t.relation != InvalidOid, t.rows);
        }
    return 0;
}

#include "pg/activity.hpp"

extern "C" {
#include "utils/backend_status.h"
}

namespace whisper::pg {

activity_scope::~activity_scope() { pgstat_report_appname(application_name ? application_name : ""); }

void activity_scope::show(const std::string &text) { pgstat_report_appname(text.c_str()); }

void lock_runners(spi_session &session) {
    // Two keys: "whsp" and "migr" as numbers; advisory locks are per database by themselves.
    constexpr const char *take = "SELECT pg_catalog.pg_try_advisory_xact_lock(2003333744, 1835624306)";
    if (session.query(take).boolean(0, 0)) return;

    rows const holder = session.query(
        "SELECT a.pid::pg_catalog.text, coalesce(a.application_name, ''), coalesce(a.usename, '')"
        " FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid"
        " WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted"
        " AND l.database OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_database"
        "   WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())"
        " AND l.classid OPERATOR(pg_catalog.=) 2003333744 AND l.objid OPERATOR(pg_catalog.=) 1835624306");
    std::string who = "another session";
    if (holder.size() > 0) {
        who = "process " + holder.as_text(0, 0);
        if (std::string const application = holder.as_text(0, 1); !application.empty()) who += " (" + application + ")";
    }
    notice("waiting for " + who + ", which is migrating this database");
    session.query("SELECT pg_catalog.pg_advisory_xact_lock(2003333744, 1835624306)");
}

}   // namespace whisper::pg

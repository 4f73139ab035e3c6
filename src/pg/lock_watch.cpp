#include "pg/lock_watch.hpp"

#include "pg/object_watch.hpp"
#include "pg/settings.hpp"

#include <csignal>

extern "C" {
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/timeout.h"
}

namespace whisper::pg {
namespace {

constexpr int interval = 10;   // milliseconds

// Written by a signal handler, so they cannot belong to an object.
LOCKTAG awaited_tag;
volatile sig_atomic_t awaited_mode = NoLock;
volatile sig_atomic_t samples = 0;

// Called by the server's timer between any two instructions of ours: reads memory, nothing else. The lock that this
// process itself waits for stays where it is until it has stopped waiting.
void sample() {
    if (!MyProc || !MyProc->waitLock) return;
    awaited_tag = MyProc->waitLock->tag;
    awaited_mode = MyProc->waitLockMode;
    samples = samples + 1;
}

TimeoutId sampling_timeout() {
    static TimeoutId const id = call(RegisterTimeout, USER_TIMEOUT, timeout_handler_proc{sample});
    return id;
}

LOCKMODE mode_named(std::string_view name) {
    for (LOCKMODE mode = AccessShareLock; mode <= AccessExclusiveLock; ++mode)
        if (name == GetLockmodeName(DEFAULT_LOCKMETHOD, mode)) return mode;
    return NoLock;
}

constexpr const char *activity = " coalesce(a.application_name, ''), a.query_start, coalesce(a.state, '')";

// As the caller sees pg_stat_activity: of others' sessions it hides what they do, and since when.
class callers_view {
public:
    callers_view() { settings_.set("search_path", engine_search_path); }

private:
    settings_scope settings_;
};

std::string describe(const rows &found, std::size_t i, int first, std::string_view mode, std::string_view object) {
    std::string text = "process " + found.as_text(i, 0) + " (";
    if (std::string const application = found.text(i, first); !application.empty()) text += application + ", ";
    if (std::string const state = found.text(i, first + 2); !state.empty() && state != "active") text += state + ", ";
    text += found.is_null(i, first + 1) ? "query unknown" : "query started at " + shown(found.time(i, first + 1));
    text += ") holds ";
    text += mode;
    if (!object.empty()) text.append(" on ").append(object);
    return text;
}

// The columns of pg_locks that the tag is found by.
std::string tag_condition(const LOCKTAG &tag) {
    auto const number = [](uint64 n) { return std::to_string(n); };
    switch (static_cast<LockTagType>(tag.locktag_type)) {
        case LOCKTAG_RELATION:
            return "l.locktype = 'relation' AND l.database = " + number(tag.locktag_field1) +
                   " AND l.relation = " + number(tag.locktag_field2);
        case LOCKTAG_TRANSACTION:
            return "l.locktype = 'transactionid' AND l.transactionid = '" + number(tag.locktag_field1) + "'";
        case LOCKTAG_TUPLE:
            return "l.locktype = 'tuple' AND l.database = " + number(tag.locktag_field1) +
                   " AND l.relation = " + number(tag.locktag_field2) + " AND l.page = " + number(tag.locktag_field3) +
                   " AND l.tuple = " + number(tag.locktag_field4);
        case LOCKTAG_VIRTUALTRANSACTION:
            return "l.locktype = 'virtualxid' AND l.virtualxid = '" + number(tag.locktag_field1) + "/" +
                   number(tag.locktag_field2) + "'";
        case LOCKTAG_OBJECT:
            return "l.locktype = 'object' AND l.database = " + number(tag.locktag_field1) +
                   " AND l.classid = " + number(tag.locktag_field2) + " AND l.objid = " + number(tag.locktag_field3);
        case LOCKTAG_ADVISORY:
            return "l.locktype = 'advisory' AND l.database = " + number(tag.locktag_field1) +
                   " AND l.classid = " + number(tag.locktag_field2) + " AND l.objid = " + number(tag.locktag_field3);
        default:
            return {};
    }
}

}   // namespace

lock_watch::lock_watch() {
    samples = 0;
    awaited_mode = NoLock;
    TimeoutId const id = sampling_timeout();
    call(enable_timeout_every, id, TimestampTz{GetCurrentTimestamp() + int64{interval} * 1000}, interval);
}

lock_watch::~lock_watch() { disable_timeout(sampling_timeout(), false); }

int64 lock_watch::waited() const noexcept { return int64{samples} * interval; }

strings lock_watch::blockers(spi_session &session) const {
    strings found;
    if (samples == 0 || awaited_mode == NoLock) return found;
    LOCKTAG const tag = awaited_tag;
    std::string const condition = tag_condition(tag);
    if (condition.empty()) return found;
    callers_view const scope;
    std::string const query =
        "SELECT l.pid, l.mode," + std::string(activity) +
        " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.granted AND l.pid <> pg_backend_pid()"
        " AND " +
        condition + " ORDER BY l.pid, l.mode";
    rows const holders = session.query_catalog(query.c_str());
    bool const relation = tag.locktag_type == LOCKTAG_RELATION || tag.locktag_type == LOCKTAG_TUPLE;
    std::string const object = relation ? relation_name(tag.locktag_field2) : std::string();
    for (std::size_t i = 0; i < holders.size(); ++i) {
        std::string const mode = holders.text(i, 1);
        LOCKMODE const held = mode_named(mode);
        if (held != NoLock && !DoLockModesConflict(held, static_cast<LOCKMODE>(awaited_mode))) continue;
        found.push_back(describe(holders, i, 2, mode, object));
    }
    return found;
}

strings blockers_of(spi_session &session, int pid) {
    callers_view const scope;
    std::string const query =
        "SELECT b.pid, l.mode, coalesce(l.relation::regclass::text, l.locktype)," + std::string(activity) +
        " FROM (SELECT DISTINCT unnest(pg_blocking_pids($1)) AS pid) b LEFT JOIN (pg_locks w JOIN pg_locks l"
        "  ON w.pid = $1 AND NOT w.granted AND l.granted AND (l.locktype, l.database, l.relation, l.page, l.tuple,"
        "   l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid) IS NOT DISTINCT FROM (w.locktype, "
        "w.database,"
        "   w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid))"
        "  ON l.pid = b.pid LEFT JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY b.pid, l.mode";
    rows const holders = session.query_catalog(query.c_str(), {to_value(int32{pid})});
    strings found;
    for (std::size_t i = 0; i < holders.size(); ++i)
        found.push_back(describe(holders, i, 3, holders.is_null(i, 1) ? "a place before it" : holders.text(i, 1),
                                 holders.is_null(i, 1) ? "in the queue" : holders.text(i, 2)));
    return found;
}

int64 deadlock_timeout_within(int64 lock_timeout) noexcept {
    return std::min<int64>(DeadlockTimeout, std::max<int64>(lock_timeout / 2, 1));
}

void cap_lock_timeout(int64 milliseconds) {
    auto const set = [](const char *name, int64 limit) {
        std::string const value = std::to_string(limit);
        call(set_config_option, name, value.c_str(), PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    };
    if (int64 const limit = deadlock_timeout_within(milliseconds); limit < DeadlockTimeout)
        set("deadlock_timeout", limit);
    if (LockTimeout == 0 || LockTimeout > milliseconds) set("lock_timeout", milliseconds);
}

}   // namespace whisper::pg

#include "pg/section_end.hpp"

#include <algorithm>

extern "C" {
#include "commands/trigger.h"
}

namespace whisper::pg {
namespace {

struct waiting_constraints {
    std::string immediate, deferred;   // lists for SET CONSTRAINTS
};

void add(std::string &list, const std::string &name) { list += (list.empty() ? "" : ", ") + name; }

waiting_constraints find_waiting(spi_session &session) {
    waiting_constraints found;
    rows const triggers = session.query_often_as_caller(R"sql(
        SELECT DISTINCT t.tgrelid, pg_catalog.format('%I.%I', n.nspname, c.conname), c.condeferred
            FROM pg_catalog.pg_trigger AS t
                JOIN pg_catalog.pg_constraint AS c ON c.oid OPERATOR(pg_catalog.=) t.tgconstraint
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.connamespace
            WHERE t.tgdeferrable
    )sql",
                                                        {});
    for (std::size_t i = 0; i < triggers.size(); ++i) {
        if (!call(AfterTriggerPendingOnRel, triggers.oid(i, 0))) continue;
        add(found.immediate, triggers.text(i, 1));
        if (triggers.boolean(i, 2)) add(found.deferred, triggers.text(i, 1));
    }
    return found;
}

strings open_cursors(spi_session &session) {
    rows const found = session.query_as_caller("SELECT name FROM pg_catalog.pg_cursor() AS c");
    strings names;
    for (std::size_t i = 0; i < found.size(); ++i) names.push_back(found.text(i, 0));
    return names;
}

int64 count_temporary_objects(spi_session &session) {
    rows const count = session.query_as_caller(R"sql(
        SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend
            WHERE refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
                AND refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
    )sql");
    return count.int8(0, 0);
}

}   // namespace

void fire_deferred_triggers(spi_session &session) {
    // A trigger may make another one wait, of a table that was done already.
    constexpr int most_rounds = 1000;
    for (int round = 0; round < most_rounds; ++round) {
        waiting_constraints const waiting = find_waiting(session);
        if (waiting.immediate.empty()) return;
        check_interrupts();
        session.run(("SET CONSTRAINTS " + waiting.immediate + " IMMEDIATE").c_str());
        if (!waiting.deferred.empty()) session.run(("SET CONSTRAINTS " + waiting.deferred + " DEFERRED").c_str());
    }
    throw failure("54001", "deferred triggers go on firing each other",
                  "They were fired " + std::to_string(most_rounds) + " times at the end of the section.",
                  "mend the triggers, or drop them in the migration");
}

nothing_left_behind::nothing_left_behind(spi_session &session)
    : cursors_(open_cursors(session)), temporary_objects_(count_temporary_objects(session)) {}

void nothing_left_behind::check(spi_session &session) {
    for (const std::string &name : open_cursors(session))
        if (std::ranges::find(cursors_, name) == cursors_.end())
            if (Portal const cursor = call(SPI_cursor_find, name.c_str())) call(SPI_cursor_close, cursor);
    if (count_temporary_objects(session) <= temporary_objects_) return;
    throw failure("0A000", "the migration leaves temporary objects behind",
                  "Another role of this session might take them for its own.",
                  "drop them at the end of the section, or run it in a session of the role that registered it");
}

section_scope::section_scope(spi_session &session, authority how, Oid owner) : session_(session), rights_(how, owner) {
    if (how != authority::callers) left_.emplace(session);
}

void section_scope::finish() {
    fire_deferred_triggers(session_);
    if (left_) left_->check(session_);
}

}   // namespace whisper::pg

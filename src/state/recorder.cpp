#include "state/recorder.hpp"

#include "pg/memory.hpp"
#include "pg/parse.hpp"
#include "pg/settings.hpp"
#include "registry/record.hpp"
#include "session/search_path.hpp"
#include "state/object_record.hpp"

namespace whisper::state {
namespace {

// Arrays of bytea are sent as hexadecimal text.
std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (unsigned char const c : bytes) {
        out += digits[c >> 4];
        out += digits[c & 15];
    }
    return out;
}

// The server's tag; CREATE OR REPLACE has the same as CREATE there.
std::string verb_of(const script::statement_traits &traits) {
    constexpr std::string_view create = "CREATE";
    std::string verb = traits.command;
    if (traits.or_replace && verb.starts_with(create)) verb.insert(create.size(), " OR REPLACE");
    return verb;
}

}   // namespace

int64 next_run(pg::spi_session &session) { return session.query("SELECT nextval('whisper.run_id')").int8(0, 0); }

recorder::recorder(int64 run) : search_path_(session::search_path_text()) {
    if (run != 0) run_ = run;
}

void recorder::statements_of(const registry::revision_record &revision, const script::program &program,
                             const boost::container::vector<bool> *done) {
    for (std::size_t i = 0; i < program.actions.size(); ++i) {
        const script::action &a = program.actions[i];
        if (a.kind != script::action_kind::echo && (!done || (*done)[i])) keep(revision, a);
    }
}

void recorder::keep(const registry::revision_record &revision, const script::action &a) {
    const script::statement_object *const object = a.traits.object();
    statements_.push_back({revision.revision, registry::token_checksum(a.text), verb_of(a.traits),
                           object ? object->type : std::string(), object ? pg::to_text(object->name) : std::string(),
                           a.number, a.line, a.traits.rerunnable});
}

void recorder::statement_of(pg::spi_session &session, const registry::revision_record &revision,
                            const script::action &a) {
    constexpr std::size_t enough = 2000;
    keep(revision, a);
    if (statements_.size() < enough) return;
    pg::engine_scope const scope;
    pg::memory_scope memory;
    pg::current_context const here(memory.context());
    write_statements(session, run_id(session));
}

int64 recorder::run_id(pg::spi_session &session) {
    if (!run_) run_ = next_run(session);
    return *run_;
}

void recorder::flush(pg::spi_session &session, std::span<const pg::object_event> events) {
    if (steps_.empty() && statements_.empty()) return;
    int64 const run = run_id(session);
    write_applied(session, run);
    write_history(session, run);
    write_statements(session, run);
    record_changed_objects(session, events);
    record_new_objects(session, run, events, owners());
    steps_.clear();
    restored_.clear();
    begun_.clear();
    run_.reset();
}

void recorder::write_applied(pg::spi_session &session, int64 run) {
    pg::strings revisions, gone, tiers, origins, checksums;
    boost::container::vector<int64> elapsed, moments;
    boost::container::vector<int32> counts;
    for (const step_record &s : steps_) {
        if (s.origin.empty()) {
            if (s.direction == "down" || s.direction == "forget" || s.direction == "rebuild")
                gone.push_back(s.revision->revision);
            continue;
        }
        revisions.push_back(s.revision->revision);
        tiers.push_back(s.revision->tier);
        origins.push_back(s.origin);
        checksums.push_back(hex(s.revision->checksum));
        elapsed.push_back(s.elapsed);
        moments.push_back(s.at.at);
        counts.push_back(s.statements);
    }
    if (!gone.empty()) {
        session.query("DELETE FROM whisper.applied WHERE revision = ANY ($1)", {pg::to_value(gone)});
        session.query("DELETE FROM whisper.statement WHERE revision = ANY ($1)", {pg::to_value(gone)});
    }
    boost::container::vector<std::string> settled = gone;
    settled.insert(settled.end(), revisions.begin(), revisions.end());
    if (!settled.empty())
        session.query("DELETE FROM whisper.unfinished_statement WHERE revision = ANY ($1)", {pg::to_value(settled)});
    if (revisions.empty()) return;
    session.query(
        "INSERT INTO whisper.applied (revision, tier, run, applied_by, applied_at, elapsed, statements, checksum,"
        " origin, search_path, applied_by_oid) SELECT u.revision, u.tier, $1, $2::name,"
        " '2000-01-01 00:00:00+00'::timestamptz OPERATOR(pg_catalog.+)"
        "  (u.moment * '1 microsecond'::interval),"
        " u.elapsed * '1 microsecond'::interval, u.statements,"
        " decode(u.checksum, 'hex'), u.origin, $10, $11"
        " FROM ROWS FROM (unnest($3), unnest($4), unnest($5), unnest($6),"
        "  unnest($7), unnest($8), unnest($9))"
        " AS u (revision, tier, moment, elapsed, statements, checksum, origin)"
        " ON CONFLICT (revision) DO UPDATE SET run = excluded.run, applied_by = excluded.applied_by,"
        " applied_at = excluded.applied_at, elapsed = excluded.elapsed, statements = excluded.statements,"
        " checksum = excluded.checksum, search_path = excluded.search_path, applied_by_oid = excluded.applied_by_oid",
        {pg::to_value(run), pg::to_value(pg::session_role_name()), pg::to_value(revisions), pg::to_value(tiers),
         pg::to_value(moments), pg::to_value(elapsed), pg::to_value(counts), pg::to_value(checksums),
         pg::to_value(origins), pg::to_value(search_path_), pg::oid_value(pg::session_author().role)});
}

void recorder::write_history(pg::spi_session &session, int64 run) {
    pg::strings revisions, tiers, directions, checksums, messages;
    boost::container::vector<int64> elapsed, moments;
    boost::container::vector<int32> numbers, counts;
    for (const step_record &s : steps_) {
        numbers.push_back(s.number);
        directions.push_back(s.direction);
        tiers.push_back(s.revision->tier);
        revisions.push_back(s.revision->revision);
        checksums.push_back(hex(s.revision->checksum));
        messages.push_back(s.revision->message);
        elapsed.push_back(s.elapsed);
        moments.push_back(s.at.at);
        counts.push_back(s.statements);
    }
    session.query(
        "INSERT INTO whisper.history (id, run, step, direction, tier, revision, executed_by, executed_at, elapsed,"
        " statements, checksum, message) SELECT nextval('whisper.history_id'), $1, u.step, u.direction,"
        " u.tier, u.revision, $2::name,"
        " '2000-01-01 00:00:00+00'::timestamptz OPERATOR(pg_catalog.+)"
        "  (u.moment * '1 microsecond'::interval),"
        " u.elapsed * '1 microsecond'::interval, u.statements,"
        " decode(u.checksum, 'hex'), u.message"
        " FROM ROWS FROM (unnest($3), unnest($4), unnest($5), unnest($6),"
        "  unnest($7), unnest($8), unnest($9), unnest($10),"
        "  unnest($11))"
        " AS u (step, direction, tier, revision, moment, elapsed, statements, checksum, message)",
        {pg::to_value(run), pg::to_value(pg::session_role_name()), pg::to_value(numbers), pg::to_value(directions),
         pg::to_value(tiers), pg::to_value(revisions), pg::to_value(moments), pg::to_value(elapsed),
         pg::to_value(counts), pg::to_value(checksums), pg::to_value(messages)});
}

void recorder::write_statements(pg::spi_session &session, int64 run) {
    if (statements_.empty()) return;
    pg::strings fresh, revisions, checksums, verbs, types, names, rerunnable;
    boost::container::vector<int32> numbers, lines;
    for (const statement_record &s : statements_) {
        if (s.revision != begun_) {
            begun_ = s.revision;
            fresh.push_back(s.revision);
        }
        revisions.push_back(s.revision);
        numbers.push_back(s.number);
        lines.push_back(s.line);
        checksums.push_back(hex(s.checksum));
        verbs.push_back(s.verb);
        types.push_back(s.object_type);
        names.push_back(s.object_name);
        rerunnable.push_back(s.rerunnable ? "t" : "f");
    }
    statements_.clear();
    session.query("DELETE FROM whisper.statement WHERE revision = ANY ($1)", {pg::to_value(fresh)});
    session.query(
        "INSERT INTO whisper.statement (revision, number, line, checksum, verb, object_type, object_name, rerunnable,"
        " run) SELECT u.revision, u.number, u.line, decode(u.checksum, 'hex'), u.verb, u.object_type,"
        " u.object_name, u.rerunnable::bool, $1"
        " FROM ROWS FROM (unnest($2), unnest($3), unnest($4), unnest($5),"
        "  unnest($6), unnest($7), unnest($8), unnest($9))"
        " AS u (revision, number, line, checksum, verb, object_type, object_name, rerunnable)",
        {pg::to_value(run), pg::to_value(revisions), pg::to_value(numbers), pg::to_value(lines),
         pg::to_value(checksums), pg::to_value(verbs), pg::to_value(types), pg::to_value(names),
         pg::to_value(rerunnable)});
}

object_owner recorder::owners() const {
    std::unordered_map<int, const step_record *> step_of;
    for (const step_record &s : steps_) step_of.emplace(s.number, &s);
    return [this, step_of = std::move(step_of)](int number, Oid object) -> std::pair<std::string, std::string> {
        step_record const &step = *step_of.at(number);
        registry::revision_record const &revision = *step.revision;
        if (auto const restored = restored_.find(object); restored != restored_.end())
            return {revision.tier, restored->second};
        // What a way down makes again was there before its revision.
        bool const before = step.direction == "down" && !revision.down_revisions.empty();
        return {revision.tier, before ? revision.down_revisions.front() : revision.revision};
    };
}

}   // namespace whisper::state

#pragma once
// What a run leaves in the catalog: applied, history, statement, statement_object, owned_object. Collected step by
// step, written at once.

#include "pg/object_watch.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"
#include "script/program.hpp"
#include "state/history.hpp"
#include "state/object_record.hpp"
#include "state/statement_objects.hpp"

#include <unordered_map>

namespace whisper::state {

// What a step leaves applied, and why; as in whisper.applied.origin.
enum class applied_by : unsigned char { nothing, upgrade, stamp, adoption, capture };

struct step_record {
    int number;   // 1-based, in the run
    step_kind kind;
    const registry::revision_record *revision;
    applied_by origin;
    int statements;
    int64 elapsed;   // microseconds
    pg::timestamp at;
};

struct statement_record {
    std::string revision;
    int number, line;
    std::string checksum, verb, object_type, object_name;
    bool rerunnable;
    int64 run;
};

// The number of a new run; under pg::engine_scope.
int64 next_run(pg::spi_session &session);
// The one made last, which is the caller's as long as no other run may come in between; likewise.
int64 last_run(pg::spi_session &session);

class recorder {
public:
    // The run that everything belongs to; 0 makes a new one when something is written.
    // Made before pg::engine_scope: the search_path of this moment is what applied revisions are looked up in.
    explicit recorder(int64 run = 0);
    void add(const step_record &step) { steps_.push_back(step); }
    // The statements that an applied repeatable file now consists of; they replace what is recorded. With `done`, only
    // those marked there. They have not run here: what they name is taken for what they made.
    void statements_of(const registry::revision_record &revision, const script::program &program,
                       const boost::container::vector<bool> *done = nullptr);

    // The same of a file that ran, and tells its objects itself.
    void statements_run(const registry::revision_record &revision, const script::program &program);
    statement_objects &objects() noexcept { return objects_; }

    // One of them, as it runs. Many are written before the end of the run, so that they take no memory.
    void statement_of(pg::spi_session &session, const registry::revision_record &revision, const script::action &a);

    // A table that a way down made again belongs to the revision that had made it first.
    void restored(Oid table, std::string revision) { restored_.insert_or_assign(table, std::move(revision)); }

    // Writes everything, under pg::engine_scope, and starts anew. `events` are those of the recorded steps.
    void flush(pg::spi_session &session, std::span<const pg::object_event> events);

private:
    void write_applied(pg::spi_session &session, int64 run);
    void write_history(pg::spi_session &session, int64 run);
    void write_statements(pg::spi_session &session, int64 run);
    void keep(const registry::revision_record &revision, const script::action &a);
    int64 run_id(pg::spi_session &session);
    object_owner owners() const;

    boost::container::vector<step_record> steps_;
    std::unordered_map<Oid, std::string> restored_;
    boost::container::vector<statement_record> statements_;
    statement_objects objects_;
    std::string begun_;   // the revision of which some statements are written already
    std::string search_path_;
    std::optional<int64> run_;   // once something of the run is written
};

}   // namespace whisper::state

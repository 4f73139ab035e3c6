#pragma once
// Runs single steps of a plan in the transaction at hand: execute, own, record, report.

#include "plan/planner.hpp"
#include "run/execute.hpp"
#include "run/explain.hpp"
#include "run/own_catalog.hpp"
#include "session/workspace.hpp"
#include "state/ownership.hpp"
#include "state/recorder.hpp"

#include <memory>
#include <unordered_set>

namespace whisper::run {

struct done_step {
    int number;
    const registry::revision_record *revision;
    const char *direction;   // "up" or "down"
    int statements;
    int64 elapsed;   // microseconds
};

class step_runner {
public:
    // `before` is called with every statement just before it runs. `run` is the run that the steps belong to; 0 makes
    // a new one whenever something is recorded.
    step_runner(session::workspace &work, const plan::run_plan &plan, bool allow_data_loss, before_action before = {},
                int64 run = 0);
    step_runner(const step_runner &) = delete;
    step_runner &operator=(const step_runner &) = delete;
    ~step_runner();

    // Runs the step and keeps what is to be recorded. Throws what run_program() throws, with the engine's own hints;
    // not_owner_tier, changed_statement.
    done_step run(const plan::planned_step &step, int number);
    // Records all that ran since the last time, in the run it belongs to. Throws data_loss when rows were lost that
    // were not allowed to be.
    void record();

    // The parts that a deploy commits one by one: run() without its records, ...
    int run_section(const plan::planned_step &step, int number);
    // ... the objects alone, ...
    void record_objects(const plan::planned_step &step);
    // ... and the step, which others ran.
    done_step note_done(const plan::planned_step &step, int number, int statements, pg::timestamp began);

    // After the transaction was rolled back, or something else changed what is owned.
    void start_over();

private:
    struct attempt;   // what one transaction gathers

    attempt &current();
    std::string repeat_allowed() const;
    bool takes_back(const std::string &revision) const;
    int run_up(const registry::revision_record &revision, bool again);
    int run_some(const registry::revision_record &revision, const registry::revision_text &text);
    void begin_statement(const registry::revision_record &revision, const script::action &a);
    void prepare(const registry::revision_record &revision, const script::action &a);
    int run_down(const registry::revision_record &revision);
    template <class F>
    int explained(const registry::revision_record &revision, bool up, F section);
    void explain(const registry::revision_record &revision, bool up, pg::postgres_error &error) const;

    session::workspace &work_;
    const plan::run_plan &plan_;
    bool const down_, allow_data_loss_;
    before_action const before_;
    int64 const run_;
    std::unordered_set<std::string> begun_;
    own_catalog const own_catalog_;
    std::optional<state::ownership> owners_;
    std::unique_ptr<attempt> attempt_;
    made_names made_;
    std::optional<script::statement_traits> statement_;   // at work, or the last one
    std::string statement_of_;                            // its revision
};

}   // namespace whisper::run

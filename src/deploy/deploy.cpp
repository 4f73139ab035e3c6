#include "deploy/deploy.hpp"

#include "deploy/batch_run.hpp"
#include "deploy/worker.hpp"
#include "deploy/worker_monitor.hpp"
#include "pg/procedure.hpp"
#include "plan/lock_budget.hpp"
#include "registry/record.hpp"
#include "registry/store.hpp"
#include "run/runner.hpp"
#include "run/top_level_check.hpp"
#include "state/deploy_record.hpp"
#include "state/unfinished.hpp"
#include "sync/claims.hpp"
#include "sync/history.hpp"

#include <algorithm>

namespace whisper::deploy {
namespace {

// An error that has been rolled back: the session is as before the transaction.
struct step_failure {
    pg::caught_error error;
    int statements = 0;   // of the step that had run
};

// How often, in microseconds, whisper_cancel() is listened to within one transaction.
constexpr int64 cancel_interval = 100000;

class deployment {
public:
    deployment(session::workspace &work, const plan::run_plan &plan, const lock_limits &limits, int64 run)
        : work_(work),
          plan_(plan),
          limits_(limits),
          run_(run),
          check_(work, plan),
          runner_(
              work, plan, plan.request.allow_data_loss, [this](const script::action &a) { before_statement(a); }, run) {
    }

    void run() {
        for (const plan::planned_step &step : plan_.steps) {
            ++number_;
            began_ = pg::now();
            try {
                run_step(step);
            } catch (const step_failure &failed) {
                record(step, failed);
                failed.error.rethrow();
            }
        }
        end();
    }

private:
    const registry::revision_record &revision_of(const plan::planned_step &step) const {
        return work_.registry().revisions[step.revision];
    }

    void run_step(const plan::planned_step &step) {
        const registry::revision_record &revision = revision_of(step);
        what_ = "revision \"" + revision.revision + "\"";
        show(revision);
        bool whole = revision.is_transactional(step.up);
        if (whole)
            in_transaction([&] {
                whole = check_.is_transactional(revision, step.up);
                if (!whole) return;
                plan::require_lock_space(revision);
                runner_.run(step, number_);
                finish();
            });
        if (whole) return;
        int statements = run_section(step);
        if (step.up && !revision.batch_options.empty()) {
            run_batch(revision);
            ++statements;
        }
        in_transaction([&] {
            runner_.note_done(step, number_, statements, began_);
            finish();
        });
    }

    void finish() {
        runner_.record();
        sync::sync_history(work_);
    }

    void show(const registry::revision_record &revision, int statement = 0, int statements = 0) {
        std::string text = run::shown_step(number_, plan_.steps.size(), revision.revision);
        if (statement > 0) text += " " + std::to_string(statement) + "/" + std::to_string(statements);
        activity_.show(text);
    }

    // Called with each statement of a revision that runs here.
    void before_statement(const script::action &a) {
        wanted_ = script::wanted_lock(a.traits);
        pg::cap_lock_timeout(remaining_lock_timeout(limits_, watch_ ? watch_->waited() : 0));
        pg::timestamp const now = pg::now();
        if (now.at - listened_.at < cancel_interval) return;
        listened_ = now;
        if (state::is_cancel_requested(work_.session(), run_)) state::stop_as_requested();
    }

    // Runs `body` and commits, again and again while locks are in the way. Throws step_failure.
    template <class F>
    void in_transaction(F body) {
        lock_retry tries(limits_);
        for (;;) {
            pg::strings blockers;
            std::optional<pg::caught_error> failed = try_once(body, blockers);
            if (!failed) failed = pg::catch_error<pg::whole_transaction>([] {});
            if (!failed) return;
            runner_.start_over();
            pg::commit_transaction();
            if (failed->interrupt || !tries.is_retryable(failed->what)) throw step_failure{*failed};
            int64 milliseconds = 0;
            without_snapshot([&] {
                if (!tries.has_time()) tries.give_up(what_, blockers);
                milliseconds = tries.pause(what_, failed->what, blockers);
            });
            pause(milliseconds);
        }
    }

    // Runs `body`, which must not fail for long, in a transaction that holds nothing. Throws step_failure.
    template <class F>
    void without_snapshot(F body) {
        auto const failed = pg::catch_error<pg::subtransaction>(body);
        pg::commit_transaction();
        if (failed) throw step_failure{*failed};
    }

    void pause(int64 milliseconds) {
        in_naps(milliseconds, [this](int64 nap) {
            without_snapshot([&] {
                pg::sleep_for(nap);
                pg::take_snapshot();
                if (state::is_cancel_requested(work_.session(), run_)) state::stop_as_requested();
            });
        });
    }

    template <class F>
    std::optional<pg::caught_error> try_once(F body, pg::strings &blockers) {
        pg::take_snapshot();
        pg::lock_watch const watch;
        watch_ = &watch;
        auto failed = pg::catch_error<pg::subtransaction>([&] {
            if (state::is_cancel_requested(work_.session(), run_)) state::stop_as_requested();
            pg::settings_scope settings;
            pg::cap_lock_timeout(limits_.lock_timeout);
            body();
            work_.require_alone();
        });
        watch_ = nullptr;
        // Right away: whoever it was may be gone soon.
        if (failed && lock_retry::is_about_locks(failed->what)) {
            auto const ignored = pg::attempt([&] { blockers = watch.blockers(work_.session()); });
            if (!wanted_.empty()) blockers.insert(blockers.begin(), wanted_);
        }
        return failed;
    }

    // The up or down section of a revision that is committed piece by piece. Returns the number of statements.
    int run_section(const plan::planned_step &step) {
        const registry::revision_record &revision = revision_of(step);
        if (step.up && revision.up_transactional && !revision.batch_options.empty()) return run_head(step);
        int statements = 0;
        in_transaction([&] {
            run::require_own_rights(revision);
            registry::revision_text const text = registry::read_text(work_.session(), revision);
            statements = script::compile(script::unread(), step.up ? text.up : *text.down, revision.file,
                                         step.up ? text.up_line : text.down_line)
                             .statements();
        });
        top_level_section const section{run_,
                                        number_,
                                        static_cast<int>(plan_.steps.size()),
                                        revision.revision,
                                        step.up,
                                        plan_.request.allow_data_loss,
                                        limits_};
        worker_monitor worker(work_.session(), limits_, what_);
        auto failed = worker.run(section, [&](int statement) { show(revision, statement, statements); });
        if (failed) throw step_failure{*failed, std::max(worker.statement() - 1, 0)};
        runner_.start_over();   // somebody else's objects
        return statements;
    }

    // What stands before a batch: one transaction, recorded as the revision's first piece.
    int run_head(const plan::planned_step &step) {
        const registry::revision_record &revision = revision_of(step);
        int statements = 0;
        in_transaction([&] {
            registry::revision_text const text = registry::read_text(work_.session(), revision);
            std::string const checksum = registry::token_checksum(text.up);
            state::unfinished_pieces const pieces(work_.session(), revision.revision, "up");
            const state::unfinished *const before = pieces.require_same(0, checksum, revision);
            statements = script::compile(script::unread(), text.up, revision.file, text.up_line).statements();
            if (statements == 0 || (before && before->done)) return;
            runner_.run_section(step, number_);
            runner_.record_objects(step);
            state::note_started(work_.session(), run_, revision.revision, "up", 0, checksum);
            state::note_done(work_.session(), revision.revision, "up", 0);
        });
        return statements;
    }

    void run_batch(const registry::revision_record &revision) {
        std::optional<batch_runner> batch;
        in_transaction([&] { batch.emplace(work_, revision, run_); });
        for (bool more = true; more;) {
            in_transaction([&] {
                before_statement({});
                more = batch->run_next();
            });
            show(revision);
            if (more) pause(batch->pause());
        }
        without_snapshot([&] {
            pg::notice(what_ + ": batch of " + batch->progress() + " in " + std::to_string(batch->ranges()) +
                       " ranges");
        });
    }

    void record(const plan::planned_step &step, const step_failure &failed) {
        pg::take_snapshot();
        state::record_failure(work_.session(), run_, {number_, revision_of(step), began_, failed.statements},
                              failed.error.what);
        end();
    }

    void end() {
        pg::take_snapshot();
        state::end_deployment(work_.session(), run_);
        pg::commit_transaction();
    }

    session::workspace &work_;
    const plan::run_plan &plan_;
    lock_limits const limits_;
    int64 const run_;
    pg::activity_scope activity_;
    run::top_level_check const check_;
    run::step_runner runner_;
    const pg::lock_watch *watch_ = nullptr;
    pg::timestamp listened_, began_;
    std::string what_, wanted_;   // the revision at work, the lock that its statement takes
    int number_ = 0;
};

}   // namespace

namespace {

void run_deploy(const plan::run_request &request, const lock_limits &limits) {
    session::workspace work(session::workspace::deploy, limits.max_wait);
    registry::require_unchanged(work.registry());
    plan::run_plan const plan = plan::plan_run(work.session(), work.registry(), request);
    run::require_ways_down(work.registry(), plan);
    state::require_none_unfinished_above(work, plan);
    sync::require_unclaimed(work, plan);
    if (plan.steps.empty()) {
        sync::sync_history(work);
        pg::commit_transaction();
        return;
    }
    int64 const run = state::begin_deployment(work.session(), plan);
    deployment deploying(work, plan, limits, run);
    pg::commit_transaction();
    deploying.run();
}

}   // namespace

void deploy(const plan::run_request &request, const lock_limits &limits) {
    try {
        run_deploy(request, limits);
    } catch (pg::postgres_error &error) {
        run::explain_timeout(error, plan::deploy_call(request));
        throw;
    }
}

}   // namespace whisper::deploy

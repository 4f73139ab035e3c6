#include "deploy/worker.hpp"

#include "pg/background_entry.hpp"
#include "pg/copy_in.hpp"
#include "pg/error_context.hpp"
#include "pg/parse.hpp"
#include "pg/procedure.hpp"
#include "pg/section_end.hpp"
#include "registry/record.hpp"
#include "registry/store.hpp"
#include "run/concurrently.hpp"
#include "run/execute.hpp"
#include "run/explain.hpp"
#include "run/runner.hpp"
#include "state/deploy_record.hpp"
#include "state/object_record.hpp"
#include "state/ownership.hpp"

#include <algorithm>

namespace whisper::deploy {
namespace {

class section_runner {
public:
    explicit section_runner(top_level_section section) : section_(std::move(section)) {}

    void run() {
        lock();
        read();
        script::program const program = compile();
        // The server's hashes belong to a transaction.
        in_transaction([&] {
            for (const script::action &a : program.actions) checksums_.push_back(registry::token_checksum(a.text));
        });
        statements_ = program.statements();
        for (std::size_t i = 0, next = 0; i < program.actions.size(); i = next) {
            const script::action &a = program.actions[i];
            for (next = i + 1; a.block != 0 && next < program.actions.size(); ++next)
                if (program.actions[next].block != a.block) break;
            if (a.block != 0)
                run_block({&a, next - i}, {&checksums_[i], next - i});
            else if (a.kind == script::action_kind::echo)
                pg::notice(script::echo_text(std::string(a.text)));
            else
                run_statement(a, checksums_[i]);
        }
    }

private:
    const char *name() const noexcept { return section_.up ? "up" : "down"; }
    const registry::revision_record &revision() const { return registry_.revisions[at_]; }

    // With a snapshot, and committed at the end.
    template <class F>
    static void in_transaction(F body) {
        pg::worker_transaction transaction;
        {
            pg::snapshot_scope const snapshot;
            body();
        }
        transaction.commit();
    }

    // Anybody can take it between the deploy's look and this one. No snapshot is kept while it waits.
    void lock() const {
        std::string holder;
        in_transaction([&] {
            pg::spi_session session;
            holder = pg::try_lock_worker(session);
        });
        if (!holder.empty()) pg::wait_for_worker_lock(holder, section_.limits.max_wait);
    }

    void read() {
        in_transaction([&] {
            pg::spi_session session;
            {
                pg::engine_scope const scope;
                registry_ = registry::read_catalog(session);
            }
            auto const at =
                std::find_if(registry_.revisions.begin(), registry_.revisions.end(),
                             [&](const registry::revision_record &r) { return r.revision == section_.revision; });
            if (at == registry_.revisions.end())
                throw failure(sqlstate::unknown_revision, "revision \"" + section_.revision + "\" is not registered");
            at_ = static_cast<std::size_t>(at - registry_.revisions.begin());
            run::require_own_rights(revision());   // of this text: the deploy has looked at what was registered then
            text_ = registry::read_text(session, revision());
            pieces_.emplace(session, section_.revision, name());
            read_ownership(session);
        });
    }

    void read_ownership(pg::spi_session &session) {
        pg::engine_scope const scope;
        owners_.emplace(session, [this](const registry::revision_record &undone, Oid table) {
            return state::creator_before(registry_, undone, table);
        });
    }

    int first_line() const noexcept { return section_.up ? text_.up_line : text_.down_line; }

    script::program compile() const {
        return script::compile(pg::server_parser(), section_.up ? text_.up : *text_.down, revision().file,
                               first_line());
    }

    void show(const script::action &a) {
        wanted_ = script::wanted_lock(a.traits);
        activity_.show(run::shown_step(section_.number, static_cast<std::size_t>(section_.steps), section_.revision) +
                       " " + std::to_string(a.number) + "/" + std::to_string(statements_));
    }

    std::string place_of(const script::action &a) const { return run::place_of({revision(), first_line(), name()}, a); }

    std::string described(const script::action &a) const {
        return "revision \"" + section_.revision + "\", statement " + std::to_string(a.number);
    }

    void run_statement(const script::action &a, const std::string &checksum) {
        const state::unfinished *const before = pieces_->require_same(a.number, checksum, revision());
        // In a session of the worker's own, what steers the statements that follow has to run again.
        if (before && before->done && !a.traits.steers) return;
        show(a);
        bool tried_before = before != nullptr;
        auto invalid_before = before ? before->invalid_before : boost::container::vector<Oid>();
        bool const waits = run::waits_for_others(a);
        std::string const where = place_of(a);
        auto const note = [&](pg::spi_session &session) {
            if (!tried_before)
                for (const run::invalid_index &i : run::invalid_indexes(session, a)) invalid_before.push_back(i.index);
            state::note_started(session, section_.run, section_.revision, name(), a.number, checksum, invalid_before);
        };
        until_done(described(a), note, [&](pg::strings &blockers) {
            pg::report_statement(a.number, waits);
            pg::error_context context;
            context.show(where);
            std::string const text = tried_before ? clear_up(a, invalid_before) : std::string(a.text);
            tried_before = true;
            limit_lock_waits(waits);
            return try_statement(a, text, blockers);
        });
    }

    // What stands between BEGIN and COMMIT.
    void run_block(std::span<const script::action> block, std::span<const std::string> checksums) {
        bool done = false;
        for (std::size_t i = 0; i < block.size(); ++i)
            if (block[i].kind != script::action_kind::echo)
                if (auto const *const piece = pieces_->require_same(block[i].number, checksums[i], revision()))
                    done |= piece->done;
        if (done) return steer_again(block, checksums);
        show(block.front());
        auto const note = [&](pg::spi_session &session) {
            for (std::size_t i = 0; i < block.size(); ++i)
                if (block[i].kind != script::action_kind::echo)
                    state::note_started(session, section_.run, section_.revision, name(), block[i].number,
                                        checksums[i]);
        };
        until_done(described(block.front()), note, [&](pg::strings &blockers) {
            limit_lock_waits(false);
            return try_block(block, blockers);
        });
    }

    void steer_again(std::span<const script::action> block, std::span<const std::string> checksums) {
        for (std::size_t i = 0; i < block.size(); ++i) {
            const script::statement_traits &traits = block[i].traits;
            bool const local = traits.begins_transaction || traits.settings.empty() || traits.settings.front().local;
            if (traits.steers && !local) run_statement(block[i], checksums[i]);
        }
    }

    // Notes that it begins and tries it, again and again while locks are in the way.
    template <class Note, class Try>
    void until_done(const std::string &what, Note note, Try attempt) {
        lock_retry tries(section_.limits);
        for (;;) {
            lock();
            in_transaction([&] {
                pg::spi_session session;
                if (state::is_cancel_requested(session, section_.run)) state::stop_as_requested();
                note(session);
            });
            pg::strings blockers;
            auto const failed = attempt(blockers);
            if (!failed) return;
            in_transaction([&] {
                pg::spi_session session;
                read_ownership(session);
            });
            if (failed->interrupt || !tries.is_retryable(failed->what)) failed->rethrow();
            if (!tries.has_time()) tries.give_up(what, blockers);
            pause(tries.pause(what, failed->what, blockers));
        }
    }

    void pause(int64 milliseconds) {
        in_naps(milliseconds, [this](int64 nap) {
            pg::sleep_for(nap);
            in_transaction([this] {
                pg::spi_session session;
                if (state::is_cancel_requested(session, section_.run)) state::stop_as_requested();
            });
        });
    }

    // Removes what an earlier try left, and gives the statement's form for another one.
    std::string clear_up(const script::action &a, const boost::container::vector<Oid> &invalid_before) {
        boost::container::vector<run::invalid_index> invalid;
        std::string text;
        in_transaction([&] {
            pg::spi_session session;
            invalid = run::invalid_indexes(session, a);
            text = run::resumed_form(session, a);
        });
        for (const run::invalid_index &i : invalid) {
            if (std::ranges::find(invalid_before, i.index) != invalid_before.end()) continue;
            pg::notice("dropping index " + i.name + ", which an interrupted build left invalid");
            limit_lock_waits(true);
            pg::worker_transaction transaction;
            pg::run_at_top_level("DROP INDEX CONCURRENTLY IF EXISTS " + i.name);
            transaction.commit();
        }
        return text;
    }

    // Nobody queues behind CONCURRENTLY: there, whoever watches this worker counts the time.
    void limit_lock_waits(bool waits) const {
        int64 const lock_timeout = waits ? 0 : section_.limits.lock_timeout;
        std::string const lock = std::to_string(lock_timeout);
        std::string const deadlock =
            std::to_string(waits ? deadlock_timeout_ : pg::deadlock_timeout_within(lock_timeout));
        pg::worker_transaction transaction;
        pg::set_for_session("lock_timeout", lock.c_str());
        pg::set_for_session("deadlock_timeout", deadlock.c_str());
        transaction.commit();
    }

    std::optional<pg::caught_error> try_statement(const script::action &a, const std::string &text,
                                                  pg::strings &blockers) {
        std::size_t checked = 0;
        auto const check = [&](std::span<const pg::object_event> events) {
            if (!run::rebuilds(a)) check_objects(events, checked);
        };
        auto failed = try_transaction(blockers, check, [&](pg::object_watch &objects, const pg::lock_watch &) {
            run_explained(a, text);
            record({&a, 1}, objects.events(), checked);
        });
        pg::report_statement(a.number, false);
        return failed;
    }

    std::optional<pg::caught_error> try_block(std::span<const script::action> block, pg::strings &blockers) {
        pg::error_context context;
        std::string where;
        std::size_t checked = 0;
        auto const check = [&](std::span<const pg::object_event> events) { check_objects(events, checked); };
        return try_transaction(blockers, check, [&](pg::object_watch &objects, const pg::lock_watch &watch) {
            for (const script::action &a : block) {
                std::string const text(a.text);
                if (a.kind == script::action_kind::echo) {
                    pg::notice(script::echo_text(text));
                    continue;
                }
                where = place_of(a);
                context.show(where);
                show(a);
                pg::report_statement(a.number, false);
                pg::cap_lock_timeout(remaining_lock_timeout(section_.limits, watch.waited()));
                run_explained(a, text);
            }
            record(block, objects.events(), checked);
        });
    }

    // Runs `body` in a transaction, and `check` before each commit that it makes on its way, and before the last.
    template <class Check, class Body>
    std::optional<pg::caught_error> try_transaction(pg::strings &blockers, Check check, Body body) {
        // The statement may end transactions: nothing of ours may live in theirs.
        pg::memory_scope const memory(TopMemoryContext);
        pg::lock_watch const watch;
        pg::object_watch objects(memory.context());
        objects.begin_step(1);
        objects.count_rows(!section_.allow_data_loss && !(section_.up && revision().allow_data_loss));
        objects.count_own_rows(!section_.up);
        std::function<void()> const before_commit = [&] { check(objects.events()); };
        objects.before_commit(&before_commit);
        auto failed = pg::catch_error<pg::worker_transaction>([&] {
            objects.protect_extension();
            body(objects, watch);
        });
        if (failed && lock_retry::is_about_locks(failed->what)) {
            auto const ignored = pg::catch_error<pg::worker_transaction>([&] {
                pg::snapshot_scope const snapshot;
                pg::spi_session session;
                blockers = watch.blockers(session);
            });
            if (!wanted_.empty()) blockers.insert(blockers.begin(), wanted_);
        }
        return failed;
    }

    void run_explained(const script::action &a, const std::string &text) const {
        try {
            run(a, text);
        } catch (pg::postgres_error &error) {
            run::explain_writing(error, {registry_, revision(), section_.up, a.block != 0, &a.traits}, {});
            throw;
        }
    }

    static void run(const script::action &a, const std::string &text) {
        if (a.kind == script::action_kind::copy) {
            pg::snapshot_scope const snapshot;
            pg::copy_in(text, a.data);
        } else if (a.block != 0) {
            pg::run_in_block(text);
        } else {
            pg::run_at_top_level(text);
        }
    }

    // Before each commit, whoever makes it: afterwards nothing could be kept from happening.
    void check_objects(std::span<const pg::object_event> events, std::size_t &checked) {
        owners_->check(revision(), section_.up, events.subspan(checked), checked != 0);
        state::require_no_loss(owners_->losses(), section_.up, "repeat the CALL with allow_data_loss => true");
        checked = events.size();
    }

    // In the transaction that the statements ended in, when its triggers are through: both are there, or neither.
    void record(std::span<const script::action> ran, std::span<const pg::object_event> events, std::size_t &checked) {
        {
            pg::snapshot_scope const snapshot;
            pg::spi_session session;
            pg::fire_deferred_triggers(session);
        }
        pg::snapshot_scope const snapshot;
        pg::spi_session session;
        if (ran.size() > 1 || !run::rebuilds(ran.front())) {
            check_objects(events, checked);
            if (run::waits_for_others(ran.front())) run::require_valid_index(session, ran.front());
            pg::engine_scope const scope;
            state::record_objects(session, section_.run, events, revision(), section_.up);
        }
        for (const script::action &a : ran)
            if (a.kind != script::action_kind::echo) state::note_done(session, section_.revision, name(), a.number);
        owners_->forget_findings();
    }

    top_level_section const section_;
    int64 const deadlock_timeout_ = std::stoll(pg::setting("deadlock_timeout"));
    registry::registry registry_;
    std::size_t at_ = 0;   // the revision
    int statements_ = 0;
    std::string wanted_;   // the lock that the statement at work takes
    registry::revision_text text_;
    pg::strings checksums_;   // by action
    std::optional<state::unfinished_pieces> pieces_;
    std::optional<state::ownership> owners_;
    pg::activity_scope activity_;
};

}   // namespace

void run_top_level_section(const std::string &text) { section_runner(top_level_section::from_text(text)).run(); }

}   // namespace whisper::deploy

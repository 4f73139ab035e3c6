#include "deploy/worker_monitor.hpp"

#include "pg/background_task.hpp"
#include "pg/procedure.hpp"

namespace whisper::deploy {
namespace {

constexpr int64 tick = 200;   // milliseconds

}   // namespace

worker_monitor::worker_monitor(pg::spi_session &session, const lock_limits &limits, std::string what)
    : session_(session), limits_(limits), what_(std::move(what)) {}

std::optional<pg::caught_error> worker_monitor::run(const top_level_section &section,
                                                    const std::function<void(int)> &at_statement) {
    std::optional<pg::background_task> worker;
    std::string const payload = section.to_text();
    auto failed = pg::catch_error<pg::subtransaction>([&] { worker.emplace(payload); });
    pg::commit_transaction();
    bool finished = false;
    while (!failed && !finished) {
        pg::timestamp const began = pg::now();
        failed = pg::catch_error<pg::subtransaction>([&] {
            finished = worker->wait(tick);
            if (note_statement(*worker)) at_statement(statement_);
            if (!finished && worker->is_waiting_for_others())
                look_for_blockers(worker->pid(), (pg::now().at - began.at) / 1000);
        });
        note_statement(*worker);    // the one that failed
        pg::commit_transaction();   // a transaction that has looked must not be what the worker waits for
    }
    return failed;
}

bool worker_monitor::note_statement(const pg::background_task &worker) {
    if (statement_ == worker.statement()) return false;
    statement_ = worker.statement();
    blocked_ = 0;
    return true;
}

void worker_monitor::look_for_blockers(int pid, int64 elapsed) {
    pg::take_snapshot();
    pg::strings found = pg::blockers_of(session_, pid);
    if (found.empty()) return;
    blocked_ += elapsed;
    if (found != blockers_)
        pg::notice(what_ + ": statement " + std::to_string(statement_) + " waits for other transactions",
                   lines_of(found));
    blockers_ = std::move(found);
    if (blocked_ < limits_.max_wait) return;
    throw failure("55P03", what_ + " waited for other transactions for longer than max_wait",
                  "Statement " + std::to_string(statement_) + " was cancelled after " + std::to_string(blocked_) +
                      " ms.\n" + lines_of(blockers_),
                  "end those transactions, then repeat the CALL: it goes on with this statement");
}

}   // namespace whisper::deploy

#pragma once
// What a deploy commits about itself: that it is under way, what of a revision is done, what failed.

#include "pg/spi.hpp"
#include "pg/subtransaction.hpp"
#include "plan/planner.hpp"
#include "script/program.hpp"

#include <unordered_map>

namespace whisper::state {

// All of these take the rights and settings of the engine by themselves, and run in the transaction at hand.

// Puts the deploy into whisper.deployment, and what an earlier one left there into the history as broken off. Returns
// the number of the run.
int64 begin_deployment(pg::spi_session &session, const plan::run_plan &plan);
void end_deployment(pg::spi_session &session, int64 run);

// Whether whisper_cancel() has asked the run to stop. Sees what is committed now.
bool is_cancel_requested(pg::spi_session &session, int64 run);
// 57014, for a run that was asked to stop.
[[noreturn]] void stop_as_requested();
// For whisper_cancel(): asks the deploy that is under way, and returns whether there is one.
bool request_cancel(pg::spi_session &session);

struct failed_step {
    int number;
    const registry::revision_record &revision;
    pg::timestamp began;
    int statements;   // that ran before
};
void record_failure(pg::spi_session &session, int64 run, const failed_step &step, const pg::failed_attempt &failed);

// A piece of a revision that is not applied yet.
struct unfinished {
    std::string checksum;
    bool done;
    boost::container::vector<Oid> invalid_before;   // indexes that were so before its first try
};

class unfinished_pieces {
public:
    // Those of the revision's section "up", "down" or "batch".
    unfinished_pieces(pg::spi_session &session, const std::string &revision, const char *section);

    const unfinished *find(int number) const noexcept;
    // Throws checksum_mismatch when the piece was recorded with another text.
    const unfinished *require_same(int number, const std::string &checksum,
                                   const registry::revision_record &revision) const;

private:
    std::unordered_map<int, unfinished> pieces_;
};

// Number 0 is the whole section. A piece that is done stays done. `invalid_before` is kept as the first try gave it.
void note_started(pg::spi_session &session, int64 run, const std::string &revision, const char *section, int number,
                  const std::string &checksum, const boost::container::vector<Oid> &invalid_before = {});
void note_done(pg::spi_session &session, const std::string &revision, const char *section, int number);
// A revision of which an interrupted deploy has done a part; none while a deploy is under way.
struct unfinished_revision {
    std::string revision, section;   // the section that was at work
    std::size_t done;                // statements, or a batch's rows
};
boost::container::vector<unfinished_revision> read_unfinished(pg::spi_session &session);
// Forgets what has run of a revision that is not applied; returns whether there was something.
bool forget_unfinished(pg::spi_session &session, const std::string &revision);

}   // namespace whisper::state

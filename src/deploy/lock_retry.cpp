#include "deploy/lock_retry.hpp"

#include "pg/procedure.hpp"

namespace whisper::deploy {

lock_retry::lock_retry(const lock_limits &limits) : limits_(limits), began_(pg::now()) {}

bool lock_retry::is_about_locks(const pg::failed_attempt &failed) {
    return failed.sqlstate == "55P03" || failed.sqlstate == "40P01";
}

bool lock_retry::is_retryable(const pg::failed_attempt &failed) const {
    return is_about_locks(failed) || (failed.sqlstate == sqlstate::serialization_failure && !failed.ours && has_time());
}

bool lock_retry::has_time() const noexcept { return pg::now().at - began_.at < limits_.max_wait * 1000; }

int64 lock_retry::pause(const std::string &what, const pg::failed_attempt &failed, const pg::strings &blockers) {
    // 50 to 100 ms, 100 to 200 ms, … up to 5 to 10 s, and no longer than there is time.
    int64 const most = int64{100} << std::min(tries_, 7);
    int64 const left = std::max<int64>((began_.at + limits_.max_wait * 1000 - pg::now().at) / 1000, 1);
    int64 const milliseconds = std::min(std::min<int64>(most, 10000) / 2 + pg::random_below(most / 2), left);
    ++tries_;
    std::string detail = lines_of(blockers);
    if (detail.empty()) detail = failed.detail.empty() ? failed.message : failed.detail;
    std::string const why = failed.sqlstate == "40P01" ? " met a deadlock"
                            : failed.sqlstate == "55P03"
                                ? " could not get a lock within " + std::to_string(limits_.lock_timeout) + " ms"
                                : " met a concurrent change";
    pg::notice(
        what + why + ", try " + std::to_string(tries_ + 1) + " follows in " + std::to_string(milliseconds) + " ms",
        detail);
    return milliseconds;
}

void lock_retry::give_up(const std::string &what, const pg::strings &blockers) const {
    throw failure(
        "55P03", what + " could not get its locks within max_wait",
        "It was tried " + std::to_string(tries_ + 1) + (tries_ ? " times for " : " time for ") +
            std::to_string((pg::now().at - began_.at) / 1000) + " ms." +
            (blockers.empty() ? std::string() : "\n" + lines_of(blockers)),
        "end the sessions that hold the locks, or repeat the CALL at a quieter time or with a longer max_wait");
}

int64 remaining_lock_timeout(const lock_limits &limits, int64 waited) {
    return std::max({limits.lock_timeout - waited, limits.lock_timeout / 10, int64{1}});
}

std::string lines_of(const pg::strings &texts) {
    std::string lines;
    for (const std::string &text : texts) lines += (lines.empty() ? "" : "\n") + text;
    return lines;
}

}   // namespace whisper::deploy

#pragma once
// A section whose statements are committed one by one, at the top level of a background worker.

#include "deploy/lock_retry.hpp"

#include <string>

namespace whisper::deploy {

struct top_level_section {
    int64 run;
    int number, steps;   // of the deploy
    std::string revision;
    bool up;
    bool allow_data_loss;
    lock_limits limits;

    std::string to_text() const;
    static top_level_section from_text(const std::string &text);
};

// In the worker, for a section's text form: runs what is not done yet, and records each statement in the transaction
// that it ends in. Throws the failing statement's own error, with CONTEXT; what lock_retry throws; 57014 after
// whisper_cancel(); checksum_mismatch when the section was edited since a part of it ran.
void run_top_level_section(const std::string &text);

}   // namespace whisper::deploy

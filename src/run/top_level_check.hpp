#pragma once
// What the server runs outside of a transaction alone as its catalog is now: REINDEX and CLUSTER of what is
// partitioned.

#include "plan/planner.hpp"
#include "script/program.hpp"
#include "session/workspace.hpp"

#include <unordered_set>

namespace whisper::run {

class top_level_check {
public:
    // For the steps of a plan, or for one of them; asks which of them may have such statements at all.
    top_level_check(session::workspace &work, const plan::run_plan &plan);

    // Whether one transaction can hold the section today.
    bool is_transactional(const registry::revision_record &revision, bool up) const {
        return revision.is_transactional(up) && why(revision, up).empty();
    }
    // "Line 3 is …", or empty where nothing is in the way.
    std::string why(const registry::revision_record &revision, bool up) const;

private:
    session::workspace &work_;
    std::unordered_set<std::string> candidates_;
};

// "Line 3 is REINDEX TABLE a", of a section that starts in that line of its file.
std::string described_place(const script::action &a, int first_line);

}   // namespace whisper::run

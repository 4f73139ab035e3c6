#pragma once
// In which search_path the names of verify sections and of the pack's checks are looked up: the one that the revisions
// were applied with, so that the answer is the same whoever asks.

#include "pg/authority.hpp"
#include "session/workspace.hpp"
#include "state/verify_section.hpp"

#include <unordered_map>

namespace whisper::check {

// How a text is to run, or why it cannot.
struct lookup : state::text_rights {
    std::string detail;     // why it cannot run, and
    std::string fix_hint;   // what helps
    bool runs() const noexcept { return detail.empty(); }
};

// A path chooses which functions run, so it lends the caller's rights to whoever chose it. With schemas that the caller
// would not look into, a text has no more rights than the role that applied the revision.
class applied_paths {
public:
    explicit applied_paths(session::workspace &work);
    // For the verify section of an applied revision, which this author answers for.
    lookup for_section(const std::string &revision, const pg::author &author) const;
    // In front of a command that runs the revision's statements again: "SET search_path = …; " where it was applied
    // under another path than the caller's, as far as their schemas exist.
    std::string setting_for(const std::string &revision) const;
    // For the pack's checks, which are files': the path of the last run.
    lookup for_checks() const;

private:
    struct applied_path {
        std::string search_path;
        pg::author applied_by;
        bool callers = false;      // all of it is in the caller's own
        bool is_the_same = true;   // as the caller's
    };
    lookup decide(const applied_path *path, const pg::author &author) const;

    boost::container::vector<applied_path> paths_;
    std::unordered_map<std::string, std::size_t> path_of_;   // by revision
    std::optional<std::size_t> last_;
};

}   // namespace whisper::check

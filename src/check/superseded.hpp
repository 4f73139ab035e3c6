#pragma once
// Revisions whose files were replaced by one that makes the same ("squashed"), in a database that has run the old ones.

#include "check/owned_tables.hpp"
#include "registry/model.hpp"

namespace whisper::check {

// What settles that the file of an applied revision is gone.
class superseded_revisions {
public:
    superseded_revisions(const registry::registry &r, const owned_tables &tables);
    std::string fix_hint(const registry::revision_record &missing) const;

private:
    const registry::revision_record *find_successor(const std::string &tier, const owned_tables &tables) const;
    void find_target(const owned_tables &tables);
    std::string named_by(const registry::revision_record &missing) const;

    const registry::registry &registry_;
    boost::container::vector<std::pair<std::string, std::string>> successors_;   // tier, revision
    std::string target_;   // of a stamp that forgets what is gone and records the successors; empty: there is none
};

}   // namespace whisper::check

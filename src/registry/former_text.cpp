#include "registry/former_text.hpp"

#include <algorithm>

namespace whisper::registry {

void accept_former(registry &r, const revision_record &fresh) {
    auto const at = std::ranges::find(r.applied, fresh.revision, &applied_record::revision);
    if (at == r.applied.end() || at->checksum == fresh.checksum) return;
    if (std::ranges::find(fresh.valid_checksums, at->checksum) == fresh.valid_checksums.end()) return;
    at->checksum = fresh.checksum;
    r.newly_valid.push_back(fresh.revision);
}

}   // namespace whisper::registry

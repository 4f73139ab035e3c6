#include "check/verify.hpp"

namespace whisper::check {

findings verify(engine::workspace &work, const std::optional<std::string> &profile) {
    findings out;
    check_registry(work, out);
    check_heads(work, profile, out);
    check_tables(work, profile, out);
    check_objects(work, out);
    check_sections(work, out);
    return out;
}

}  // namespace whisper::check

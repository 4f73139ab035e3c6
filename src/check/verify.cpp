#include "check/verify.hpp"

namespace whisper::check {

findings verify(session::workspace &work, const std::optional<std::string> &profile) {
    findings out;
    owned_tables const tables(work.session());
    check_registry(work, profile, tables, out);
    check_heads(work, profile, out);
    check_unfinished(work, profile, out);
    applied_paths const paths(work);
    check_tables(work, profile, paths, tables, out);
    check_objects(work, tables, out);
    check_sections(work, paths, out);
    check_pack(work, paths, out);
    return out;
}

void require_ok(const findings &all) {
    constexpr int most_listed = 20;
    std::string list, hint;
    int failed = 0;
    for (const finding &f : all) {
        if (f.ok) continue;
        if (++failed <= most_listed)
            list += (list.empty() ? "" : "\n") + f.check_name + " " + f.subject + ": " + f.detail;
        if (hint.empty()) hint = f.hint;
    }
    if (failed == 0) return;
    if (failed > most_listed) list += "\n… and " + std::to_string(failed - most_listed) + " more";
    throw failure(sqlstate::verify_failed,
                  std::to_string(failed) + " of " + std::to_string(all.size()) + " checks failed", list,
                  hint.empty() ? "see SELECT * FROM whisper_verify() WHERE NOT ok" : hint);
}

}   // namespace whisper::check

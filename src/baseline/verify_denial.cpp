#include "baseline/verify_denial.hpp"

#include "pg/authority.hpp"
#include "script/program.hpp"
#include "state/verify_section.hpp"

namespace whisper::baseline {

graph::node_set denied_by_verify(session::workspace &work, const boost::container::vector<drift::step_verdict> &steps) {
    const registry::registry &r = work.registry();
    graph::node_set denied(r.revisions.size(), r.revision_graph->resource());
    auto const sections = state::read_verify_sections(work);
    for (const drift::step_verdict &s : steps) {
        const registry::revision_record &revision = r.revisions[s.revision];
        auto const section = sections.find(revision.revision);
        if (s.has_items || r.applied_set->contains(s.revision) || section == sections.end()) continue;
        pg::check_interrupts();
        state::verify_text const &text = section->second;
        if (pg::authority_of(text.author) == pg::authority::none) continue;
        script::program const program = script::compile(script::unread(), text.sql, revision.file, text.line);
        if (!state::verify(work, program, text).falsehood.empty()) denied.insert(s.revision);
    }
    return denied;
}

}   // namespace whisper::baseline

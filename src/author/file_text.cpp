#include "author/file_text.hpp"

#include "graph/plan.hpp"
#include "registry/record.hpp"
#include "registry/store.hpp"
#include "script/origin.hpp"
#include "script/splitter.hpp"

namespace whisper::author {
namespace {

// Line markers mean something to the engine alone. An included file's last statement may lack its semicolon, which the
// marker behind it stands for.
std::string without_line_markers(const std::string &text) {
    std::string plain;
    std::size_t copied = 0;
    bool ended = true;
    for (const script::piece &p : script::split(text)) {
        if (p.kind != script::piece_kind::psql_command || !script::parse_line_marker(p.text(text))) {
            std::size_t const next = text.find_first_not_of(" \t\r\n", p.offset + p.length);
            ended = p.kind != script::piece_kind::statement || (next != std::string::npos && text[next] == ';');
            continue;
        }
        plain.append(text, copied, p.offset - copied);
        if (!ended) plain.append(";\n");
        ended = true;
        copied = std::min(p.offset + p.length + 1, text.size());   // with its line's end
    }
    return plain.append(text, copied);
}

script::section section_of(bool present, const std::string &sql, int line) {
    script::section s;
    s.present = present;
    s.line = line;
    s.text = without_line_markers(sql);
    return s;
}

// A section runs outside of a transaction because its marker says so or because of what is in it; the record does not
// tell which, but the checksum does. Text of an older version or a dump that has psql commands for others is refused.
void mark_transactions(script::migration &m, const registry::revision_record &revision) {
    for (bool const up : {true, revision.up_transactional})
        for (bool const down : {true, revision.down_transactional}) {
            m.up.transactional = up;
            m.down.transactional = down;
            if (registry::make_record(m, revision.tier, revision.file).checksum == revision.checksum) return;
        }
}

}   // namespace

std::string file_text(session::workspace &work, const std::string &target) {
    const registry::registry &r = work.registry();
    graph::indexes const found = graph::resolve_target(*r.revision_graph, target);
    if (found.size() != 1)
        throw failure(sqlstate::invalid_target, "target \"" + target + "\" does not name one revision",
                      "It names " + std::to_string(found.size()) + ".", "give the id of one");
    const registry::revision_record &revision = r.revisions[found.front()];
    registry::revision_text const text = registry::read_text(work.session(), revision);
    const registry::tier_record *const tier = r.find_tier(revision.tier);
    script::migration m;
    m.id = revision.revision;
    m.has_down_revision = tier && tier->kind == script::tier_kind::versioned;
    m.down_revisions = revision.down_revisions;
    m.depends_on = revision.depends_on;
    m.branch_labels = revision.branch_labels;
    m.message = revision.message;
    m.rerun = revision.rerun;
    m.allow_data_loss = revision.allow_data_loss;
    m.allow_invalid = revision.allow_invalid;
    m.up = section_of(true, text.up, text.up_line);
    m.down = section_of(text.down.has_value(), text.down.value_or(""), text.down_line);
    m.verify = section_of(revision.has_verify, text.verify, text.verify_line);
    m.batch = section_of(!revision.batch_options.empty(), text.batch, text.batch_line);
    m.batch_options = revision.batch_options;
    mark_transactions(m, revision);
    return script::render_migration(m);
}

}   // namespace whisper::author

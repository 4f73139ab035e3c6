#include "author/author.hpp"

#include "graph/plan.hpp"
#include "pg/authority.hpp"
#include "registry/record.hpp"
#include "registry/store.hpp"
#include "script/formats/foreign.hpp"
#include "script/names.hpp"
#include "script/program.hpp"

#include <algorithm>

namespace whisper::author {
namespace {

constexpr std::size_t id_digits = 12;   // as Alembic's

std::string tier_names(const registry::registry &r) {
    std::string list;
    for (const registry::tier_record &t : r.tiers) list += (list.empty() ? "\"" : ", \"") + t.name + "\"";
    return list;
}

registry::tier_record &add_tier(registry::registry &r, const std::string &name) {
    if (std::string_view const problem = script::name_problem(name); !problem.empty())
        throw failure(sqlstate::invalid_pack, "\"" + name + "\" is not a valid tier name", std::string(problem),
                      std::string(script::name_hint));
    r.tiers.push_back({name, script::tier_kind::versioned});
    r.pack_changed = true;
    return r.tiers.back();
}

// The tier named, or the only versioned one; a registry without any starts with "main".
const registry::tier_record &choose_tier(registry::registry &r, const std::optional<std::string> &asked, bool create) {
    if (asked) {
        if (const registry::tier_record *const known = r.find_tier(*asked)) return *known;
        if (create) return add_tier(r, *asked);
        throw failure(sqlstate::unknown_tier, "tier \"" + *asked + "\" does not exist",
                      r.tiers.empty() ? "No tier is registered." : "The tiers are " + tier_names(r) + ".",
                      "name one of them");
    }
    const registry::tier_record *only = nullptr;
    for (const registry::tier_record &t : r.tiers) {
        if (t.kind != script::tier_kind::versioned) continue;
        if (only)
            throw failure(sqlstate::unknown_tier, "there are several versioned tiers",
                          "The tiers are " + tier_names(r) + ".", "name one with tier => '" + only->name + "'");
        only = &t;
    }
    return only ? *only : add_tier(r, "main");
}

registry::revision_record *find_record(registry::registry &r, std::string_view revision) {
    for (registry::revision_record &record : r.revisions)
        if (record.revision == revision) return &record;
    return nullptr;
}

bool is_tier_head(const registry::registry &r, graph::index i) {
    std::span<const graph::index> const children = r.revision_graph->children(i);
    return std::none_of(children.begin(), children.end(),
                        [&](graph::index child) { return r.revisions[child].tier == r.revisions[i].tier; });
}

// What a new revision of `tier` follows.
script::strings parents_of(const registry::registry &r, const registry::tier_record &tier, const new_revision &wanted) {
    script::strings parents;
    bool const used = std::any_of(r.revisions.begin(), r.revisions.end(),
                                  [&](const registry::revision_record &record) { return record.tier == tier.name; });
    if (wanted.head == "base" || (wanted.head == "head" && !used)) return parents;
    std::string const target =
        wanted.head == "head" || wanted.head == "heads" ? tier.name + "@" + wanted.head : wanted.head;
    for (graph::index const i : graph::resolve_target(*r.revision_graph, target)) {
        const registry::revision_record &parent = r.revisions[i];
        if (parent.tier != tier.name)
            throw failure(sqlstate::invalid_target,
                          "revision \"" + parent.revision + "\" belongs to tier \"" + parent.tier + "\"", {},
                          "a revision follows revisions of its own tier; use depends_on for others");
        if (!wanted.splice && !is_tier_head(r, i))
            throw failure(sqlstate::invalid_target, "revision \"" + parent.revision + "\" is not a head",
                          "Another revision follows it already.",
                          "use splice => true to start a branch there, or head => 'head'");
        parents.push_back(parent.revision);
    }
    return parents;
}

std::string add_record(session::workspace &work, registry::revision_record record) {
    if (find_record(work.registry(), record.revision))
        throw failure(sqlstate::duplicate_revision, "revision \"" + record.revision + "\" already exists", {},
                      "choose another revision_id");
    record.state = registry::record_state::added;
    record.registered_by = pg::current_author();
    record.unwritten = true;
    std::string id = record.revision;
    work.registry().revisions.push_back(std::move(record));
    work.store();
    return id;
}

std::string new_id(const registry::registry &r) {
    for (;;) {
        std::string id = pg::random_hexadecimal(id_digits);
        if (!r.revision_graph->find(id)) return id;
    }
}

script::section section_of(const std::optional<std::string> &sql) {
    script::section s;
    s.present = sql.has_value();
    s.text = sql.value_or("");
    s.line = 1;
    return s;
}

void require_valid(std::string_view name, const char *what, std::string_view problem, std::string_view hint) {
    if (!problem.empty())
        throw failure(sqlstate::invalid_parameter, "invalid " + std::string(what) + " \"" + std::string(name) + "\"",
                      std::string(problem), std::string(hint));
}

void require_id(std::string_view id, const char *what) {
    require_valid(id, what, script::id_problem(id), script::id_hint);
}

// By way of the file's text, so that whatever holds for a file holds here. Lines count from each section's start:
// nobody has seen that file.
registry::revision_record record_of(const script::migration &m, const registry::tier_record &tier) {
    require_id(m.id, "revision id");
    for (const std::string &label : m.branch_labels)
        require_valid(label, "branch label", script::name_problem(label), script::name_hint);
    for (const std::string &name : m.depends_on) require_id(name, "dependency");
    for (const script::section *const s : {&m.up, &m.down, &m.verify}) script::compile(script::unread(), s->text);
    registry::revision_record r = registry::parse_record(script::render_migration(m), tier.name, tier.kind, {});
    r.text->up_line = r.text->down_line = r.text->verify_line = 1;
    return r;
}

// A revision follows revisions of its own tier; with the same id it stays in the tier it was in.
void require_same_tier(const registry::registry &r, const registry::revision_record &record,
                       const registry::revision_record *known) {
    if (known && known->tier != record.tier)
        throw failure(sqlstate::duplicate_revision,
                      "revision \"" + record.revision + "\" already exists in tier \"" + known->tier + "\"", {},
                      "give it another id, or register it with tier => '" + known->tier + "'");
    for (const std::string &name : record.down_revisions)
        if (auto const parent = r.revision_graph->find(name); parent && r.revisions[*parent].tier != record.tier)
            throw failure(sqlstate::invalid_target,
                          "revision \"" + name + "\" belongs to tier \"" + r.revisions[*parent].tier + "\"", {},
                          "a revision follows revisions of its own tier; use depends_on for others");
}

// Whether an applied revision's way up is what it was: then a new way down is an improvement.
bool same_way_up(session::workspace &work, const registry::revision_record &known,
                 const registry::revision_record &record) {
    return registry::token_checksum(registry::read_text(work.session(), known).up) ==
           registry::token_checksum(record.text->up);
}

bool same_verify(session::workspace &work, const registry::revision_record &known,
                 const registry::revision_record &record) {
    return registry::token_checksum(registry::read_text(work.session(), known).verify) ==
           registry::token_checksum(record.text->verify);
}

// Nobody takes out or alters the text of a role that may do more.
void require_replaceable(const registry::revision_record &known) {
    if (pg::may_replace(known.registered_by)) return;
    throw failure(sqlstate::insufficient_privilege,
                  known.registered_by.name.empty() ? "revision \"" + known.revision + "\" is in a file of the pack"
                                                   : "revision \"" + known.revision + "\" was registered by role \"" +
                                                         known.registered_by.name + "\"",
                  "Its text can be replaced by who has the rights of that role, or may name directories.",
                  "register the change as a new revision");
}

}   // namespace

std::string register_new(session::workspace &work, const new_revision &wanted) {
    registry::registry &r = work.registry();
    registry::tier_record const tier = choose_tier(r, wanted.tier, false);
    script::migration m;
    m.id = wanted.revision_id ? *wanted.revision_id : new_id(r);
    m.has_down_revision = tier.kind == script::tier_kind::versioned;
    if (m.has_down_revision) m.down_revisions = parents_of(r, tier, wanted);
    m.depends_on = wanted.depends_on;
    if (wanted.branch_label) m.branch_labels.push_back(*wanted.branch_label);
    m.message = wanted.message;
    m.up = section_of(wanted.up);
    m.down = section_of(wanted.down);
    m.verify = section_of(wanted.verify);
    return add_record(work, record_of(m, tier));
}

std::string register_merge(session::workspace &work, const pg::strings &revisions,
                           const std::optional<std::string> &message) {
    registry::registry &r = work.registry();
    script::migration m;
    const registry::tier_record *tier = nullptr;
    graph::node_set merged(r.revisions.size());
    for (const std::string &name : revisions) {
        pg::check_interrupts();   // a prefix looks at the whole graph
        for (graph::index const i : graph::resolve_target(*r.revision_graph, name)) {
            const registry::revision_record &parent = r.revisions[i];
            const registry::tier_record *const its = r.find_tier(parent.tier);
            if (tier && its != tier)
                throw failure(sqlstate::invalid_parameter, "cannot merge revisions of different tiers",
                              "\"" + m.down_revisions.front() + "\" belongs to tier \"" + tier->name + "\", \"" +
                                  parent.revision + "\" to tier \"" + parent.tier + "\".",
                              "use depends_on to order revisions of different tiers");
            tier = its;
            if (merged.insert(i)) m.down_revisions.push_back(parent.revision);
        }
    }
    if (m.down_revisions.size() < 2)
        throw failure(sqlstate::invalid_parameter, "a merge needs at least two revisions",
                      std::to_string(m.down_revisions.size()) + " given.", "see SELECT * FROM whisper_heads()");
    m.id = new_id(r);
    m.has_down_revision = true;
    m.message = message.value_or("");
    if (!message)
        for (const std::string &parent : m.down_revisions) m.message += (m.message.empty() ? "merge " : ", ") + parent;
    m.up = section_of("");
    m.down = section_of("");
    return add_record(work, record_of(m, *tier));
}

std::string register_file(session::workspace &work, const std::string &content,
                          const std::optional<std::string> &tier_name, const std::optional<std::string> &name) {
    registry::registry &r = work.registry();
    registry::tier_record const tier = choose_tier(r, tier_name, true);
    script::formats::require_no_foreign(content, name.value_or(""), {});
    script::migration const m = script::parse_migration(content, name.value_or(""), tier.kind);
    registry::revision_record record = registry::make_record(m, tier.name, {});
    record.down_implicit = tier.kind == script::tier_kind::versioned && !m.has_down_revision;
    registry::revision_record *const known = find_record(r, record.revision);
    require_same_tier(r, record, known);
    // With nobody to say what it follows, it follows the tier's head.
    if (record.down_implicit && known)
        record.down_revisions = known->down_revisions;
    else if (record.down_implicit)
        record.down_revisions = parents_of(r, tier, {});
    record.down_implicit = false;
    if (!known) return add_record(work, std::move(record));

    std::string id = record.revision;
    record.registration = known->registration;
    record.down_implicit = known->down_implicit;
    // To send the text of somebody who has fewer rights is to answer for it: then it is the caller's. Likewise where
    // nobody was kept.
    pg::authority const how = pg::authority_of(known->registered_by);
    bool const kept = known->registered_by.name.empty() || known->registered_by.role != InvalidOid;
    bool const answered_for = kept && (how == pg::authority::callers || how == pg::authority::confined);
    if (answered_for && registry::same_content(*known, record) && same_verify(work, *known, record)) {
        work.store();
        return id;
    }
    require_replaceable(*known);
    const registry::applied_record *const applied = r.find_applied(id);
    if (applied && tier.kind == script::tier_kind::versioned && applied->checksum != record.checksum &&
        !same_way_up(work, *known, record))
        throw failure(sqlstate::checksum_mismatch, "revision \"" + id + "\" is applied with another text",
                      "It was applied on " + pg::shown(applied->applied_at) + " by \"" + applied->applied_by + "\".",
                      "register the change as a new revision");
    record.state = registry::record_state::changed;
    record.registered_by = pg::current_author();
    record.unwritten = true;
    *known = std::move(record);
    work.store();
    return id;
}

}   // namespace whisper::author

// Small graphs of any shape, any applied set and any targets: what a plan promises.

#include "graph/graph.hpp"

#include "bytes.hpp"
#include "graph/plan.hpp"
#include "harnesses.hpp"
#include "require.hpp"

#include <array>
#include <vector>

namespace whisper::fuzz {

namespace {

using namespace graph;

constexpr std::size_t most_nodes = 12;

// Ids that are prefixes of each other, look like targets, or are not what a file may be called.
constexpr std::string_view ids[] = {"aaaa",  "aaaab", "aaaac1",      "bbbb", "bbbb-1", "cccc", "c+2", "dddd",
                                    "a@b",   "a:b",   "head",        "base", "+1",     "1",    "",    "eeee",
                                    "ffff0", "ffff1", "caf\xC3\xA9", "x",    "y",      "z"};
constexpr std::string_view tier_names[] = {"", "", "core", "views", "aaaa"};
constexpr std::string_view label_names[] = {"left", "right", "lefty", "head", ""};
constexpr std::string_view target_parts[] = {"head", "heads", "base", "+1",   "-1",    "+2",   "-2",    "+9",   "-3",
                                             "@",    ":",     "left", "core", "views", "aaaa", "right", "aaaac"};

std::vector<node> read_nodes(bytes &source) {
    std::vector<node> nodes(source.below(most_nodes + 1));
    bool const any_id = source.below(8) == 7;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        node &n = nodes[i];
        n.id = any_id ? ids[source.below(std::size(ids))] : ids[i % std::size(ids)];
        std::uint8_t const shape = source.byte();
        n.tier = tier_names[(shape & 7) % std::size(tier_names)];
        // Mostly to earlier nodes, so that most graphs can be built; sometimes to any id.
        auto const edge = [&] {
            std::size_t const to = source.byte();
            if (to >= 250) return std::string(ids[to % std::size(ids)]);
            return i == 0 ? n.id : nodes[to % i].id;
        };
        std::size_t const parents = (shape >> 3) & 3, dependencies = (shape >> 5) & 3;
        for (std::size_t k = 0; k < parents && (i > 0 || shape > 250); ++k) n.down_revisions.push_back(edge());
        for (std::size_t k = 0; k < dependencies && i > 0; ++k)
            n.depends_on.push_back(shape & 128 ? std::string(label_names[source.below(2)]) : edge());
        if ((shape & 7) == 7) n.labels.emplace_back(label_names[source.below(std::size(label_names))]);
    }
    if (source.below(4) == 3) std::ranges::reverse(nodes);   // registered before what they follow
    return nodes;
}

std::string read_target(bytes &source, const revision_graph &graph) {
    std::string text;
    std::size_t const parts = 1 + source.below(4);
    for (std::size_t i = 0; i < parts; ++i) {
        std::size_t const choice = source.byte();
        if (choice < 128 && graph.size() > 0)
            text += graph.id(static_cast<index>(choice % graph.size()));
        else if (choice < 250)
            text += target_parts[choice % std::size(target_parts)];
        else
            text += static_cast<char>(source.byte());
    }
    return text;
}

constexpr std::initializer_list<std::string_view> planning_errors = {
    sqlstate::unknown_revision, sqlstate::ambiguous_revision, sqlstate::multiple_heads,
    sqlstate::relative_off_end, sqlstate::not_an_ancestor,    sqlstate::invalid_target};

bool is_complete(const revision_graph &graph, const node_set &applied) {
    for (index i = 0; i < graph.size(); ++i) {
        if (!applied.contains(i)) continue;
        for (index below : graph.parents(i))
            if (!applied.contains(below)) return false;
        for (index below : graph.dependencies(i))
            if (!applied.contains(below)) return false;
    }
    return true;
}

bool stands_on(const revision_graph &graph, const node_set &applied, index i) {
    auto const is_applied = [&](index other) { return applied.contains(other); };
    return std::ranges::all_of(graph.parents(i), is_applied) && std::ranges::all_of(graph.dependencies(i), is_applied);
}

bool is_on_top(const revision_graph &graph, const node_set &applied, index i) {
    auto const is_applied = [&](index other) { return applied.contains(other); };
    return std::ranges::none_of(graph.children(i), is_applied) && std::ranges::none_of(graph.dependents(i), is_applied);
}

// Plays a plan; what is applied then.
node_set played(const revision_graph &graph, node_set applied, const plan &p, bool complete) {
    for (const step &s : p.steps) {
        require(s.revision < graph.size(), "a step's revision is in the graph");
        if (s.way == direction::up) {
            require(!applied.contains(s.revision), "nothing is applied twice", graph.id(s.revision));
            require(stands_on(graph, applied, s.revision), "what a step needs is there before it",
                    graph.id(s.revision));
            applied.insert(s.revision);
        } else {
            require(s.way == direction::down, "a downgrade goes down");
            require(applied.contains(s.revision), "only what is applied is undone", graph.id(s.revision));
            require(!complete || is_on_top(graph, applied, s.revision), "what stands on a step is undone before it",
                    graph.id(s.revision));
            applied.erase(s.revision);
        }
    }
    require(std::ranges::equal(p.heads_after, graph.current_heads(applied)), "a plan says where it ends");
    return applied;
}

bool same_steps(const plan &a, const plan &b) {
    return std::ranges::equal(a.steps, b.steps,
                              [](step x, step y) { return x.way == y.way && x.revision == y.revision; });
}

void check_upgrade(const revision_graph &graph, const node_set &applied, std::span<const std::string_view> targets,
                   const node_set *allowed, bool complete) {
    plan const up = plan_upgrade(graph, applied, targets, allowed);
    require(same_steps(up, plan_upgrade(graph, applied, targets, allowed)), "a plan is the same each time");
    for (const step &s : up.steps) {
        require(s.way == direction::up, "an upgrade goes up");
        require(!allowed || allowed->contains(s.revision), "nothing outside the profile is applied");
    }
    node_set const after = played(graph, applied, up, complete);
    require(!complete || is_complete(graph, after), "an upgrade leaves a complete set");
    for (const deferred_revision &d : up.deferred) {
        require(!after.contains(d.revision), "what is deferred is not applied");
        require(allowed && !allowed->contains(d.waits_for) && !after.contains(d.waits_for),
                "what is deferred waits for what may not be applied");
        require(graph.closure(std::span(&d.revision, 1)).contains(d.waits_for),
                "what is deferred needs what it waits for");
    }
    if (allowed) return;
    require(up.deferred.empty(), "without a profile nothing is deferred");
    // Relative targets mean something else from there.
    for (std::string_view const target : targets)
        if (target.find_first_of("+-:") != std::string_view::npos) return;
    require(plan_upgrade(graph, after, targets).steps.empty(), "a second upgrade has nothing to do");
}

void check_downgrade(const revision_graph &graph, const node_set &applied, std::string_view target, bool complete) {
    plan const down = plan_downgrade(graph, applied, target);
    require(same_steps(down, plan_downgrade(graph, applied, target)), "a plan is the same each time");
    node_set const after = played(graph, applied, down, complete);
    require(!complete || is_complete(graph, after), "a downgrade leaves a complete set");
    if (!complete) return;
    // And up again.
    indexes const heads = graph.current_heads(applied);
    if (heads.empty()) return;
    std::vector<std::string_view> back;
    for (index i : heads) back.push_back(graph.id(i));
    for (std::string_view const id : back)
        if (graph.find(id) != std::optional(graph.resolve(id))) return;
    node_set const again = played(graph, after, plan_upgrade(graph, after, back), complete);
    for (index i = 0; i < graph.size(); ++i)
        require(again.contains(i) == applied.contains(i), "down and up again is where it began", graph.id(i));
}

void check_stamp(const revision_graph &graph, const node_set &applied, std::span<const std::string_view> targets,
                 bool purge, bool complete) {
    stamp_plan const stamped = plan_stamp(graph, applied, targets, purge);
    for (const step &s : stamped.steps) {
        require(s.way == direction::stamp, "a stamp runs nothing");
        require(stamped.applied_after.contains(s.revision), "what is stamped is recorded", graph.id(s.revision));
    }
    require(!complete || is_complete(graph, stamped.applied_after), "a stamp leaves a complete set");
    stamp_plan const again = plan_stamp(graph, stamped.applied_after, targets, purge);
    for (std::string_view const target : targets)
        if (target.find("base") != std::string_view::npos) return;
    for (index i = 0; i < graph.size(); ++i)
        require(again.applied_after.contains(i) == stamped.applied_after.contains(i), "a second stamp changes nothing",
                graph.id(i));
}

void check_target(const revision_graph &graph, std::string_view target) {
    node_set seen(graph.size());
    for (index i : resolve_target(graph, target)) {
        require(i < graph.size(), "a target names revisions of the graph");
        require(seen.insert(i), "a target names a revision once", target);
    }
}

void check_names(const revision_graph &graph) {
    for (index i = 0; i < graph.size(); ++i) require(graph.find(graph.id(i)) == i, "an id finds its node", graph.id(i));
    for (std::string_view const name : {"core", "views", "left", "right", "aaaa", "nowhere"}) {
        survives(true, planning_errors, [&] {
            node_set const lineage = graph.lineage(name);
            for (index i : graph.heads(name)) require(lineage.contains(i), "a branch's heads are on it", name);
            for (index i : graph.bases(name)) require(lineage.contains(i), "a branch's bases are on it", name);
        });
        survives(true, planning_errors, [&] { graph.members(name); });
    }
}

void check_plans(const revision_graph &graph, bytes &source) {
    std::uint8_t const options = source.byte();
    indexes chosen;
    for (index i = 0; i < graph.size(); ++i)
        if (source.below(3) == 0) chosen.push_back(i);
    node_set applied = graph.closure(view(chosen));
    if (options & 1)
        for (index i = 0; i < graph.size(); ++i)
            if (applied.contains(i) && source.below(4) == 0) applied.erase(i);
    node_set allowed(graph.size());
    for (index i = 0; i < graph.size(); ++i)
        if (source.below(4) != 0) allowed.insert(i);
    bool const complete = is_complete(graph, applied);
    survives(true, {sqlstate::not_applied}, [&] { check_heads(graph, applied); });

    std::vector<std::string> texts;
    for (std::size_t i = 0; i <= source.below(3); ++i) texts.push_back(read_target(source, graph));
    std::vector<std::string_view> const targets(texts.begin(), texts.end());
    bool const valid_text = std::ranges::all_of(targets, is_utf8);
    const node_set *const limit = options & 2 ? &allowed : nullptr;
    survives(valid_text, planning_errors, [&] { check_upgrade(graph, applied, targets, limit, complete); });
    survives(valid_text, planning_errors, [&] { check_stamp(graph, applied, targets, options & 4, complete); });
    for (std::string_view const target : targets) {
        survives(valid_text, planning_errors, [&] { check_downgrade(graph, applied, target, complete); });
        survives(valid_text, planning_errors, [&] { check_target(graph, target); });
    }
}

}   // namespace

void graph(std::string_view input) {
    bytes source(input);
    std::vector<node> const nodes = read_nodes(source);
    survives(true,
             {sqlstate::duplicate_revision, sqlstate::missing_revision, sqlstate::cycle, sqlstate::duplicate_label},
             [&] {
                 revision_graph const built(nodes);
                 require(built.size() == nodes.size(), "a graph has its nodes");
                 indexes everything;
                 for (index i = 0; i < built.size(); ++i) everything.push_back(i);
                 node_set const all = built.closure(view(everything));
                 node_set applied(built.size());
                 for (index i : upgrade_order(built, all)) {
                     require(stands_on(built, applied, i), "the order of all puts nothing before what it needs");
                     applied.insert(i);
                 }
                 require(applied.count() == built.size(), "the order of all has all");
                 check_names(built);
                 check_plans(built, source);
             });
}

}   // namespace whisper::fuzz

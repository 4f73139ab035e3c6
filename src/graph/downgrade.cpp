#include "graph/downgrade.hpp"

#include "graph/messages.hpp"
#include "graph/order.hpp"
#include "graph/plan.hpp"
#include "graph/steps.hpp"
#include "graph/target.hpp"
#include "graph/traverse.hpp"

#include <algorithm>

namespace whisper::graph {

namespace {

// What is undone first from below, and the revision that must be applied for that to make sense.
struct cut {
    explicit cut(memory *resource) : roots(resource) {}
    indexes roots;
    std::optional<index> anchor;   // nothing when going to base
};

indexes children_of(const revision_graph &graph, index i) {
    auto const children = graph.children(i);
    indexes result(children.begin(), children.end(), graph.resource());
    return result;
}

cut cut_above(const revision_graph &graph, index reached, const target &t) {
    cut result(graph.resource());
    result.anchor = reached;
    result.roots = children_of(graph, reached);
    // With a single way up there is nothing to choose, but a tier never reaches into another by its own edges.
    bool const by_tier = graph.is_tier(t.branch);
    if (t.branch.empty() || (result.roots.size() < 2 && !by_tier)) return result;
    node_set const covered = graph.lineage(t.branch);
    result.roots.erase(
        std::remove_if(result.roots.begin(), result.roots.end(), [&](index i) { return !covered.contains(i); }),
        result.roots.end());
    if (result.roots.empty() && !by_tier)
        throw failure(sqlstate::not_an_ancestor,
                      "revision " + quoted(graph.id(reached)) + " is not below branch " + quoted(t.branch), {},
                      "leave out the branch to undo everything above the revision");
    return result;
}

cut cut_at_base(const revision_graph &graph, std::string_view branch) {
    cut result(graph.resource());
    result.roots = graph.is_tier(branch) ? in_order(graph, graph.lineage(branch)) : graph.bases(branch);
    return result;
}

index start_of_descent(const revision_graph &graph, const node_set &applied, const target &t) {
    if (t.names != target::kind::here) {
        if (auto const one = named_one(graph, t)) return *one;
        throw failure(sqlstate::relative_off_end, "there is nothing below base", "target: " + quoted(t.text));
    }
    indexes const standing = standing_on(graph, applied, t.branch);
    if (standing.empty())
        throw failure(
            sqlstate::relative_off_end, "relative step " + quoted(t.text) + " has nothing to undo",
            t.branch.empty() ? "no revision is applied" : "no revision of branch " + quoted(t.branch) + " is applied");
    if (!t.branch.empty() && standing.size() > 1) throw several_starts(graph, view(standing), t.offset);
    return standing.back();
}

cut cut_below(const revision_graph &graph, const node_set &applied, const target &t) {
    index const start = start_of_descent(graph, applied, t);
    descent const end = walk_down(graph, start, -t.offset);
    // Relative to a named revision everything above the place that was reached goes, relative to where the database
    // stands only what was walked over. A merge undone as the last step leaves all its parents either way.
    if (t.names != target::kind::here && end.reached.size() == 1) return cut_above(graph, end.reached.front(), t);
    cut result(graph.resource());
    result.anchor = end.last;
    result.roots.push_back(end.last);
    return result;
}

cut find_cut(const revision_graph &graph, const node_set &applied, const target &t) {
    if (t.offset < 0) return cut_below(graph, applied, t);
    if (t.offset > 0) {
        if (t.names == target::kind::here)
            throw failure(sqlstate::relative_off_end, "cannot downgrade to " + quoted(t.text),
                          "a positive step leads up", "use whisper_upgrade('" + std::string(t.text) + "')");
        return cut_above(graph, walk_up(graph, named_one(graph, t), t.offset, t.branch), t);
    }
    // A revision below a branch point is on several branches; the branch then tells which of them to undo.
    auto const one = named_one(graph, t);
    return one ? cut_above(graph, *one, t) : cut_at_base(graph, t.branch);
}

// A:B is "B, undoing only what A stands on", when A is where the database stands.
target range_target(const revision_graph &graph, const node_set &applied, const range &r) {
    if (r.from.empty() || r.to.empty())
        throw failure(sqlstate::invalid_target, "a range to downgrade over needs both ends");
    target const start = parse_target(graph, r.from);
    if (start.is_relative() || start.names == target::kind::base)
        throw failure(sqlstate::invalid_target, "a range to downgrade over cannot begin with " + quoted(r.from), {},
                      "name the revision where the database stands");
    auto const from = named_one(graph, start);
    indexes const standing = graph.current_heads(applied);
    if (!from || std::ranges::find(standing, *from) == standing.end())
        throw failure(sqlstate::invalid_target, "the database does not stand at " + quoted(r.from),
                      standing.empty() ? "no revision is applied" : "heads: " + quoted_list(graph, view(standing)),
                      "use " + quoted(r.to) + " to go there from where the database stands");
    target to = parse_target(graph, r.to);
    if (to.branch.empty()) to.branch = graph.id(*from);
    if (to.names == target::kind::here) {
        to.symbol = graph.id(*from);
        to.names = target::kind::revision;
    }
    return to;
}

}   // namespace

node_set revisions_above(const revision_graph &graph, const node_set &applied, std::string_view text) {
    auto const r = parse_range(graph, text);
    target const t = r ? range_target(graph, applied, *r) : parse_target(graph, text);
    cut const found = find_cut(graph, applied, t);
    node_set above(graph.size(), graph.resource()), result(graph.size(), graph.resource());
    spread(graph, above, view(found.roots), upward);
    for (index i = 0; i < graph.size(); ++i)
        if (above.contains(i) && applied.contains(i)) result.insert(i);
    if (result.count() == 0 && found.anchor && !applied.contains(*found.anchor)) {
        indexes const standing = graph.current_heads(applied);
        throw failure(sqlstate::not_an_ancestor,
                      "revision " + quoted(graph.id(*found.anchor)) + " is not an ancestor of what is applied",
                      standing.empty() ? "no revision is applied" : "heads: " + quoted_list(graph, view(standing)),
                      "use whisper_upgrade('" + std::string(graph.id(*found.anchor)) + "') to go up");
    }
    return result;
}

plan plan_downgrade(const revision_graph &graph, const node_set &applied, std::string_view text) {
    node_set const undone = revisions_above(graph, applied, text);
    plan result(graph.resource());
    result.steps.reserve(undone.count());
    node_set after = applied;
    for (index i : downward_order(graph, undone)) {
        result.steps.push_back({direction::down, i});
        after.erase(i);
    }
    result.heads_after = graph.current_heads(after);
    return result;
}

}   // namespace whisper::graph

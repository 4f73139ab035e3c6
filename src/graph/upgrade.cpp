#include "graph/messages.hpp"
#include "graph/plan.hpp"
#include "graph/steps.hpp"
#include "graph/target.hpp"
#include "graph/traverse.hpp"
#include "interrupts.hpp"

#include <algorithm>

namespace whisper::graph {

namespace {

// What a target asks for, and whether it asks for it by name.
struct request {
    request(memory *resource, std::size_t size) : goals(resource), named(size, resource) {}
    indexes goals;
    node_set named;
};

std::optional<index> one_step_target(const revision_graph &graph, const node_set &applied, const target &t) {
    if (t.offset > 0) {
        std::optional<index> from;
        if (t.names == target::kind::here) {
            indexes const standing = standing_on(graph, applied, t.branch);
            if (standing.size() > 1) throw several_starts(graph, view(standing), t.offset);
            if (!standing.empty()) from = standing.front();
        } else {
            from = named_one(graph, t);
        }
        return walk_up(graph, from, t.offset, t.branch);
    }
    if (t.names == target::kind::here)
        throw failure(sqlstate::relative_off_end, "cannot upgrade to " + quoted(t.text), "a negative step leads down",
                      "use whisper_downgrade('" + std::string(t.text) + "')");
    auto const from = named_one(graph, t);
    if (!from) throw failure(sqlstate::relative_off_end, "there is nothing below base", "target: " + quoted(t.text));
    return below(graph, *from, -t.offset);
}

void add_target(const revision_graph &graph, const node_set &applied, std::string_view text, request &wanted) {
    target const t = parse_target(graph, text);
    indexes found(graph.resource());
    if (t.is_relative()) {
        if (auto const one = one_step_target(graph, applied, t)) found.push_back(*one);
    } else {
        found = named(graph, t);
    }
    bool const everything =
        t.branch.empty() && !t.is_relative() && (t.names == target::kind::head || t.names == target::kind::heads);
    for (index i : found) {
        wanted.goals.push_back(i);
        if (!everything) wanted.named.insert(i);
    }
}

// A range says where its author believes the database stands; it is refused when that is not so.
void require_start(const revision_graph &graph, const node_set &applied, const range &r, std::span<const index> goals) {
    target const t = parse_target(graph, r.from);
    if (t.names == target::kind::here)
        throw failure(sqlstate::invalid_target, "a range cannot begin with relative step " + quoted(r.from));
    auto from = named_one(graph, t);
    if (from && t.is_relative())
        from = t.offset > 0 ? std::optional(walk_up(graph, from, t.offset, t.branch)) : below(graph, *from, -t.offset);
    node_set const needed = graph.closure(goals);
    if (from && !needed.contains(*from))
        throw failure(sqlstate::not_an_ancestor,
                      "revision " + quoted(graph.id(*from)) + " is not an ancestor of " + quoted_list(graph, goals));
    node_set there(graph.size(), graph.resource());
    for (index i = 0; i < graph.size(); ++i)
        if (applied.contains(i) && needed.contains(i)) there.insert(i);
    indexes const standing = graph.current_heads(there);
    if (from ? std::ranges::find(standing, *from) != standing.end() : standing.empty()) return;
    throw failure(sqlstate::invalid_target, "the database does not stand at " + quoted(r.from),
                  standing.empty() ? "no revision of this range is applied"
                                   : "it stands at " + quoted_list(graph, view(standing)),
                  "use " + quoted(r.to) + " to go there from where the database stands");
}

void add_range(const revision_graph &graph, const node_set &applied, const range &r, request &wanted) {
    if (r.from.empty() || r.to.empty())
        throw failure(sqlstate::invalid_target, "a range to upgrade over needs both ends");
    std::size_t const before = wanted.goals.size();
    add_target(graph, applied, r.to, wanted);
    require_start(graph, applied, r, view(wanted.goals).subspan(before));
}

// Splits the order into steps and what must wait.
void fill(plan &result, const revision_graph &graph, const node_set &applied, const node_set &missing,
          const node_set *allowed, const node_set &named) {
    indexes const order = upgrade_order(graph, missing);
    result.steps.reserve(order.size());
    constexpr index nothing = ~index(0);
    indexes waits_for(allowed ? graph.size() : 0, nothing, graph.resource());
    node_set after = applied;
    for (index i : order) {
        if (allowed) {
            auto const inherit = [&](index below) {
                if (waits_for[i] == nothing) waits_for[i] = waits_for[below];
            };
            std::ranges::for_each(graph.parents(i), inherit);
            std::ranges::for_each(graph.dependencies(i), inherit);
            if (waits_for[i] != nothing && allowed->contains(i)) {
                result.deferred.push_back({i, waits_for[i]});
                continue;
            }
            if (!allowed->contains(i)) {
                waits_for[i] = i;
                if (named.contains(i)) result.deferred.push_back({i, i});
                continue;
            }
        }
        result.steps.push_back({direction::up, i});
        after.insert(i);
    }
    result.heads_after = graph.current_heads(after);
}

}   // namespace

plan plan_upgrade(const revision_graph &graph, const node_set &applied, std::span<const std::string_view> targets,
                  const node_set *allowed) {
    if (targets.empty())
        throw failure(sqlstate::invalid_target, "no target is given", {}, "use \"heads\" to apply everything");
    request wanted(graph.resource(), graph.size());
    for (std::string_view text : targets) {
        check_interrupts();   // each may look at the whole graph
        if (auto const r = parse_range(graph, text))
            add_range(graph, applied, *r, wanted);
        else
            add_target(graph, applied, text, wanted);
    }
    node_set missing = graph.closure(view(wanted.goals));
    for (index i = 0; i < graph.size(); ++i)
        if (missing.contains(i) && applied.contains(i)) missing.erase(i);
    plan result(graph.resource());
    fill(result, graph, applied, missing, allowed, wanted.named);
    return result;
}

}   // namespace whisper::graph

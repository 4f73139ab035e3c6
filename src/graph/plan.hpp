#pragma once
// Plans: the ordered steps from an applied set to a target. Pure functions, O(V+E), deterministic.

#include "graph/graph.hpp"

#include <utility>

namespace whisper::graph {

enum class direction : std::uint8_t { up, down, stamp };

struct step {
    direction way;
    index revision;
};

// A revision left out since it, or an ancestor of it, needs a revision that is neither applied nor allowed.
struct deferred_revision {
    index revision;
    index waits_for;
};

struct plan {
    explicit plan(memory *resource) : steps(resource), heads_after(resource), deferred(resource) {}
    boost::container::pmr::vector<step> steps;
    indexes heads_after;   // in registration order
    boost::container::pmr::vector<deferred_revision> deferred;
};

// Order of steps. Undoing goes head by head in registration order, each branch as deep as possible before it blocks
// (Alembic's order); applying is the exact reverse. Revisions with a tier count as heads of their own, the last
// registered first, so that within and across tiers registration order alone decides wherever no edge forbids it.
//
// One target string or several ("d1", "d2"). Grammar: head, heads, base, REV, +N, -N, REV+N, REV-N, BRANCH@head,
// BRANCH@heads, BRANCH@base, BRANCH@REV, BRANCH@+N, BRANCH@-N, BRANCH@head-N, BRANCH@base+N, A:B (upgrade: from A
// (exclusive) to B; downgrade: from A down to B; A must be where the applied set stands). BRANCH is a branch label, a
// tier, or a revision for its own lineage. A revision whose id is exactly the target is always meant first.
// `allowed`: nodes that may be applied (the tiers of a profile); null means all. A node outside it that is not applied
// yet defers everything above it; an explicitly named target that is deferred is still only deferred, not an error.
// A node outside `allowed` is itself listed as deferred (waiting for itself) only when a target other than a bare
// head or heads asks for it.
// Throws unknown_revision, ambiguous_revision (a walk up or down that forks, too), multiple_heads, relative_off_end,
// not_an_ancestor (a range), invalid_target.
plan plan_upgrade(const revision_graph &graph, const node_set &applied, std::span<const std::string_view> targets,
                  const node_set *allowed = nullptr);

// Undoes everything above the target, dependents included. -1 on a merge undoes the merge and leaves its parents.
// -N starts from the current head; of several, from the last registered one (BRANCH@-N wants exactly one).
// Throws what plan_upgrade does; not_an_ancestor when the target is not applied.
plan plan_downgrade(const revision_graph &graph, const node_set &applied, std::string_view target);

// What the applied set becomes when `targets` are recorded without running anything. `applied` is replaced on the
// branches that the targets are on; with `purge` everything else is forgotten as well.
// Steps are direction::stamp, one for each new head. heads_after keeps every requested revision, also one that
// another requested revision implies. BRANCH@base forgets what plan_downgrade to it would undo.
// Throws what resolve_target does.
struct stamp_plan : plan {
    stamp_plan(memory *resource, node_set now) : plan(resource), applied_after(std::move(now)) {}
    node_set applied_after;
};
stamp_plan plan_stamp(const revision_graph &graph, const node_set &applied, std::span<const std::string_view> targets,
                      bool purge = false);

// The revisions a target names, without any applied set ("base" names none; "head" on several heads throws; -N counts
// from the heads). A:B names every revision from A to B, both included, lowest first; A or B may be left out.
// Throws unknown_revision, ambiguous_revision, multiple_heads, relative_off_end, not_an_ancestor, invalid_target.
indexes resolve_target(const revision_graph &graph, std::string_view target);

// Throws not_applied unless the applied set stands exactly at the graph's heads.
void check_heads(const revision_graph &graph, const node_set &applied);

// All of `nodes` in the order in which they would be applied.
indexes upgrade_order(const revision_graph &graph, const node_set &nodes);

// "\"a\", \"b\"" for messages; a long list is cut off with a count.
std::string quoted_list(const revision_graph &graph, std::span<const index> nodes);

}   // namespace whisper::graph

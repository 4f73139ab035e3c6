#include "graph/order.hpp"

#include "graph/plan.hpp"
#include "graph/traverse.hpp"
#include "interrupts.hpp"

#include <algorithm>

namespace whisper::graph {

namespace {

using slot = index;
constexpr slot none = ~slot(0);

// A list of slots, each standing on a node and walking down its branch. A slot whose node still has a descendant to
// emit is blocked; the walk then goes on in the first slot that stands above it.
class walk {
public:
    walk(const revision_graph &graph, const node_set &nodes)
        : graph_(graph),
          nodes_(nodes),
          relevant_(graph.size(), graph.resource()),
          blockers_(graph.resource()),
          slot_of_(graph.size(), none, graph.resource()),
          seen_(graph.size(), 0, graph.resource()),
          next_child_(graph.size(), 0, graph.resource()),
          slots_(graph.resource()),
          goals_(graph.resource()),
          search_(graph.resource()),
          result_(graph.resource()) {
        find_relevant();
        count_blockers();
        list_heads();
    }

    indexes run() {
        result_.reserve(nodes_.count());
        interrupt_check check;
        for (slot at = first_; at != none; check())
            at = blockers_[slots_[at].node] == 0 ? emit(at) : above(slots_[at].node);
        return std::move(result_);
    }

private:
    struct place {
        index node;
        slot previous, next;
    };

    // Nodes outside the set matter when they lie between two of its members, as gaps in an applied set do.
    void find_relevant() {
        indexes const members = in_order(graph_, nodes_);
        node_set reached(graph_.size(), graph_.resource());
        spread(graph_, reached, view(members), upward);
        spread(graph_, relevant_, view(members), downward, &reached);
    }

    template <class Visit>
    void each_above(index i, Visit visit) const {
        for (index child : graph_.children(i))
            if (relevant_.contains(child)) visit(child);
        for (index dependent : graph_.dependents(i))
            if (relevant_.contains(dependent)) visit(dependent);
    }

    void count_blockers() {
        blockers_.assign(graph_.size(), 0);
        for (index i = 0; i < graph_.size(); ++i)
            if (relevant_.contains(i)) each_above(i, [&](index) { ++blockers_[i]; });
    }

    void list_heads() {
        slots_.reserve(relevant_.count());
        for (auto i = static_cast<index>(graph_.size()); i-- > 0;)
            if (relevant_.contains(i) && has_tier(i)) append(i);
        for (index i = 0; i < graph_.size(); ++i)
            if (relevant_.contains(i) && !has_tier(i) && blockers_[i] == 0) append(i);
    }

    bool has_tier(index i) const noexcept { return !graph_.tier(i).empty(); }

    void append(index node) {
        auto const added = static_cast<slot>(slots_.size());
        slots_.push_back({node, last_, none});
        (last_ == none ? first_ : slots_[last_].next) = added;
        last_ = added;
        slot_of_[node] = added;
    }

    // Takes the slot out and says where to go on.
    slot remove(slot at) {
        place const gone = slots_[at];
        (gone.previous == none ? first_ : slots_[gone.previous].next) = gone.next;
        (gone.next == none ? last_ : slots_[gone.next].previous) = gone.previous;
        return gone.previous == none || has_tier(gone.node) ? first_ : gone.previous;
    }

    slot emit(slot at) {
        index const node = slots_[at].node;
        if (nodes_.contains(node)) result_.push_back(node);
        seen_[node] = done;
        bool moved = false;
        auto const release = [&](index below) {
            if (!relevant_.contains(below)) return;
            --blockers_[below];
            if (slot_of_[below] != none) return;
            if (moved) {
                append(below);
            } else {
                moved = true;
                slots_[at].node = below;
                slot_of_[below] = at;
            }
        };
        std::ranges::for_each(graph_.parents(node), release);
        std::ranges::for_each(graph_.dependencies(node), release);
        return moved ? at : remove(at);
    }

    bool is_emitted(index node) const noexcept { return seen_[node] == done; }

    slot above(index blocked) {
        slot const found = first_slot_above(blocked);
        return found != none ? found : next_goal(blocked);
    }

    // The earliest slot above `blocked`. Asking again and again can be quadratic, so all searches of one walk share a
    // budget; when that is used up (thousands of branches that cross), next_goal() chooses.
    slot first_slot_above(index blocked) {
        if (budget_ == 0) return none;
        ++round_;
        slot best = none;
        auto const enter = [&](index i) {
            if (budget_ > 0) --budget_;
            if (is_emitted(i) || seen_[i] == round_) return;
            seen_[i] = round_;
            search_.push_back(i);
            // Slots are numbered in the order of the list.
            if (slot_of_[i] != none) best = std::min(best, slot_of_[i]);
        };
        search_.clear();
        each_above(blocked, enter);
        while (!search_.empty() && budget_ > 0) {
            index const i = search_.back();
            search_.pop_back();
            each_above(i, enter);
        }
        return budget_ > 0 ? best : none;
    }

    // goals_ is one path upwards from a blocked node. It only grows at the top, by a node that was never on it, and
    // shrinks by what has been emitted or unblocked: linear over the whole walk.
    slot next_goal(index blocked) {
        while (!goals_.empty() && is_emitted(goals_.back())) goals_.pop_back();
        if (goals_.empty()) goals_.push_back(blocked);
        while (blockers_[goals_.back()] != 0) {
            index const goal = goals_.back();
            auto const children = graph_.children(goal), dependents = graph_.dependents(goal);
            index child;
            do {
                index const n = next_child_[goal]++;
                child = n < children.size() ? children[n] : dependents[n - children.size()];
            } while (!relevant_.contains(child) || is_emitted(child));
            // It still blocks the goal when the walk comes back without having emitted it.
            --next_child_[goal];
            goals_.push_back(child);
        }
        return slot_of_[goals_.back()];
    }

    static constexpr std::uint32_t done = ~std::uint32_t(0);

    const revision_graph &graph_;
    const node_set &nodes_;
    node_set relevant_;
    indexes blockers_;   // children and dependents still to emit
    boost::container::pmr::vector<slot> slot_of_;
    boost::container::pmr::vector<std::uint32_t> seen_;   // the last search that met the node, or done
    indexes next_child_;
    boost::container::pmr::vector<place> slots_;
    indexes goals_, search_, result_;
    slot first_ = none, last_ = none;
    std::uint32_t round_ = 0;
    std::uint32_t budget_ = 200'000;   // edges that searches may still look at; some milliseconds
};

}   // namespace

indexes downward_order(const revision_graph &graph, const node_set &nodes) { return walk(graph, nodes).run(); }

indexes upgrade_order(const revision_graph &graph, const node_set &nodes) {
    indexes order = downward_order(graph, nodes);
    std::ranges::reverse(order);
    return order;
}

}   // namespace whisper::graph

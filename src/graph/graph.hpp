#pragma once
// The revision graph: nodes in registration order, edges to parents (down_revision) and dependencies (depends_on).

#include <boost/container/pmr/memory_resource.hpp>
#include <boost/container/pmr/global_resource.hpp>
#include <boost/container/pmr/vector.hpp>
#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace whisper::graph {

using index = std::uint32_t;   // a node's position in registration order
using indexes = boost::container::pmr::vector<index>;
using memory = boost::container::pmr::memory_resource;
using strings = boost::container::small_vector<std::string, 1>;

// Boost's vectors do not convert to std::span by themselves.
template <class Vector>
std::span<const typename Vector::value_type> view(const Vector &vector) noexcept {
    return {vector.data(), vector.size()};
}

// What a caller registers; edges are names, a dependency may also be a branch label.
struct node {
    std::string id;
    std::string tier;   // usable like a branch label before '@'; may be empty
    strings down_revisions, depends_on, labels;
};

// A dense set of nodes; membership is O(1).
class node_set {
public:
    explicit node_set(std::size_t size, memory *resource = boost::container::pmr::get_default_resource())
        : bits_(size, false, resource) {}
    // A copy stays in the same memory resource.
    node_set(const node_set &other) : bits_(other.bits_, other.bits_.get_allocator()), count_(other.count_) {}
    node_set(node_set &&) noexcept = default;
    node_set &operator=(const node_set &) = default;
    node_set &operator=(node_set &&) = default;
    ~node_set() = default;
    bool contains(index i) const noexcept { return bits_[i] != 0; }
    // true when `i` was not in the set before
    bool insert(index i) noexcept {
        bool const fresh = !bits_[i];
        bits_[i] = 1;
        count_ += fresh;
        return fresh;
    }
    void erase(index i) noexcept {
        count_ -= bits_[i];
        bits_[i] = 0;
    }
    std::size_t count() const noexcept { return count_; }
    std::size_t capacity() const noexcept { return bits_.size(); }

private:
    boost::container::pmr::vector<unsigned char> bits_;
    std::size_t count_ = 0;
};

// Immutable once built. Building is O(V+E) and throws whisper::failure: duplicate_revision, missing_revision
// (a parent or dependency that is no node), cycle (self-loops too), duplicate_label.
class revision_graph {
public:
    // `tiers` may name some that have no node yet: such a tier is an empty branch.
    explicit revision_graph(std::span<const node> nodes,
                            memory *resource = boost::container::pmr::get_default_resource(),
                            std::span<const std::string> tiers = {});
    revision_graph(const revision_graph &) = delete;
    revision_graph &operator=(const revision_graph &) = delete;
    ~revision_graph();

    std::size_t size() const noexcept;
    memory *resource() const noexcept;
    std::string_view id(index i) const noexcept;
    std::string_view tier(index i) const noexcept;
    std::span<const index> parents(index i) const noexcept;             // down_revision, as declared
    std::span<const index> dependencies(index i) const noexcept;        // depends_on, as declared (labels resolved)
    std::span<const index> children(index i) const noexcept;            // reverse of parents
    std::span<const index> dependents(index i) const noexcept;          // reverse of dependencies
    std::span<const std::string_view> labels(index i) const noexcept;   // declared on this node
    bool is_branch_point(index i) const noexcept { return children(i).size() > 1; }
    bool is_merge_point(index i) const noexcept { return parents(i).size() > 1; }

    // The node with exactly this id, or nothing.
    std::optional<index> find(std::string_view id) const noexcept;
    // An id, a unique prefix of at least 4 characters, or a branch label (the node that declares it).
    // `within` (a label, a tier or a revision) limits all of them to its lineage(). Throws unknown_revision,
    // ambiguous_revision.
    index resolve(std::string_view name, std::string_view within = {}) const;
    // True when `name` is a branch label or a tier.
    bool is_branch(std::string_view name) const noexcept;
    bool is_tier(std::string_view name) const noexcept;
    // Members of a branch label (the labelled node, its descendants below the merges that end the branch, and its
    // ancestors above the fork or merge that begins it) or of a tier (all its nodes). Throws unknown_revision.
    node_set members(std::string_view branch) const;
    // What BRANCH@ lets a target choose from: all ancestors and descendants of the labelled node, merges included and
    // dependencies left out, as in Alembic; a revision names its own lineage in the same way; a tier all its nodes.
    // Throws unknown_revision, ambiguous_revision.
    node_set lineage(std::string_view branch) const;

    // Nodes that are nobody's parent / that have no parent, of the whole graph, of one label's or revision's lineage,
    // or of one tier (there, edges to other tiers do not count). Throws as lineage() does.
    indexes heads(std::string_view branch = {}) const;
    indexes bases(std::string_view branch = {}) const;
    // Everything that must be applied for `nodes` to be applied: they, their parents and dependencies, transitively.
    node_set closure(std::span<const index> nodes) const;
    // Of an applied set, those that no applied revision has as parent or dependency.
    indexes current_heads(const node_set &applied) const;
    // The same without regard to dependencies: where each branch stands, as whisper_current() shows it.
    indexes current_tips(const node_set &applied) const;

private:
    struct storage;

    node_set tier_members(std::string_view tier) const;
    indexes ends(std::string_view branch, bool upper) const;
    [[noreturn]] void throw_unknown_branch(std::string_view name) const;
    storage *const storage_;
};

}   // namespace whisper::graph

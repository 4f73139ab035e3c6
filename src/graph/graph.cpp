#include "graph/graph.hpp"

#include "error.hpp"
#include "graph/storage.hpp"

#include <limits>
#include <memory>
#include <new>

namespace whisper::graph {

namespace {

// The storage lives in the caller's memory resource like everything in it.
struct release {
    template <class Storage>
    void operator()(Storage *storage) const noexcept {
        memory *const resource = storage->resource;
        storage->~Storage();
        resource->deallocate(storage, sizeof(Storage), alignof(Storage));
    }
};

}   // namespace

revision_graph::revision_graph(std::span<const node> nodes, memory *resource, std::span<const std::string> tiers)
    : storage_([&] {
          if (nodes.size() >= std::numeric_limits<index>::max())
              throw failure(sqlstate::program_limit, "too many revisions");
          void *const place = resource->allocate(sizeof(storage), alignof(storage));
          std::unique_ptr<storage, release> built(new (place) storage(resource));
          built->reserve(nodes, tiers);
          built->take_names(nodes);
          built->take_empty_tiers(tiers);
          built->take_edges(nodes);
          return built.release();
      }()) {
    std::unique_ptr<storage, release> undo(storage_);   // the destructor does not run when a constructor throws
    require_acyclic(*this);
    static_cast<void>(undo.release());
}

revision_graph::~revision_graph() { release()(storage_); }

std::size_t revision_graph::size() const noexcept { return storage_->ids.size(); }
memory *revision_graph::resource() const noexcept { return storage_->resource; }
std::string_view revision_graph::id(index i) const noexcept { return storage_->ids[i]; }
std::string_view revision_graph::tier(index i) const noexcept { return storage_->tiers[storage_->tier_of[i]]; }
std::span<const index> revision_graph::parents(index i) const noexcept { return storage_->parents[i]; }
std::span<const index> revision_graph::dependencies(index i) const noexcept { return storage_->dependencies[i]; }
std::span<const index> revision_graph::children(index i) const noexcept { return storage_->children[i]; }
std::span<const index> revision_graph::dependents(index i) const noexcept { return storage_->dependents[i]; }
std::span<const std::string_view> revision_graph::labels(index i) const noexcept { return storage_->labels[i]; }

}   // namespace whisper::graph

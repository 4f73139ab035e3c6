#pragma once
// C++ containers in PostgreSQL's memory contexts.

#include "pg/guard.hpp"

namespace whisper::pg {

// A memory resource over a MemoryContext: std::bad_alloc instead of ereport, so no jump can leave an allocation.
class context_resource final : public boost::container::pmr::memory_resource {
public:
    explicit context_resource(MemoryContext context) noexcept : context_(context) {}

private:
    void *do_allocate(std::size_t bytes, std::size_t alignment) override {
        std::size_t const slack = alignment > MAXIMUM_ALIGNOF ? alignment + sizeof(void *) : 0;
        if (bytes > MaxAllocHugeSize - slack) throw std::bad_alloc();
        void *const raw = MemoryContextAllocExtended(context_, bytes + slack, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
        if (!raw) throw std::bad_alloc();
        if (!slack) return raw;
        auto const at = TYPEALIGN(alignment, reinterpret_cast<uintptr_t>(raw) + sizeof(void *));
        reinterpret_cast<void **>(at)[-1] = raw;   // palloc aligns to 8 only: remember what to free
        return reinterpret_cast<void *>(at);
    }
    void do_deallocate(void *at, std::size_t, std::size_t alignment) override {
        pfree(alignment > MAXIMUM_ALIGNOF ? static_cast<void **>(at)[-1] : at);
    }
    bool do_is_equal(const memory_resource &other) const noexcept override {
        auto const *const same = dynamic_cast<const context_resource *>(&other);
        return same && same->context_ == context_;
    }

    MemoryContext context_;
};

// A memory context of the current function call, deleted with the scope.
class memory_scope {
public:
    explicit memory_scope(MemoryContext parent = CurrentMemoryContext)
        : context_(guarded([=] { return AllocSetContextCreate(parent, "whisper_migrate", ALLOCSET_DEFAULT_SIZES); })),
          resource_(context_) {}
    memory_scope(const memory_scope &) = delete;
    memory_scope &operator=(const memory_scope &) = delete;
    ~memory_scope() { MemoryContextDelete(context_); }

    MemoryContext context() const noexcept { return context_; }
    context_resource *resource() noexcept { return &resource_; }

private:
    MemoryContext context_;
    context_resource resource_;
};

// Makes `context` current for a scope.
class current_context {
public:
    explicit current_context(MemoryContext context) noexcept : before_(MemoryContextSwitchTo(context)) {}
    current_context(const current_context &) = delete;
    current_context &operator=(const current_context &) = delete;
    ~current_context() { MemoryContextSwitchTo(before_); }

private:
    MemoryContext const before_;
};

}   // namespace whisper::pg

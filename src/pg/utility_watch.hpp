#pragma once
// The definitions that this session changes, told by the server's utility hook as each statement runs.

#include "pg/object_watch.hpp"
#include "pg/utility_statement.hpp"

namespace whisper::pg {

// What before() and after() throw becomes the statement's error.
class utility_observer {
public:
    // Asked at every statement: cheap.
    virtual bool wants_statements() const noexcept = 0;
    virtual void before(const utility_statement &statement) = 0;
    // The events live until it returns; elapsed in microseconds.
    virtual void after(const utility_statement &statement, std::span<const object_event> events, int64 elapsed) = 0;
    // The transaction (level 1) or subtransaction of this nesting level ended.
    virtual void committed(int level) noexcept = 0;
    virtual void rolled_back(int level) noexcept = 0;
    // Whether it knows of anything that is not committed yet.
    virtual bool holds_uncommitted() const noexcept = 0;

protected:
    ~utility_observer() = default;
};

// The session's one observer, from now on: whatever a function of its own runs, alone or as part of another statement,
// except under another object_watch (a run) and parts of statements. PREPARE TRANSACTION fails while it holds
// something uncommitted.
void observe_utilities(utility_observer &observer) noexcept;

// Called when the module is loaded; again when loading it failed before.
void install_utility_hook();

}   // namespace whisper::pg

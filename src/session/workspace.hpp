#pragma once
// What every function begins with: a session, the registry brought up to date, its graph.

#include "pg/activity.hpp"
#include "pg/memory.hpp"
#include "pg/settings.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"

namespace whisper::session {

enum class access : unsigned char { read, write, deploy };

// Reading brings the registry up to date in memory only, so it works on a standby too. Writing takes the runners'
// lock first and stores what changed. A deploy does so too, under the lock of its own, and may commit afterwards: the
// registry stays as it was read.
class workspace {
public:
    // Throws what reading the pack and building the graph throw, and serialization_failure when another runner
    // finished while a snapshot of before was in force.
    explicit workspace(access mode);
    // For another location than the one in force (whisper_load).
    workspace(access mode, const std::string &location);
    // For a deploy; waits at most so many milliseconds for other runs. Throws 55P03, too.
    static constexpr struct deploy_t {
    } deploy{};
    workspace(deploy_t, int64 max_wait);

    pg::spi_session &session() noexcept { return session_; }
    registry::registry &registry() noexcept { return registry_; }
    const registry::registry &registry() const noexcept { return registry_; }
    pg::context_resource *memory() noexcept { return memory_.resource(); }
    MemoryContext context() const noexcept { return memory_.context(); }

    // In a deploy, after statements of a migration. Throws 55006 when other runs may come in between.
    void require_alone() { deploy_lock_->require_held(); }

    // After a change to the records in memory: stores them and builds the graph anew.
    void store();
    // After everything applied was taken back: plans start from nothing.
    void forget_applied();

private:
    void open(access mode, const std::string *location);
    // A transaction that keeps one snapshot must not plan on what was true before another runner finished.
    void require_current_snapshot();
    void require_may_switch(const std::string &caller, const std::string &location);
    // Of tables that two tiers would create, where something was just read.
    void warn_of_conflicts() const;

    pg::memory_scope memory_;
    pg::spi_session session_;
    std::optional<pg::deploy_lock> deploy_lock_;
    registry::registry registry_;
};

}   // namespace whisper::session

#pragma once
// Whose table is it: recorded from what revisions created, asked at every step.

#include "pg/object_watch.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"

#include <unordered_map>

namespace whisper::engine {

// Rows that a downgrade would lose.
struct data_loss {
    std::string subject;   // "table \"public.t\"" or "column \"public.t.c\""
    int64 rows;
};

class ownership {
public:
    // Reads the owned tables; under pg::engine_scope.
    explicit ownership(pg::spi_session &session);

    // Looks at what a step did. Throws not_owner_tier when an upgrade touched a table of another tier, or a downgrade
    // dropped a table that its revision did not create. Adds to losses() what a downgrade dropped with rows in it.
    void check(const registry::revision_record &revision, bool up, std::span<const pg::object_event> events);

    const boost::container::vector<data_loss> &losses() const noexcept { return losses_; }

private:
    struct owner {
        std::string tier, revision;
        bool created;
    };
    void check_up(const registry::revision_record &revision, const pg::object_event &event);
    void check_down(const registry::revision_record &revision, const pg::object_event &event);

    std::unordered_map<Oid, owner> owners_;
    boost::container::vector<data_loss> losses_;
};

// Throws data_loss listing what would go, most rows first, when there is any.
void require_no_loss(const boost::container::vector<data_loss> &losses);

}  // namespace whisper::engine

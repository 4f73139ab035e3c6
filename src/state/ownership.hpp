#pragma once
// Whose table is it: recorded from what revisions created, asked at every step.

#include "pg/object_watch.hpp"
#include "pg/spi.hpp"
#include "registry/model.hpp"
#include "state/object_owners.hpp"

#include <functional>
#include <set>
#include <string>
#include <unordered_map>

namespace whisper::state {

// Rows that a run would lose.
struct data_loss {
    std::string subject;      // "table \"public.t\"" or "column \"public.t.c\""
    int64 rows;               // or pg::unknown_rows
    std::string revision{};   // of which a statement would lose them; empty where none has one
};

// The revision that had made a table before the one given dropped it, which its way down makes again.
using first_creator = std::function<std::string(const registry::revision_record &, Oid)>;

// That revision: the last applied one before `undone` whose text creates the table, else the one that `undone` follows.
std::string creator_before(const registry::registry &r, const registry::revision_record &undone, Oid table);

// Whether the run takes that revision back, too.
using taken_back = std::function<bool(const std::string &revision)>;

class ownership {
public:
    // Reads the owned tables; under pg::engine_scope.
    ownership(pg::spi_session &session, first_creator creator, taken_back goes = {});

    // Looks at what a step did. Throws "55006" when it changed the engine's own catalog, not_owner_tier when an
    // it touched what another tier has, or a downgrade dropped a table that no revision created which it takes back.
    // Adds to losses() what was dropped or emptied with rows in it. `goes_on`: with more of the step that was looked at
    // last, in a transaction after that one.
    void check(const registry::revision_record &revision, bool up, std::span<const pg::object_event> events,
               bool goes_on = false);

    // Before a CREATE TABLE: throws not_owner_tier when another tier has the table, be it with IF NOT EXISTS.
    void require_free(const registry::revision_record &revision, const script::qualified_name &name) const;

    const boost::container::vector<data_loss> &losses() const noexcept { return losses_; }
    // After what was found has been recorded.
    void forget_findings() noexcept {
        losses_.clear();
        emptied_.clear();
        made_.clear();   // whatever others have put in since is not the run's
        restored_.clear();
    }

    // Tables that ways down made again, each with the revision it belongs to.
    const boost::container::vector<std::pair<Oid, std::string>> &restored() const noexcept { return restored_; }

private:
    struct owner {
        std::string tier, revision;
        bool created;
        bool applied;   // when this was read
    };
    [[noreturn]] static void refuse(const registry::revision_record &revision, const std::string &table,
                                    const owner &whose);
    void refuse_own_catalog(const registry::revision_record &revision, const pg::object_event &event) const;
    void check_loss(const registry::revision_record &revision, const pg::object_event &event);
    void check_other(const registry::revision_record &revision, bool up, const pg::object_event &event);
    void check_up(const registry::revision_record &revision, const pg::object_event &event);
    void check_down(const registry::revision_record &revision, const pg::object_event &event);

    first_creator first_creator_;
    taken_back goes_;
    Oid own_schema_;
    std::unordered_map<Oid, owner> owners_;
    std::set<std::pair<Oid, int32>> made_;   // tables and columns that the step (down) or run (up) under check created
    std::set<std::string> taken_back_;       // revisions of the run
    std::set<Oid> emptied_;                  // tables that were truncated in the transaction under check
    object_owners objects_;                  // all else
    boost::container::vector<std::pair<Oid, std::string>> restored_;
    boost::container::vector<data_loss> losses_;
};

// A line for each, most rows first.
std::string list_of(const boost::container::vector<data_loss> &losses);

// Throws data_loss listing what would go, most rows first, when there is any. `repeat` is what to do to have it gone:
// "run …"; empty where only the file can say so, or an upgrade's rows have to go first.
void require_no_loss(const boost::container::vector<data_loss> &losses, bool up, const std::string &repeat);

}   // namespace whisper::state

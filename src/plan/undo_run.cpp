#include "plan/undo_run.hpp"

#include "graph/messages.hpp"
#include "pg/settings.hpp"
#include "script/quote.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <queue>

namespace whisper::plan {
namespace {

using graph::quoted;

// How an applied revision came to be so; there is one more for each run but the first that ran another text of it.
struct application {
    int64 entry, run;   // of the history
    bool recorded;      // not run: it was there
    std::string revision;
    std::optional<int64> edited_in;
};

// What is applied since it was taken back the last time, or ever; the latest first. Of what was adopted in part the
// rest has run.
constexpr const char *select_applications =
    R"sql(
        WITH entry AS (SELECT h.id, h.run, h.direction, h.revision, h.checksum,
         lag(h.checksum) OVER (PARTITION BY h.revision ORDER BY h.id) AS before,
         row_number() OVER (PARTITION BY h.revision ORDER BY h.id) AS place
         FROM whisper.history h JOIN whisper.applied a ON a.revision = h.revision
         WHERE (h.direction IN ('up', 'stamp', 'capture', 'repair') OR (h.direction, a.origin) IN (('adopt', 'adopted')))
         AND NOT EXISTS (SELECT FROM whisper.history gone WHERE gone.revision = h.revision
          AND gone.id > h.id AND gone.direction IN ('down', 'forget', 'rebuild')))
        SELECT f.id, f.run, f.direction IN ('stamp', 'adopt'), f.revision, again.run FROM entry f LEFT JOIN entry again
         ON again.revision = f.revision AND again.direction = 'up'
         AND again.place > 1 AND again.checksum IS DISTINCT FROM again.before
        WHERE f.place = 1 ORDER BY f.id DESC, again.run DESC)sql";

using applications = boost::container::vector<application>;

applications read_applications(pg::spi_session &session) {
    pg::engine_scope const scope;
    pg::rows const rows = session.query_catalog(select_applications);
    applications found;
    for (std::size_t i = 0; i < rows.size(); ++i)
        found.push_back({rows.int8(i, 0), rows.int8(i, 1), rows.boolean(i, 2), rows.text(i, 3),
                         rows.is_null(i, 4) ? std::nullopt : std::optional(rows.int8(i, 4))});
    return found;
}

// The runs that brought what is applied or edited it, the latest first.
boost::container::vector<int64> runs_in(const applications &all) {
    boost::container::vector<int64> runs;
    for (const application &a : all) {
        runs.push_back(a.run);
        if (a.edited_in) runs.push_back(*a.edited_in);
    }
    std::ranges::sort(runs, std::greater<>());
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    return runs;
}

std::string target_of(std::size_t runs) { return runs == 1 ? "run" : "run-" + std::to_string(runs); }

std::string text_of_runs(std::size_t runs) {
    return runs == 1 ? "the last run" : "the last " + std::to_string(runs) + " runs";
}

class undo_planner {
public:
    undo_planner(pg::spi_session &session, const registry::registry &r, const run_request &request, int runs)
        : r_(r),
          graph_(*r.revision_graph),
          request_(request),
          all_(read_applications(session)),
          runs_(runs_in(all_)),
          wanted_(static_cast<std::size_t>(runs)),
          undone_(graph_.size(), graph_.resource()) {
        if (wanted_ <= runs_.size()) return;
        throw failure(
            sqlstate::relative_off_end, "there are no " + std::to_string(runs) + " runs to take back",
            runs_.empty() ? "No revision is applied." : "What is applied is of " + std::to_string(runs_.size()) + ".",
            runs_.empty() ? "" : "take back all of it with " + call_of("base"));
    }

    run_plan plan() {
        choose();
        require_profile();
        require_free();
        return in_reverse();
    }

private:
    std::string call_of(const std::string &target) const {
        run_request other = request_;
        other.target = target;
        return run_call(other);
    }

    bool is_of(int64 run) const { return run >= runs_[wanted_ - 1]; }

    void choose() {
        for (const application &a : all_) {
            if (!is_of(a.run)) {
                if (a.edited_in && is_of(*a.edited_in)) refuse_edited(a);
                continue;
            }
            if (a.recorded) refuse_recorded(a);
            auto const node = graph_.find(a.revision);
            if (!node) refuse_unregistered(a);
            if (!r_.applied_set->contains(*node)) continue;
            undone_.insert(*node);
            entries_[*node] = a.entry;
        }
    }

    // The text that it had before is not kept.
    [[noreturn]] void refuse_edited(const application &a) const {
        throw failure(sqlstate::invalid_target,
                      "run " + std::to_string(*a.edited_in) + " ran an edited file again, which cannot be taken back",
                      "Revision " + quoted(a.revision) + " was applied by run " + std::to_string(a.run) + " before.",
                      "put the earlier text of the file back and run SELECT * FROM whisper_upgrade(" +
                          script::quote_literal(a.revision) + "), or take the revision back altogether with " +
                          call_of(a.revision + "-1"));
    }

    // A way down would drop what was there before.
    [[noreturn]] void refuse_recorded(const application &a) const {
        auto const newer = static_cast<std::size_t>(std::ranges::find(runs_, a.run) - runs_.begin());
        throw failure(sqlstate::invalid_target,
                      "run " + std::to_string(a.run) + " recorded revisions without running them",
                      "Revision " + quoted(a.revision) + " is one of them.",
                      newer > 0 ? "take back " + text_of_runs(newer) + " with " + call_of(target_of(newer))
                                : "forget the records, and leave what they are about, with " + stamp_before(a.run));
    }

    std::string stamp_before(int64 run) const {
        graph::node_set left = *r_.applied_set;
        for (const application &a : all_)
            if (auto const node = graph_.find(a.revision); node && a.run == run) left.erase(*node);
        std::string heads;
        for (graph::index const i : graph_.current_heads(left))
            heads += (heads.empty() ? "" : ", ") + std::string(graph_.id(i));
        return "SELECT * FROM whisper_stamp(" + script::quote_literal(heads.empty() ? "base" : heads) +
               ", purge => true)";
    }

    [[noreturn]] static void refuse_unregistered(const application &a) {
        throw failure(sqlstate::unknown_revision,
                      "revision " + quoted(a.revision) + " of run " + std::to_string(a.run) + " is not registered",
                      "Without its text there is no way down.",
                      "put its file back; whisper_verify() says how to forget it");
    }

    // A profile that was asked for is not left unheard, and half of a run is no run.
    void require_profile() const {
        if (!request_.profile) return;
        script::strings const tiers = profile_tiers(r_, request_.profile);
        for (auto const &[node, entry] : entries_) {
            if (std::ranges::find(tiers, r_.revisions[node].tier) != tiers.end()) continue;
            run_request all = request_;
            all.profile.reset();
            throw failure(
                sqlstate::invalid_target,
                text_of_runs(wanted_) + " reached a tier that profile " + quoted(*request_.profile) + " does not have",
                "Revision " + quoted(graph_.id(node)) + " is in tier " + quoted(graph_.tier(node)) + ".",
                "take back all of it with " + run_call(all));
        }
    }

    template <class Visit>
    void each_above(graph::index i, Visit visit) const {
        std::ranges::for_each(graph_.children(i), visit);
        std::ranges::for_each(graph_.dependents(i), visit);
    }

    // Headers of repeatable files change: what came earlier may stand on what came later.
    void require_free() const {
        for (auto const &undone : entries_) {
            graph::index const node = undone.first;
            each_above(node, [&](graph::index above) {
                if (!r_.applied_set->contains(above) || undone_.contains(above)) return;
                throw failure(sqlstate::not_an_ancestor,
                              "revision " + quoted(graph_.id(node)) + " cannot be taken back while " +
                                  quoted(graph_.id(above)) + " is applied",
                              quoted(graph_.id(above)) + " stands on it, and is of an earlier run.",
                              "take back the runs since then with " + call_of(target_of(runs_down_to(above))));
            });
        }
    }

    std::size_t runs_down_to(graph::index i) const {
        auto const found = std::ranges::find_if(all_, [&](const application &a) { return a.revision == graph_.id(i); });
        if (found == all_.end()) return runs_.size();
        auto const at = std::ranges::find(runs_, found->run);
        return static_cast<std::size_t>(at - runs_.begin()) + 1;
    }

    // The latest first, but nothing before what stands on it.
    run_plan in_reverse() {
        std::map<graph::index, int> blockers;
        std::priority_queue<std::pair<int64, graph::index>> ready;
        for (auto const &[node, entry] : entries_) {
            each_above(node, [&, below = node](graph::index above) { blockers[below] += undone_.contains(above); });
            if (blockers[node] == 0) ready.emplace(entry, node);
        }
        run_plan plan;
        auto const release = [&](graph::index below) {
            if (undone_.contains(below) && --blockers[below] == 0) ready.emplace(entries_[below], below);
        };
        while (!ready.empty()) {
            graph::index const node = ready.top().second;
            ready.pop();
            plan.steps.push_back({node, false, false});
            std::ranges::for_each(graph_.parents(node), release);
            std::ranges::for_each(graph_.dependencies(node), release);
        }
        return plan;
    }

    const registry::registry &r_;
    const graph::revision_graph &graph_;
    const run_request &request_;
    applications const all_;
    boost::container::vector<int64> const runs_;
    std::size_t const wanted_;
    graph::node_set undone_;
    std::map<graph::index, int64> entries_;   // of the history, by revision
};

}   // namespace

std::optional<int> runs_of_target(const registry::registry &r, std::string_view target) {
    constexpr std::string_view run = "run";
    if (!target.starts_with(run)) return std::nullopt;
    std::string_view const rest = target.substr(run.size());
    if (!rest.empty() && (rest[0] != '-' || rest.size() == 1 || rest.find_first_not_of("0123456789", 1) != rest.npos))
        return std::nullopt;
    auto const is_called_so = [&](const registry::revision_record &record) {
        return record.revision == target || record.revision == run ||
               std::ranges::find(record.branch_labels, run) != record.branch_labels.end();
    };
    if (std::ranges::any_of(r.revisions, is_called_so)) return std::nullopt;
    if (rest.empty()) return 1;
    int count = 0;
    auto const [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), count);
    if (error == std::errc() && count > 0) return count;
    throw failure(
        sqlstate::invalid_target, "invalid target " + quoted(target),
        count == 0 && error == std::errc() ? "it takes back at least one run" : "the number of runs is too large",
        "write run for the last run, run-2 for the last two");
}

run_plan plan_undo(pg::spi_session &session, const registry::registry &r, const run_request &request, int runs) {
    run_plan plan = undo_planner(session, r, request, runs).plan();
    plan.request = request;
    return plan;
}

}   // namespace whisper::plan

#include "baseline/adopt.hpp"

#include "baseline/verify_denial.hpp"
#include "pg/parse.hpp"
#include "plan/planner.hpp"
#include "registry/store.hpp"
#include "script/program.hpp"
#include "script/quote.hpp"
#include "state/recorder.hpp"
#include "state/unfinished.hpp"
#include "sync/claims.hpp"
#include "sync/foreign_history.hpp"
#include "sync/history.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace whisper::baseline {
namespace {

bool has_tier(const sync::foreign_evidence &tool, const std::string &tier) {
    return std::find(tool.tiers.begin(), tool.tiers.end(), tier) != tool.tiers.end();
}

bool runs_something(const shadow::expected_step &step) {
    return std::any_of(step.statements.begin(), step.statements.end(),
                       [](const shadow::expected_statement &s) { return !s.sets; });
}

bool somebody_says(const registry::registry &r, const boost::container::vector<sync::foreign_evidence> &tools,
                   graph::index revision) {
    return std::any_of(tools.begin(), tools.end(), [&](const sync::foreign_evidence &tool) {
        return has_tier(tool, r.revisions[revision].tier) && tool.says[revision];
    });
}

// Revisions that leave nothing in the catalogs. Such a revision is present when something that builds on it is. Where
// nothing does, another tool's record decides; without one, a revision that runs nothing is present when all it builds
// on is, and one that runs something counts as absent: rows that are written twice get noticed, missing ones may not. A
// revision whose verify section does not hold is absent in any case.
void settle_empty(const registry::registry &r, const graph::node_set &denied, const shadow::expected_schema &expected,
                  const boost::container::vector<sync::foreign_evidence> &tools,
                  boost::container::vector<drift::step_verdict> &steps) {
    graph::node_set there(r.revisions.size(), r.revision_graph->resource());
    auto const supports = [](drift::verdict v) { return v != drift::verdict::absent; };
    for (const drift::step_verdict &s : steps)
        if (s.has_items && supports(s.is)) there.insert(s.revision);
    for (auto s = steps.rbegin(); s != steps.rend(); ++s) {
        if (s->has_items || denied.contains(s->revision)) continue;
        for (graph::index const child : r.revision_graph->children(s->revision))
            if (there.contains(child)) {
                s->is = drift::verdict::present;
                there.insert(s->revision);
                break;
            }
    }
    for (std::size_t n = 0; n < steps.size(); ++n) {
        drift::step_verdict &s = steps[n];
        if (s.has_items || s.is == drift::verdict::present || denied.contains(s.revision)) continue;
        bool const told = somebody_says(r, tools, s.revision);
        if (!told && runs_something(expected.steps[n])) {
            s.is_unknown = true;
            continue;
        }
        std::span<const graph::index> const parents = r.revision_graph->parents(s.revision);
        bool all = !parents.empty();
        for (graph::index const parent : parents) all &= there.contains(parent) || r.applied_set->contains(parent);
        if (!all && !told) continue;
        s.is = drift::verdict::present;
        there.insert(s.revision);
    }
}

std::string evidence_of(const registry::registry &r, const graph::node_set &denied, const drift::step_verdict &s,
                        const boost::container::vector<sync::foreign_evidence> &tools) {
    std::string text = s.has_items ? std::to_string(s.present) + " of " + std::to_string(s.all) + " catalog items"
                                   : std::string("leaves nothing in the catalogs");
    if (denied.contains(s.revision)) text += ", and its verify section does not hold";
    if (s.is_unknown) text += ", and nothing tells that it has run";
    std::string const &tier = r.revisions[s.revision].tier;
    for (const sync::foreign_evidence &tool : tools) {
        if (!has_tier(tool, tier)) continue;
        bool const says = tool.says[s.revision];
        bool const there = s.is == drift::verdict::present || s.is == drift::verdict::different;
        if (says == there)
            text += says ? "; " + tool.source + " agrees" : "";
        else
            text +=
                "; " + tool.source +
                (says ? " has it as applied, the catalogs do not" : " does not have it as applied, the catalogs do");
    }
    return text;
}

bool is_done(const shadow::expected_schema &expected, const drift::actual_schema &actual, const drift::step_verdict &v,
             std::size_t s, int number) {
    for (const drift::statement_verdict &of : v.statements)
        if (of.number == number) return of.is != drift::verdict::absent;
    for (const shadow::expected_statement &e : expected.steps[s].statements)
        if (e.number == number) return !e.sets && !e.relation.empty() && actual.has_table(e.relation);
    return false;
}

bool drops_something(const shadow::expected_schema &expected, std::size_t s, int number) {
    return std::any_of(expected.items.begin(), expected.items.end(), [&](const shadow::expected_item &item) {
        return std::any_of(item.versions.begin(), item.versions.end(), [&](const shadow::item_version &v) {
            return v.step == s && v.statement == number && !v.exists;
        });
    });
}

// Whether what an upgrade would run of the revision only makes what is not there, and fills what it makes: it touches
// no row and no object that is there, whatever has run before.
bool is_gap(const shadow::expected_schema &expected, const drift::actual_schema &actual, const drift::step_verdict &v,
            std::size_t s) {
    if (!v.has_items || (v.is != drift::verdict::absent && v.is != drift::verdict::partial)) return false;
    for (const shadow::expected_statement &e : expected.steps[s].statements) {
        bool const whole = v.is == drift::verdict::absent;
        if (e.sets || (!whole && is_done(expected, actual, v, s, e.number))) continue;
        bool const makes = std::any_of(v.statements.begin(), v.statements.end(),
                                       [&](const drift::statement_verdict &of) { return of.number == e.number; });
        bool const about_missing = !e.relation.empty() && !actual.has_table(e.relation);
        if (makes ? drops_something(expected, s, e.number) : !about_missing) return false;
    }
    return true;
}

std::string together(const drift::step_verdict &s) {
    std::string text;
    for (auto const *const list : {&s.differences, &s.remarks})
        for (const std::string &d : *list) text += (text.empty() ? "" : "; ") + d;
    return text;
}

class adopter {
public:
    adopter(session::workspace &work, const shadow::expected_schema &expected, const drift::actual_schema &actual,
            const boost::container::vector<drift::step_verdict> &verdicts)
        : work_(work),
          expected_(expected),
          actual_(actual),
          verdicts_(verdicts),
          recorded_(read_recorded(work.session())) {}

    void run() {
        const registry::registry &r = work_.registry();
        int number = 0;
        for (std::size_t s = 0; s < verdicts_.size(); ++s) {
            const drift::step_verdict &v = verdicts_[s];
            if (r.applied_set->contains(v.revision)) continue;
            registry::revision_record const &revision = r.revisions[v.revision];
            if (v.is == drift::verdict::absent) {
                forget_statements(revision.revision);
                continue;
            }
            adopted_.insert(revision.revision);
            bool const whole = v.is != drift::verdict::partial && !v.has_absent;
            bool const repeatable = r.find_tier(revision.tier)->kind == script::tier_kind::repeatable;
            bool news = whole;
            if (!whole || repeatable) news |= record_statements(s, whole);
            if (news)
                records_.add({++number, state::step_kind::adopt, &revision,
                              whole ? state::applied_by::adoption : state::applied_by::nothing, 0, 0, pg::now()});
        }
        pg::engine_scope const scope;
        records_.flush(work_.session(), {});
        if (number > 0) record_differences();
        own_objects();
    }

private:
    // What has run already, as far as the catalogs show it. Statements that leave nothing count as run when the table
    // they are about is there.
    // Returns whether that is not what was recorded before.
    bool record_statements(std::size_t s, bool whole) {
        const registry::revision_record &revision = work_.registry().revisions[verdicts_[s].revision];
        registry::revision_text const text = registry::read_text(work_.session(), revision);
        script::program const program = script::compile(pg::server_parser(), text.up, revision.file, text.up_line);
        boost::container::vector<bool> done;
        std::set<int> numbers;
        for (const script::action &a : program.actions) {
            done.push_back(whole || is_done(expected_, actual_, verdicts_[s], s, a.number));
            if (done.back() && a.kind != script::action_kind::echo) numbers.insert(a.number);
        }
        auto const before = recorded_.find(revision.revision);
        if (before != recorded_.end() && before->second == numbers) return false;
        if (numbers.empty()) forget_statements(revision.revision);
        records_.statements_of(revision, program, &done);
        return true;
    }

    // What an earlier adoption found done of revisions that are pending still.
    static std::unordered_map<std::string, std::set<int>> read_recorded(pg::spi_session &session) {
        pg::engine_scope const scope;
        pg::rows const rows = session.query_catalog(
            R"sql(
                SELECT s.revision, s.number FROM whisper.statement s WHERE NOT EXISTS
                (SELECT FROM whisper.applied a WHERE a.revision = s.revision))sql");
        std::unordered_map<std::string, std::set<int>> recorded;
        for (std::size_t i = 0; i < rows.size(); ++i) recorded[rows.text(i, 0)].insert(rows.int4(i, 1));
        return recorded;
    }

    void forget_statements(const std::string &revision) {
        if (!recorded_.contains(revision)) return;
        pg::engine_scope const scope;
        work_.session().query_catalog("DELETE FROM whisper.statement WHERE revision = $1", {pg::to_value(revision)});
        state::statement_objects::forget(work_.session(), {revision});
    }

    // The log keeps what was accepted.
    void record_differences() {
        for (const drift::step_verdict &v : verdicts_) {
            std::string const &revision = work_.registry().revisions[v.revision].revision;
            if (together(v).empty() || !adopted_.contains(revision)) continue;
            work_.session().query_catalog(
                R"sql(
                    UPDATE whisper.history SET message = message || '; differs: ' || $1
                    WHERE run = $3 AND revision = $2)sql",
                {pg::to_value(together(v)), pg::to_value(revision), pg::to_value(state::last_run(work_.session()))});
        }
    }

    void own_objects() {
        boost::container::vector<state::owned_object> found;
        for (const shadow::expected_object &o : expected_.objects)
            if (adopted_.contains(o.revision) && exists(o))
                found.push_back(
                    {o.type, o.identity, o.names, o.arguments, o.schema, o.name, o.tier, o.revision, "adopted"});
        state::own_objects(work_.session(), state::last_run(work_.session()), {found.data(), found.size()}, false);
    }

    bool exists(const shadow::expected_object &o) const {
        if (actual_.find(o.type + " " + o.identity)) return true;
        if (o.type == "table column") return actual_.find("column " + o.identity) != nullptr;
        if (o.type == "table constraint") return actual_.find("constraint " + o.identity) != nullptr;
        return false;
    }

    session::workspace &work_;
    const shadow::expected_schema &expected_;
    const drift::actual_schema &actual_;
    const boost::container::vector<drift::step_verdict> &verdicts_;
    std::unordered_map<std::string, std::set<int>> const recorded_;
    state::recorder records_;
    std::unordered_set<std::string> adopted_;
};

void require_same(const boost::container::vector<adoption> &rows, const std::optional<std::string> &profile) {
    std::string list, first;
    for (const adoption &a : rows) {
        if (a.verdict != "different") continue;
        list += (list.empty() ? "" : "\n") + a.tier + "/" + a.revision + ": " + a.differences;
        if (first.empty()) first = a.revision;
    }
    if (list.empty()) return;
    throw failure(sqlstate::different, "the database differs from what its revisions would create", list,
                  "mend the differences, or record them with SELECT * FROM whisper_adopt(" +
                      (profile ? "profile => " + script::quote_literal(*profile) + ", " : std::string()) +
                      "apply => true, accept_differences => true)");
}

}   // namespace

boost::container::vector<adoption> adopt(session::workspace &work, const std::optional<std::string> &profile,
                                         bool apply, bool accept_differences) {
    shadow::expected_schema const expected =
        shadow::expected_schema_of(work, plan::profile_tiers(work.registry(), profile));
    drift::actual_schema const actual(work, expected);
    boost::container::vector<drift::step_verdict> verdicts = drift::compare(expected, actual);
    const registry::registry &r = work.registry();
    boost::container::vector<sync::foreign_evidence> const tools =
        sync::read_foreign_histories(work.session(), r, apply);
    graph::node_set const denied = denied_by_verify(work, verdicts);
    settle_empty(r, denied, expected, tools, verdicts);

    boost::container::vector<adoption> rows;
    for (const drift::step_verdict &s : verdicts) {
        const registry::revision_record &revision = r.revisions[s.revision];
        // What is applied already is not up for adoption; whisper_verify() tells its troubles.
        bool const applied = r.applied_set->contains(s.revision);
        rows.push_back({revision.tier, revision.revision, applied ? "applied" : drift::verdict_name(s.is),
                        applied ? "recorded in whisper.applied" : evidence_of(r, denied, s, tools), together(s)});
    }
    for (const sync::foreign_evidence &tool : tools)
        for (const std::string &version : tool.unknown)
            rows.push_back({"", version, "unknown", tool.source + " names it, and no revision has this id", ""});
    if (!apply) return rows;
    state::require_none_unfinished(work);
    if (!accept_differences) require_same(rows, profile);
    adopter(work, expected, actual, verdicts).run();
    graph::node_set gaps(r.revisions.size(), r.revision_graph->resource());
    for (std::size_t s = 0; s < verdicts.size(); ++s)
        if (is_gap(expected, actual, verdicts[s], s)) gaps.insert(verdicts[s].revision);
    sync::remember_claims(work, tools, [&](graph::index revision) { return gaps.contains(revision); });
    sync::sync_history(work);
    return rows;
}

}   // namespace whisper::baseline

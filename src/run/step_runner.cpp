#include "run/step_runner.hpp"

#include "pg/named_objects.hpp"
#include "pg/parse.hpp"
#include "registry/store.hpp"
#include "repeatable/select_statements.hpp"
#include "state/drop_created.hpp"
#include "state/object_record.hpp"
#include "sync/history_making.hpp"

#include <algorithm>

namespace whisper::run {
namespace {

std::string milliseconds(int64 microseconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(microseconds) / 1000.0);
    return text.data();
}

// Pending revisions of which adoption found some statements done.
std::unordered_set<std::string> read_begun(pg::spi_session &session) {
    pg::engine_scope const scope;
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT DISTINCT s.revision FROM whisper.statement s WHERE NOT EXISTS
            (SELECT FROM whisper.applied a WHERE a.revision = s.revision))sql");
    std::unordered_set<std::string> begun;
    for (std::size_t i = 0; i < rows.size(); ++i) begun.insert(rows.text(i, 0));
    return begun;
}

bool goes_down(const plan::run_plan &plan) { return !plan.steps.empty() && !plan.steps.front().up; }

}   // namespace

struct step_runner::attempt {
    attempt(session::workspace &work, bool up, bool allow_data_loss, int64 run)
        : memory(work.context()), watch(memory.context()), records(run) {
        watch.count_rows(!allow_data_loss);
        watch.count_own_rows(!up);
        watch.protect_extension();
    }
    pg::memory_scope memory;
    pg::object_watch watch;
    state::recorder records;
};

step_runner::step_runner(session::workspace &work, const plan::run_plan &plan, bool allow_data_loss,
                         before_action before, int64 run)
    : work_(work),
      plan_(plan),
      down_(goes_down(plan)),
      allow_data_loss_(allow_data_loss),
      before_(std::move(before)),
      run_(run),
      begun_(read_begun(work.session())),
      own_catalog_(work.session()) {}

step_runner::~step_runner() = default;

bool step_runner::takes_back(const std::string &revision) const {
    return down_ && std::any_of(plan_.steps.begin(), plan_.steps.end(), [&](const plan::planned_step &step) {
               return work_.registry().revisions[step.revision].revision == revision;
           });
}

step_runner::attempt &step_runner::current() {
    if (!attempt_) attempt_ = std::make_unique<attempt>(work_, !down_, allow_data_loss_, run_);
    if (!owners_) {
        pg::engine_scope const scope;
        owners_.emplace(
            work_.session(),
            [this](const registry::revision_record &undone, Oid table) {
                return state::creator_before(work_.registry(), undone, table);
            },
            [this](const std::string &revision) { return takes_back(revision); });
    }
    return *attempt_;
}

done_step step_runner::run(const plan::planned_step &step, int number) {
    pg::timestamp const began = pg::now();
    int const statements = run_section(step, number);
    return note_done(step, number, statements, began);
}

int step_runner::run_section(const plan::planned_step &step, int number) {
    registry::revision_record const &revision = work_.registry().revisions[step.revision];
    attempt &now = current();
    now.watch.begin_step(number);
    std::size_t const first_event = now.watch.events().size();
    now.watch.count_rows(!allow_data_loss_ && !(step.up && revision.allow_data_loss));
    int statements = 0;
    try {
        statements = step.up ? run_up(revision, step.again, number) : run_down(revision);
    } catch (pg::postgres_error &error) {
        if (std::string const hint = own_catalog_.hint_for(error, now.watch.last_utility()); !hint.empty())
            error.set_hint(hint);
        throw;
    }
    owners_->check(revision, step.up, now.watch.events().subspan(first_event));
    return statements;
}

done_step step_runner::note_done(const plan::planned_step &step, int number, int statements, pg::timestamp began) {
    registry::revision_record const &revision = work_.registry().revisions[step.revision];
    pg::timestamp const ended = pg::now();
    int64 const elapsed = ended.at - began.at;
    state::step_kind const kind = step.up ? state::step_kind::up : state::step_kind::down;
    current().records.add({number, kind, &revision, step.up ? state::applied_by::upgrade : state::applied_by::nothing,
                           statements, elapsed, ended});
    pg::notice(std::string(step.up ? (step.again ? "re-applied " : "upgraded ") : "downgraded ") + revision.tier + "/" +
               revision.revision + " in " + milliseconds(elapsed) +
               (revision.message.empty() ? "" : ": " + revision.message));
    return {number, &revision, state::step_kind_name(kind), statements, elapsed};
}

// What to do for a run that may lose rows.
std::string step_runner::repeat_allowed() const {
    if (plan_.request.rebuilds) return {};
    plan::run_request allowed = plan_.request;
    allowed.allow_data_loss = true;
    return "run " + (run_ == 0 ? plan::run_call(allowed) : plan::deploy_call(allowed));
}

void step_runner::record() {
    attempt &now = current();
    state::require_no_loss(owners_->losses(), !down_, repeat_allowed());
    for (auto const &[table, revision] : owners_->restored()) now.records.restored(table, revision);
    {
        pg::engine_scope const scope;
        now.records.flush(work_.session(), now.watch.events());
    }
    owners_->forget_findings();
    attempt_.reset();
}

void step_runner::record_objects(const plan::planned_step &step) {
    attempt const &now = current();
    state::require_no_loss(owners_->losses(), !down_, repeat_allowed());
    {
        pg::engine_scope const scope;
        state::record_objects(work_.session(), run_, now.watch.events(), work_.registry().revisions[step.revision],
                              step.up);
    }
    owners_->forget_findings();
    attempt_.reset();
}

void step_runner::start_over() {
    attempt_.reset();
    owners_.reset();
    statement_.reset();
}

int step_runner::run_up(const registry::revision_record &revision, bool again, int number) {
    if (!again) sync::make_history_table(work_, revision);
    registry::revision_text const text = registry::read_text(work_.session(), revision);
    if (again || begun_.contains(revision.revision)) return run_some(revision, text, number);
    const registry::tier_record *const tier = work_.registry().find_tier(revision.tier);
    bool const repeatable = tier && tier->kind == script::tier_kind::repeatable;
    if (repeatable) current().records.objects().begin(revision.revision, number);
    auto const before = [&](const script::action &a) {
        prepare(revision, a);
        if (!repeatable) return;
        current().records.statement_of(work_.session(), revision, a);
        note_statement(a);
    };
    return explained(revision, true, [&] {
        return run::run_section(work_.session(), text.up, {revision, text.up_line, "up"}, before);
    });
}

// Of a revision that has run before, or whose statements adoption found done.
int step_runner::run_some(const registry::revision_record &revision, const registry::revision_text &text, int number) {
    attempt &now = current();
    script::program const program = script::compile(pg::server_parser(), text.up, revision.file, text.up_line);
    repeatable::statement_selection selection(work_.session(), revision, program, text.up_line);
    std::size_t const first_event = now.watch.events().size();
    auto const events = [&] { return now.watch.events().subspan(first_event); };
    now.records.objects().begin(revision.revision, number);
    const script::action *at = nullptr;
    auto const run = [&] {
        return run_program(
            work_.session(), program, {revision, text.up_line, "up"},
            [&](std::size_t i) { return selection.wants(i, events()); },
            [&](const script::action &a) {
                at = &a;
                prepare(revision, a);
                note_statement(a);
            });
    };
    int const ran = explained(revision, true, [&] {
        try {
            return run();
        } catch (const pg::postgres_error &error) {
            bool const second_key = error.data().sqlerrcode == ERRCODE_INVALID_TABLE_DEFINITION;
            if (at && (says_exists(error) || second_key)) selection.explain(*at, events());
            throw;
        }
    });
    selection.finish(events());
    now.records.objects().keep(selection.kept());
    now.records.statements_run(revision, program);
    return ran;
}

// What no hook tells of it: what it grants and comments on.
void step_runner::note_statement(const script::action &a) {
    attempt &now = current();
    now.watch.begin_statement(a.number);
    using enum script::statement_action;
    script::statement_action const action = a.traits.action;
    bool const names = action == alter || action == comment || action == grant;
    now.records.objects().add(a.number, names ? pg::find_named(a.text, a.traits, false) : pg::named_objects(),
                              a.traits.or_replace);
}

void step_runner::begin_statement(const registry::revision_record &revision, const script::action &a) {
    if (before_) before_(a);
    if (statement_) made_.note(*statement_, statement_of_);   // it has run
    statement_ = a.traits;
    statement_of_ = revision.revision;
}

void step_runner::prepare(const registry::revision_record &revision, const script::action &a) {
    begin_statement(revision, a);
    if (a.traits.creates("table") && !a.traits.temporary) owners_->require_free(revision, a.traits.object()->name);
}

template <class F>
int step_runner::explained(const registry::revision_record &revision, bool up, F section) {
    try {
        return section();
    } catch (pg::postgres_error &error) {
        explain(revision, up, error);
        throw;
    }
}

void step_runner::explain(const registry::revision_record &revision, bool up, pg::postgres_error &error) const {
    bool const whole_run = run_ == 0;   // a deploy has a transaction for each revision
    failed_statement const at{work_.registry(), revision, up, false, statement_ ? &*statement_ : nullptr};
    int const code = error.data().sqlerrcode;
    if (whole_run) explain_timeout(error, plan::run_call(plan_.request));
    if (code == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE && whole_run)
        error.set_hint("New enum values must be committed before they can be used: " +
                       plan::deploy_call(plan_.request));
    // What an earlier revision made a deploy finds partitioned.
    if (code == ERRCODE_ACTIVE_SQL_TRANSACTION && whole_run && at.traits && at.traits->needs_top_level_if_partitioned &&
        made_.maker_of_relation(*at.traits) != revision.revision)
        error.set_hint(plan::deploy_call(plan_.request));
    explain_writing(error, at, plan_.request);
    if (up) explain_existing(error, at, made_, plan_.profile);
}

int step_runner::run_down(const registry::revision_record &revision) {
    registry::revision_text const text = registry::read_text(work_.session(), revision);
    if (!text.down) return state::drop_created(work_.session(), revision);
    int const statements = explained(revision, false, [&] {
        return run::run_section(work_.session(), *text.down, {revision, text.down_line, "down"},
                                [&](const script::action &a) { begin_statement(revision, a); });
    });
    sync::drop_history_table(work_, revision);
    return statements;
}

}   // namespace whisper::run

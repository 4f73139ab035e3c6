#include "engine/runner.hpp"

#include "engine/alembic_sync.hpp"
#include "engine/derived_down.hpp"
#include "engine/reapply.hpp"
#include "engine/section_run.hpp"
#include "pg/activity.hpp"
#include "registry/conflicts.hpp"
#include "registry/store.hpp"

#include <unordered_set>

namespace whisper::engine {
namespace {

std::string milliseconds(int64 microseconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(microseconds) / 1000.0);
    return text.data();
}

class plan_runner {
public:
    plan_runner(workspace &work, const run_plan &plan, bool allow_data_loss)
        : work_(work), plan_(plan), begun_(read_begun(work.session())), watch_(work.context()), owners_([&] {
              pg::engine_scope scope;
              return ownership(work.session(), [this](const registry::revision_record &undone, Oid table) {
                  return creator_before(undone, table);
              });
          }()) {
        bool const down = !plan.steps.empty() && !plan.steps.front().up;
        watch_.count_rows(down && !allow_data_loss);
    }

    boost::container::vector<done_step> run() {
        for (const planned_step &step : plan_.steps) run_one(step);
        require_no_loss(owners_.losses());
        for (auto const &[table, revision] : owners_.restored()) recorder_.restored(table, revision);
        pg::engine_scope scope;
        recorder_.flush(work_.session(), watch_.events());
        return std::move(done_);
    }

private:
    void run_one(const planned_step &step) {
        registry::revision_record const &revision = work_.registry().revisions[step.revision];
        int const number = static_cast<int>(done_.size()) + 1;
        activity_.show("whisper: " + std::to_string(number) + "/" + std::to_string(plan_.steps.size()) + " " +
                       revision.revision);
        watch_.begin_step(number);
        std::size_t const first_event = watch_.events().size();
        pg::timestamp const began = pg::now();

        int const statements = step.up ? run_up(revision, step.again) : run_down(revision);
        owners_.check(revision, step.up, watch_.events().subspan(first_event));

        pg::timestamp const ended = pg::now();
        const char *const direction = step.up ? "up" : "down";
        done_.push_back({number, &revision, direction, statements, ended.at - began.at});
        recorder_.add({number, direction, &revision, step.up ? "upgrade" : "", statements, ended.at - began.at, ended});
        pg::notice(std::string(step.up ? (step.again ? "re-applied " : "upgraded ") : "downgraded ") + revision.tier +
                   "/" + revision.revision + " in " + milliseconds(ended.at - began.at) +
                   (revision.message.empty() ? "" : ": " + revision.message));
    }

    // The last applied revision before `undone` whose text creates the table, else the one that `undone` follows.
    std::string creator_before(const registry::revision_record &undone, Oid table) const {
        std::string const identity = pg::relation_name(table);
        const registry::registry &r = work_.registry();
        std::string creator = undone.down_revisions.empty() ? undone.revision : undone.down_revisions.front();
        for (const registry::revision_record &candidate : r.revisions) {
            if (candidate.revision == undone.revision) break;
            if (candidate.tier != undone.tier || !r.find_applied(candidate.revision)) continue;
            for (const std::string &written : candidate.creates)
                if (registry::bare_name(written) == registry::bare_name(identity)) creator = candidate.revision;
        }
        return creator;
    }

    int run_up(const registry::revision_record &revision, bool again) {
        registry::revision_text const text = registry::read_text(work_.session(), revision);
        if (again || begun_.contains(revision.revision)) return run_some(revision, text);
        const registry::tier_record *const tier = work_.registry().find_tier(revision.tier);
        bool const repeatable = tier && tier->kind == script::tier_kind::repeatable;
        auto const before = [&](const script::action &a) {
            require_free(revision, a);
            if (repeatable) recorder_.statement_of(work_.session(), revision, a);
        };
        try {
            return run_section(work_.session(), text.up, {revision, text.up_line, "up"}, before);
        } catch (pg::postgres_error &error) {
            explain(error);
            throw;
        }
    }

    // Of a revision that has run before, or whose statements adoption found done.
    int run_some(const registry::revision_record &revision, const registry::revision_text &text) {
        script::program const program = script::compile(text.up, revision.file, text.up_line);
        boost::container::vector<bool> const chosen =
            statements_to_run(work_.session(), revision, program, text.up_line);
        int const ran = run_program(work_.session(), program, {revision, text.up_line, "up"}, &chosen,
                                    [&](const script::action &a) { require_free(revision, a); });
        recorder_.statements_of(revision, program);
        return ran;
    }

    void require_free(const registry::revision_record &revision, const script::action &a) const {
        if (a.traits.verb == "CREATE TABLE") owners_.require_free(revision, a.traits.object_name);
    }

    // What exists already was made by somebody else: the engine has the command for that.
    void explain(pg::postgres_error &error) const {
        if (error.data().sqlerrcode != ERRCODE_DUPLICATE_TABLE || error.data().hint) return;
        std::string const profile = plan_.profile.empty() ? "" : "profile => '" + plan_.profile + "', ";
        error.set_hint("if it is what the revision would create, take it over with SELECT * FROM whisper_adopt(" +
                       profile + "apply => true)");
    }

    int run_down(const registry::revision_record &revision) {
        registry::revision_text const text = registry::read_text(work_.session(), revision);
        if (!text.down) return drop_created(work_.session(), revision);
        return run_section(work_.session(), *text.down, {revision, text.down_line, "down"});
    }

    // Pending revisions of which adoption found some statements done.
    static std::unordered_set<std::string> read_begun(pg::spi_session &session) {
        pg::engine_scope const scope;
        pg::rows const rows = session.query(
            "SELECT DISTINCT s.revision FROM whisper.statement s WHERE NOT EXISTS"
            " (SELECT FROM whisper.applied a WHERE a.revision = s.revision)");
        std::unordered_set<std::string> begun;
        for (std::size_t i = 0; i < rows.size(); ++i) begun.insert(rows.text(i, 0));
        return begun;
    }

    workspace &work_;
    const run_plan &plan_;
    std::unordered_set<std::string> const begun_;
    pg::object_watch watch_;
    ownership owners_;
    pg::activity_scope activity_;
    recorder recorder_;
    boost::container::vector<done_step> done_;
};

void require_way_down(const registry::registry &r, const registry::revision_record &revision) {
    const registry::tier_record *const tier = r.find_tier(revision.tier);
    if (revision.has_down || (tier && tier->kind == script::tier_kind::repeatable)) return;
    throw failure(
        sqlstate::irreversible, "revision \"" + revision.revision + "\" has no way down",
        revision.file.empty() ? "It was registered without a down side." : "File \"" + revision.file + "\" gives none.",
        (revision.file.empty() ? "send its text with a migrate:down section to whisper_register()"
                               : "write one (a migrate:down section, or the down file of the tool it is for)") +
            std::string(", and accept it with SELECT * FROM whisper_repair('") + revision.revision + "')");
}

// Enough of a statement to know it by.
std::string first_words(std::string_view statement) {
    constexpr std::size_t enough = 60;
    std::string words(statement.substr(0, statement.find('\n')));
    if (words.size() > enough) words = words.substr(0, words.find_last_of(' ', enough)) + " …";
    return words;
}

void require_transactional(workspace &work, const registry::revision_record &revision, bool up) {
    if (up ? revision.up_transactional : revision.down_transactional) return;
    registry::revision_text const text = registry::read_text(work.session(), revision);
    std::string const &sql = up ? text.up : *text.down;
    int const first_line = up ? text.up_line : text.down_line;
    script::program const program = script::compile(sql, revision.file, first_line);
    std::string why = "Its section is marked transaction:false.";
    if (program.top_level)
        why = "Line " + std::to_string(program.top_level->line_in_file(first_line)) + " is " +
              first_words(program.top_level->text) + ", which cannot run inside a transaction block.";
    std::string const after = up                                ? revision.revision
                              : revision.down_revisions.empty() ? "base"
                                                                : revision.down_revisions.front();
    throw failure(sqlstate::active_transaction,
                  "revision \"" + revision.revision + "\" cannot run inside a transaction", why,
                  "run its statements with psql, then SELECT * FROM whisper_stamp('" + after + "')");
}

}   // namespace

void require_ways_down(const registry::registry &r, const run_plan &plan) {
    for (const planned_step &step : plan.steps)
        if (!step.up) require_way_down(r, r.revisions[step.revision]);
}

void require_runnable(workspace &work, const run_plan &plan) {
    require_ways_down(work.registry(), plan);
    for (const planned_step &step : plan.steps)
        require_transactional(work, work.registry().revisions[step.revision], step.up);
}

boost::container::vector<done_step> run_plan_steps(workspace &work, const run_plan &plan, bool allow_data_loss) {
    boost::container::vector<done_step> done;
    if (!plan.steps.empty()) {
        require_runnable(work, plan);
        done = plan_runner(work, plan, allow_data_loss).run();
    }
    sync_alembic_version(work);
    return done;
}

}   // namespace whisper::engine

#include "repeatable/select_statements.hpp"

#include "pg/parse.hpp"
#include "pg/relation.hpp"
#include "registry/record.hpp"
#include "script/object_kind.hpp"

#include <algorithm>
#include <deque>

namespace whisper::repeatable {
namespace {

using script::statement_action;

bool is_echo(const script::action &a) { return a.kind == script::action_kind::echo; }

bool makes_temporary(const script::action &a) {
    return a.traits.temporary && a.traits.action == statement_action::create &&
           script::shares_relation_names(a.traits.object()->type);
}

// Where new names lead, or with whose rights they are made.
bool moves_names(const script::statement_traits &traits) {
    return std::any_of(traits.settings.begin(), traits.settings.end(), [](const script::setting_change &s) {
        return s.name == "search_path" || s.name == "role" || s.name == "session_authorization" || s.name == "all";
    });
}

}   // namespace

statement_selection::statement_selection(pg::spi_session &session, const registry::revision_record &revision,
                                         const script::program &program, int first_line)
    : session_(session),
      program_(program),
      first_line_(first_line),
      all_(revision.rerun == script::rerun_mode::always || revision.rerun == script::rerun_mode::whole),
      recorded_of_(program.actions.size(), is_new),
      ran_(program.actions.size(), false),
      needed_(program.actions.size(), false),
      changed_(session, revision) {
    if (!all_) recorded_ = read_recorded(session, revision.revision);
    all_ = recorded_.empty();
    if (all_) return;
    match();
    find_needed();
}

void statement_selection::match() {
    std::unordered_map<std::string, std::deque<std::size_t>> unmatched;
    for (std::size_t i = 0; i < recorded_.size(); ++i) unmatched[recorded_[i].checksum].push_back(i);
    for (std::size_t i = 0; i < program_.actions.size(); ++i) {
        if (is_echo(program_.actions[i])) continue;
        auto const same = unmatched.find(registry::token_checksum(program_.actions[i].text));
        if (same == unmatched.end() || same->second.empty()) continue;
        recorded_of_[i] = same->second.front();
        same->second.pop_front();
    }
    boost::container::vector<std::size_t> gone;
    for (auto const &[checksum, places] : unmatched) gone.insert(gone.end(), places.begin(), places.end());
    std::sort(gone.begin(), gone.end());
    for (std::size_t const i : gone) {
        other_settings_ |= recorded_[i].verb == "SET" || recorded_[i].verb == "RESET";
        changed_.add(recorded_[i], line_of(recorded_[i]));
    }
}

int statement_selection::line_of(const recorded_statement &before) const {
    for (const script::action &a : program_.actions)
        if (a.number == before.number && !is_echo(a)) return a.line_in_file(first_line_);
    return first_line_;
}

// Temporary tables end with the session: what new statements below name is made again.
void statement_selection::find_needed() {
    auto const is_left_out = [&](std::size_t i) { return recorded_of_[i] != is_new && !needed_[i]; };
    bool any = false;
    for (std::size_t i = 0; i < program_.actions.size(); ++i)
        any |= recorded_of_[i] != is_new && makes_temporary(program_.actions[i]);
    if (!any) return;
    std::unordered_set<std::string> wanted;
    for (std::size_t i = program_.actions.size(); i-- > 0;) {
        const script::action &a = program_.actions[i];
        if (is_echo(a) || !a.traits.known()) continue;
        if (recorded_of_[i] != is_new && makes_temporary(a)) needed_[i] = wanted.contains(a.traits.object()->name.name);
        if (is_left_out(i)) continue;
        for (const script::qualified_name &name : pg::relations_in(a.text))
            if (name.schema.empty() || name.schema == "pg_temp") wanted.insert(name.name);
        if (const script::qualified_name *const about = script::relation_of(a.traits)) wanted.insert(about->name);
    }
}

void statement_selection::take(std::span<const pg::object_event> events) {
    changes_.take(events.subspan(taken_));
    taken_ = events.size();
}

bool statement_selection::wants(std::size_t i, std::span<const pg::object_event> events) {
    if (all_ || is_echo(program_.actions[i])) return true;
    take(events);
    ran_[i] = decide(i);
    if (ran_[i]) changes_.take_replaced(program_.actions[i]);
    return ran_[i];
}

boost::container::vector<bool> statement_selection::foresee() {
    foreseen_ = true;
    session::search_path_scope path;
    for (std::size_t i = 0; i < program_.actions.size(); ++i) {
        const script::action &a = program_.actions[i];
        ran_[i] = all_ || is_echo(a) || decide(i);
        path.follow(a.traits);
        if (ran_[i] && !all_ && !is_echo(a)) changes_.foresee(session_, a);
    }
    changed_.require_none(changes_);
    return ran_;
}

bool statement_selection::decide(std::size_t i) {
    const script::action &a = program_.actions[i];
    if (recorded_of_[i] == is_new) {
        other_settings_ |= a.traits.steers && moves_names(a.traits);
        return true;
    }
    if (a.traits.steers) return true;   // the statements that are new need it again
    const recorded_statement &before = recorded_[recorded_of_[i]];
    if (other_settings_ && is_elsewhere(a, before)) {
        changed_.add(before, a.line_in_file(first_line_), true);
        return true;
    }
    return has_lost(before) || is_about_changed(a, before) || is_needed(i);
}

bool statement_selection::has_lost(const recorded_statement &before) const {
    return std::any_of(before.objects.begin(), before.objects.end(),
                       [&](const recorded_object &o) { return changes_.is_gone(o); });
}

// CREATE OR REPLACE leaves what hangs on the object, and resets what was set for it.
bool statement_selection::sets_anew(const script::action &a) const {
    const script::statement_traits &t = a.traits;
    return t.rerunnable && t.action != statement_action::drop && (t.action != statement_action::create || t.or_replace);
}

bool statement_selection::is_about_changed(const script::action &a, const recorded_statement &before) const {
    const script::statement_traits &t = a.traits;
    bool const may_drop = t.action == statement_action::drop || t.action == statement_action::alter;
    if (changes_.none() && (!may_drop || changed_.none())) return false;
    bool const sets = sets_anew(a);
    for (const recorded_object &o : before.objects)
        if (sets && changes_.is_replaced(o)) return true;
    // A script that is not run here names by it what it would have made.
    for (const script::statement_object &o : t.objects)
        if (temporary_.contains(o.name.name)) return true;
    if (temporary_.contains(t.relation.name)) return true;
    for (const pg::named_object &named : pg::find_named(a.text, t, t.or_replace)) {
        if (named.how == pg::naming::schema && changes_.made_in(named.at.object_id)) return true;
        if (changes_.is_made(named.at)) return true;
        if (foreseen_ && named.how != pg::naming::dropped && changes_.is_gone(pg::identify(named.at))) return true;
        if (sets && named.how != pg::naming::used && changes_.is_replaced(named.at)) return true;
        // It stands in front of what makes the object anew.
        if (named.how == pg::naming::dropped && changed_.has_made(pg::identify(named.at))) return true;
    }
    return false;
}

bool statement_selection::is_needed(std::size_t i) {
    if (!needed_[i]) return false;
    std::string const &name = program_.actions[i].traits.object()->name.name;
    if (pg::find_relation(pg::to_text({"pg_temp", name})) != InvalidOid) return false;
    if (foreseen_) temporary_.insert(name);
    return true;
}

// Under other settings than it had, its names lead to other objects.
bool statement_selection::is_elsewhere(const script::action &a, const recorded_statement &before) const {
    const script::statement_traits &t = a.traits;
    if (t.action == statement_action::drop || t.temporary) return false;
    const script::statement_object *const made = t.action == statement_action::create ? t.object() : nullptr;
    if (made && made->relation.empty() && made->name.schema.empty())
        for (const recorded_object &o : before.objects)
            if (o.created && !o.schema.empty() && o.schema != session::search_path().creation_schema()) return true;
    for (const pg::named_object &named : pg::find_named(a.text, t, false)) {
        if (named.how != pg::naming::altered) continue;
        pg::object_identity const now = pg::identify(named.at);
        bool other = false, same = false;
        for (const recorded_object &o : before.objects) {
            same |= o.type == now.type && o.identity == now.identity;
            other |= o.type == now.type;
        }
        if (other && !same) return true;
    }
    return false;
}

void statement_selection::finish(std::span<const pg::object_event> events) {
    if (all_) return;
    take(events);
    changed_.require_none(changes_);
}

void statement_selection::explain(const script::action &action, std::span<const pg::object_event> events) {
    if (all_) return;
    take(events);
    changed_.explain(action.traits, changes_);
}

boost::container::vector<std::pair<int, int>> statement_selection::kept() const {
    boost::container::vector<std::pair<int, int>> numbers;
    for (std::size_t i = 0; i < program_.actions.size(); ++i)
        if (recorded_of_[i] != is_new && !ran_[i] && !all_)
            numbers.push_back({recorded_[recorded_of_[i]].number, program_.actions[i].number});
    return numbers;
}

}   // namespace whisper::repeatable

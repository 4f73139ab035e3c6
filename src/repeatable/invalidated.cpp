#include "repeatable/invalidated.hpp"

namespace whisper::repeatable {
namespace {

using script::qualified_name;
using script::statement_action;
using script::statement_object;
using script::statement_traits;

// Types whose names exclude each other count as one.
std::string kind_of(const std::string &type) {
    if (script::is_relation_type(type)) return "relation";
    if (script::is_routine_type(type)) return "routine";
    if (type == "domain") return "type";
    if (type == "table constraint" || type == "domain constraint") return "constraint";
    if (type == "statistics object") return "statistics";
    return type;
}

bool is_relation(const statement_object &object) { return object.type == "relation"; }

bool may_have_same_arguments(const statement_object &a, const statement_object &b) {
    return !a.arguments || !b.arguments || *a.arguments == *b.arguments;
}

bool may_be_same(const statement_object &a, const statement_object &b) {
    return a.type == b.type && script::may_be_same(a.name, b.name) && may_have_same_arguments(a, b) &&
           (a.relation.empty() || b.relation.empty() || script::may_be_same(a.relation, b.relation));
}

bool is_echo(const script::action &a) { return a.kind == script::action_kind::echo; }

}   // namespace

invalidated_objects::invalidated_objects(pg::spi_session &session, const registry::revision_record &revision,
                                         const script::program &program)
    : session_(session), revision_(revision), program_(program) {
    session::search_path path;
    for (const script::action &a : program.actions) {
        path.follow(a.traits);
        named_.push_back(resolve(path, a.traits));
        about_.push_back(path.place(a.traits.relation, true));
        if (a.traits.action != statement_action::create) continue;
        for (const statement_object &made : named_.back())
            if (made.type == "routine") ++routines_[made.name.name];
    }
}

invalidated_objects::named invalidated_objects::resolve(const session::search_path &path,
                                                        const statement_traits &traits) const {
    bool const creates = traits.action == statement_action::create;
    named all;
    for (statement_object object : traits.objects) {
        object.type = kind_of(object.type);
        if (!object.relation.empty()) object.relation = path.place(object.relation, true);
        if (is_relation(object) && !object.relation.empty())
            object.name.schema = object.relation.schema;   // an index is in its table's schema
        else if (object.relation.empty() && creates && object.type != "schema" && object.type != "extension")
            object.name = path.place(object.name, false);
        else if (is_relation(object))
            object.name = path.place(object.name, true);
        all.push_back(std::move(object));
    }
    return all;
}

void invalidated_objects::extend(boost::container::vector<bool> &run) {
    do follow(run);
    while (bring_drops(run));
}

bool invalidated_objects::drops(const std::string &type, const qualified_name &name) const {
    const object *const found = find({kind_of(type), name, {}, {}});
    return found && found->ever_dropped;
}

// In the order of the file, as each statement finds what those before it left.
void invalidated_objects::follow(boost::container::vector<bool> &run) {
    objects_.clear();
    for (std::size_t i = 0; i < run.size(); ++i) {
        if (is_echo(program_.actions[i])) continue;
        run[i] = run[i] || is_about(i);
        if (run[i]) note(i);
    }
}

// "DROP … IF EXISTS x" stands in front of what makes x anew: it runs whenever that does.
bool invalidated_objects::bring_drops(boost::container::vector<bool> &run) const {
    std::unordered_multimap<std::string, const statement_object *> made_below;
    bool more = false;
    auto const makes_one = [&](const statement_object &dropped) {
        auto const [first, last] = made_below.equal_range(dropped.name.name);
        for (auto at = first; at != last; ++at)
            if (!dropped.name.empty() && may_be_same(dropped, *at->second)) return true;
        return false;
    };
    for (std::size_t i = run.size(); i-- > 0;) {
        const statement_traits &t = program_.actions[i].traits;
        if (run[i] && t.action == statement_action::create)
            for (const statement_object &made : named_[i]) made_below.emplace(made.name.name, &made);
        if (run[i] || t.action != statement_action::drop || !t.if_exists) continue;
        for (const statement_object &dropped : named_[i])
            if (makes_one(dropped)) more = run[i] = true;
    }
    return more;
}

void invalidated_objects::note(std::size_t action) {
    const statement_traits &t = program_.actions[action].traits;
    for (const statement_object &o : named_[action]) {
        if (t.action == statement_action::drop) note_drop(o);
        if (t.action == statement_action::create && !o.name.empty()) note_made(o, t);
    }
}

// CREATE IF NOT EXISTS of an object that exists has made nothing.
void invalidated_objects::note_made(const statement_object &made, const statement_traits &traits) {
    state now = state::made;
    if (traits.or_replace || traits.if_not_exists) {
        const object *const known = find(made);
        bool const there =
            known ? known->now != state::dropped : fate_of(session_, recorded(made)) != object_fate::gone;
        if (there && !traits.or_replace) return;
        if (there && known && known->now == state::made) return;
        if (there) now = state::replaced;
    }
    auto const [first, last] = objects_.equal_range(made.name.name);
    for (auto at = first; at != last; ++at)
        if (at->second.now == state::dropped && may_be_same(at->second.what, made)) at->second.now = state::made;
    objects_.emplace(made.name.name, object{made, now});
}

void invalidated_objects::note_drop(const statement_object &dropped) {
    if (dropped.name.empty() || (!find(dropped) && !was_made(session_, recorded(dropped)))) return;
    objects_.emplace(dropped.name.name, object{dropped, state::dropped});
    for (const dependent_object &gone : dependents_of(session_, recorded(dropped))) {
        statement_object o{kind_of(gone.type), {}, {}, {}};
        std::size_t const count = gone.names.size();
        bool const hangs = o.type == "trigger" || o.type == "policy" || o.type == "rule" || o.type == "constraint";
        o.name = {hangs || count < 2 ? std::string() : gone.names[count - 2], gone.names.back()};
        if (hangs && count > 1) o.relation = {count > 2 ? gone.names[count - 3] : std::string(), gone.names[count - 2]};
        objects_.emplace(o.name.name, object{o, state::dropped});
    }
}

recorded_name invalidated_objects::recorded(const statement_object &object) const {
    std::string const type = object.type == "relation" ? "table" : object.type == "routine" ? "function" : object.type;
    return {revision_.revision, revision_.tier, type, object.name};
}

const invalidated_objects::object *invalidated_objects::find(const statement_object &wanted) const {
    const object *found = nullptr;
    if (wanted.name.empty()) return found;
    auto const [first, last] = objects_.equal_range(wanted.name.name);
    for (auto at = first; at != last; ++at) {
        const object &o = at->second;
        if (!may_be_same(o.what, wanted)) continue;
        bool const replaced = found && found->now == state::replaced;
        if (!found || o.now == state::dropped || (replaced && o.now == state::made) ||
            (o.ever_dropped && found->now != state::dropped))
            found = &o;
    }
    return found;
}

bool invalidated_objects::is_about(std::size_t action) const {
    if (objects_.empty()) return false;
    const statement_traits &t = program_.actions[action].traits;
    for (const statement_object &o : named_[action])
        if (is_about(o, t)) return true;
    // A foreign key is gone with the table it refers to, and a partition made anew is not attached.
    for (const qualified_name &relation : t.references)
        if (is_about_relation(relation)) return true;
    return is_about_relation(about_[action]);
}

bool invalidated_objects::is_about(const statement_object &named, const statement_traits &t) const {
    if (!named.relation.empty() && is_about_relation(named.relation)) return true;
    if (!named.name.empty()) {
        const object *const known = find(named);
        return known && runs_for(*known, named, t);
    }
    // All in a schema, or all that hangs on a table.
    if (named.name.schema.empty() && named.relation.empty()) return false;
    for (auto const &[name, known] : objects_) {
        bool const there = named.relation.empty() ? known.what.name.schema == named.name.schema
                                                  : script::may_be_same(known.what.relation, named.relation);
        if (known.what.type == named.type && there && runs_for(known, named, t)) return true;
    }
    return false;
}

bool invalidated_objects::runs_for(const object &known, const statement_object &named,
                                   const statement_traits &t) const {
    bool const creates = t.action == statement_action::create;
    // CREATE OR REPLACE leaves what hangs on the object, and resets what was set for it.
    if (known.now == state::replaced) return !creates && t.action != statement_action::drop && t.rerunnable;
    if (!creates || t.rerunnable) return true;
    if (known.now != state::dropped) return false;
    bool const told = named.arguments && known.what.arguments;
    return named.type != "routine" || told || routines_.at(named.name.name) == 1;
}

bool invalidated_objects::is_about_relation(const qualified_name &relation) const {
    const object *const known = find({"relation", relation, {}, {}});
    return known && known->now != state::replaced;
}

}   // namespace whisper::repeatable

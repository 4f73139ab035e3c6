#include "engine/made_anew.hpp"

#include "registry/conflicts.hpp"
#include "script/drop.hpp"
#include "script/tokens.hpp"

namespace whisper::engine {
namespace {

// Types whose names exclude each other count as one.
std::string kind_of(const std::string &type) {
    if (is_relation(type)) return "relation";
    if (is_routine(type) || type == "routine") return "routine";
    if (type == "domain") return "type";
    if (type == "table constraint") return "constraint";
    return type;
}

bool hangs_on_table(const std::string &kind) {
    return kind == "trigger" || kind == "policy" || kind == "rule" || kind == "constraint";
}

// "s"."t" -> s, folded; empty when it stands alone.
std::string written_schema(const std::string &written) {
    std::size_t dot = std::string::npos;
    bool quoted = false;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written[i] == '"') quoted = !quoted;
        if (written[i] == '.' && !quoted) dot = i;
    }
    return dot == std::string::npos ? std::string() : registry::bare_name(written.substr(0, dot));
}

bool may_be_same(const std::string &a, const std::string &b) { return a.empty() || b.empty() || a == b; }

bool creates(const script::statement_traits &traits) { return traits.verb.starts_with("CREATE"); }

bool drops_object(const script::statement_traits &traits) { return traits.verb.starts_with("DROP"); }

// A function is known by its arguments, too, which are not compared.
std::string routine_name(const script::statement_traits &traits) {
    bool const makes = creates(traits) && kind_of(traits.object_type) == "routine";
    return makes ? registry::bare_name(traits.object_name) : std::string();
}

}   // namespace

made_anew::made_anew(pg::spi_session &session, const registry::revision_record &revision,
                     const script::program &program)
    : session_(session), revision_(revision), program_(program) {
    for (const script::action &a : program.actions) {
        steered_ = steered_ || script::steers_others(a);
        if (std::string const name = routine_name(a.traits); !name.empty()) ++routines_[name];
    }
}

void made_anew::extend(boost::container::vector<bool> &run) {
    do follow(run);
    while (bring_drops(run));
}

bool made_anew::drops(const std::string &type, const std::string &name) const {
    const object *const found = find(kind_of(type), name, {});
    return found && found->ever_dropped;
}

// In the order of the file, as each statement finds what those before it left.
void made_anew::follow(boost::container::vector<bool> &run) {
    objects_.clear();
    for (std::size_t i = 0; i < run.size(); ++i) {
        const script::action &a = program_.actions[i];
        if (a.kind == script::action_kind::echo) continue;
        run[i] = run[i] || is_about(a);
        if (run[i]) note(a);
    }
}

// "DROP … IF EXISTS x" stands in front of what makes x anew: it runs whenever that does.
bool made_anew::bring_drops(boost::container::vector<bool> &run) const {
    auto const makes = [](const script::statement_traits &drop, const script::statement_traits &t) {
        return creates(t) && drop.object_type == t.object_type && !t.object_name.empty() &&
               registry::bare_name(drop.object_name) == registry::bare_name(t.object_name);
    };
    bool more = false;
    for (std::size_t i = 0; i < run.size(); ++i) {
        const script::statement_traits &drop = program_.actions[i].traits;
        if (run[i] || !drop.rerunnable || !drops_object(drop)) continue;
        for (std::size_t j = i + 1; j < run.size() && !run[i]; ++j)
            if (run[j] && makes(drop, program_.actions[j].traits)) more = run[i] = true;
    }
    return more;
}

void made_anew::note(const script::action &a) {
    const script::statement_traits &t = a.traits;
    std::string const kind = kind_of(t.object_type);
    std::string const table = hangs_on_table(kind) ? t.relation : std::string();
    if (drops_object(t)) {
        for (const std::string &name : script::dropped_names(a.text)) note_drop(t.object_type, name, table);
    } else if (creates(t) && !t.object_name.empty() && makes_object_here(t)) {
        auto const range = objects_.equal_range(registry::bare_name(t.object_name));
        for (auto at = range.first; at != range.second; ++at)
            if (is_one(at->second, kind, t.object_name, table)) at->second.dropped = false;
        objects_.emplace(registry::bare_name(t.object_name),
                         object{kind, schema_of(kind, t.object_name), registry::bare_name(table), false});
    }
}

void made_anew::note_drop(const std::string &type, const std::string &name, const std::string &table) {
    std::string const kind = kind_of(type);
    statement_object const about{revision_.revision, revision_.tier, type, name};
    if (!find(kind, name, table) && !was_made(session_, about)) return;
    objects_.emplace(registry::bare_name(name), object{kind, schema_of(kind, name), registry::bare_name(table), true});
    for (const dependent_object &gone : dependents_of(session_, about)) {
        std::string const kind_of_gone = kind_of(gone.type);
        bool const hangs = hangs_on_table(kind_of_gone) && gone.names.size() > 1;
        std::string const on = hangs ? gone.names[gone.names.size() - 2] : std::string();
        std::string const schema = !hangs && gone.names.size() > 1 ? gone.names.front() : std::string();
        objects_.emplace(gone.names.back(), object{kind_of_gone, schema, on, true});
    }
}

// What does nothing where its object is there already has not made it.
bool made_anew::makes_object_here(const script::statement_traits &t) const {
    if (!t.rerunnable) return true;
    std::string const kind = kind_of(t.object_type);
    if (const object *const known = find(kind, t.object_name, hangs_on_table(kind) ? t.relation : std::string()))
        return known->dropped;
    return fate_of(session_, {revision_.revision, revision_.tier, t.object_type, t.object_name}) == object_fate::gone;
}

// Where the name leads now; nothing when there is no telling.
std::string made_anew::schema_of(const std::string &type, const std::string &name) const {
    std::string written = written_schema(name);
    if (!written.empty() || steered_ || type != "relation") return written;
    pg::rows const found = session_.query(
        "SELECT relnamespace::pg_catalog.regnamespace::pg_catalog.text FROM pg_catalog.pg_class"
        " WHERE oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)",
        {pg::to_value(name)});
    return found.size() > 0 ? registry::bare_name(found.text(0, 0)) : written;
}

bool made_anew::is_one(const object &o, const std::string &type, const std::string &name,
                       const std::string &table) const {
    return o.type == type && may_be_same(o.table, registry::bare_name(table)) &&
           may_be_same(o.schema, schema_of(type, name));
}

const made_anew::object *made_anew::find(const std::string &type, const std::string &name,
                                         const std::string &table) const {
    const object *found = nullptr;
    if (name.empty()) return found;
    auto const range = objects_.equal_range(registry::bare_name(name));
    for (auto at = range.first; at != range.second; ++at) {
        const object &o = at->second;
        if (!is_one(o, type, name, table)) continue;
        if (!found || o.dropped || (o.ever_dropped && !found->dropped)) found = &o;
    }
    return found;
}

bool made_anew::is_about(const script::action &a) const {
    const script::statement_traits &t = a.traits;
    if (objects_.empty()) return false;
    std::string const kind = kind_of(t.object_type);
    if (const object *const own = find(kind, t.object_name, hangs_on_table(kind) ? t.relation : std::string())) {
        if (!creates(t) || t.rerunnable) return true;
        auto const same_name = routines_.find(registry::bare_name(t.object_name));
        if (own->dropped && (kind != "routine" || same_name->second == 1)) return true;
    }
    bool const makes_relation = creates(t) && t.relation == t.object_name;
    if (!makes_relation && find("relation", t.relation, {})) return true;
    // These name several objects, or some that are no relations.
    bool const names_others = t.object_type.empty() && t.rerunnable && t.verb != "SELECT" && t.verb != "DO" &&
                              t.verb != "SET" && t.verb != "INSERT";
    bool const alters = t.verb == "ALTER TABLE";
    return (names_others || alters) && names_one(a);
}

// Any word of GRANT and the like; of ALTER TABLE the constraint that it adds.
bool made_anew::names_one(const script::action &a) const {
    bool const alters = !a.traits.object_type.empty();
    std::string const table = registry::bare_name(a.traits.relation);
    script::lexer tokens(a.text);
    for (script::token t = tokens.next(); t.kind != script::token_kind::end; t = tokens.next()) {
        if (t.kind != script::token_kind::word && t.kind != script::token_kind::quoted_identifier) continue;
        auto const range = objects_.equal_range(registry::bare_name(std::string(t.text(a.text))));
        for (auto at = range.first; at != range.second; ++at) {
            const object &o = at->second;
            if (alters ? o.type == "constraint" && o.table == table : !hangs_on_table(o.type)) return true;
        }
    }
    return false;
}

}   // namespace whisper::engine

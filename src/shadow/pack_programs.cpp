#include "shadow/pack_programs.hpp"

#include "pg/find_object.hpp"
#include "pg/parse.hpp"
#include "plan/planner.hpp"
#include "registry/store.hpp"
#include "script/object_kind.hpp"

#include <algorithm>

namespace whisper::shadow {
namespace {

// Of what no schema tells apart: a database that has one cannot have another one made. Schemas are renamed meanwhile.
const script::object_kind *find_single(const script::action &a) {
    const script::statement_object *const object = a.traits.object();
    if (a.traits.action != script::statement_action::create || !object) return nullptr;
    const script::object_kind *const kind = script::find_kind_of_words(object->type);
    return kind && kind->by == script::naming::single && kind->type != "schema" ? kind : nullptr;
}

bool is_in_schema(const script::statement_object &object) {
    const script::object_kind *const kind = script::find_kind_of_words(object.type);
    if (!kind || kind->type == "index") return false;   // it goes where its table is
    return kind->by == script::naming::relation || kind->by == script::naming::type ||
           kind->by == script::naming::routine || kind->by == script::naming::in_schema;
}

// What the files are, and what they stand on: applied revisions whose files are gone may have been replaced by some.
graph::node_set needed_revisions(const registry::registry &r, std::optional<graph::index> wanted) {
    graph::indexes files(r.revision_graph->resource());
    if (wanted) files.push_back(*wanted);
    for (graph::index i = 0; i < r.revisions.size(); ++i)
        if (!r.revisions[i].missing) files.push_back(i);
    return r.revision_graph->closure(graph::view(files));
}

}   // namespace

pack_programs::pack_programs(session::workspace &work, const script::strings &tiers,
                             std::optional<graph::index> wanted) {
    plan::run_plan const plan = plan::plan_from_nothing(work.registry(), tiers);
    graph::node_set const needed = needed_revisions(work.registry(), wanted);
    for (const plan::planned_step &step : plan.steps) {
        if (!needed.contains(step.revision)) continue;
        const registry::revision_record &record = work.registry().revisions[step.revision];
        pack_program &made = steps_.emplace_back(pack_program{.revision = step.revision,
                                                              .text = registry::read_text(work.session(), record),
                                                              .program = {},
                                                              .preexisting = {},
                                                              .preexisting_counts = false});
        made.program = script::compile(pg::server_parser(), made.text.up, record.file, made.text.up_line);
        for (const script::action &a : made.program.actions) {
            made.preexisting.push_back(preexisting_key(work.session(), a));
            take_names(a);
        }
        made.preexisting_counts = std::all_of(made.program.actions.begin(), made.program.actions.end(),
                                              [](const script::action &a) { return find_single(a) != nullptr; });
    }
}

std::string pack_programs::preexisting_key(pg::spi_session &session, const script::action &a) {
    const script::object_kind *const known = find_single(a);
    if (!known || a.traits.object()->name.empty()) return {};
    std::string const &name = a.traits.object()->name.name;
    pg::engine_scope const scope;
    auto const at = pg::find_object(std::string(known->type), {&name, 1}, {});
    if (!at) return {};
    pg::rows const row = session.query_catalog("SELECT type || ' ' || identity FROM pg_identify_object($1, $2, 0)",
                                               {pg::oid_value(at->class_id), pg::oid_value(at->object_id)});
    return row.text(0, 0);
}

void pack_programs::take_names(const script::action &a) {
    if (a.traits.action != script::statement_action::create) return;
    for (const script::statement_object &made : a.traits.objects) {
        if (made.name.empty()) continue;
        if (made.type == "schema")
            names_.schemas.push_back(pg::to_text(made.name));
        else if (is_in_schema(made))
            names_.objects.push_back(pg::to_text(made.name));
    }
}

}   // namespace whisper::shadow

#include "shadow/pack_programs.hpp"

#include "pg/parse.hpp"
#include "plan/planner.hpp"
#include "registry/store.hpp"

#include <algorithm>
#include <array>

namespace whisper::shadow {
namespace {

struct singular {
    std::string_view written, type;   // in the statement; for pg_get_object_address()
};
// No schema tells two of them apart, so a database that has one cannot have another one made.
constexpr std::array singulars = std::to_array<singular>({
    {"access method", "access method"},
    {"event trigger", "event trigger"},
    {"extension", "extension"},
    {"foreign data wrapper", "foreign-data wrapper"},
    {"language", "language"},
    {"publication", "publication"},
    {"role", "role"},
    {"server", "server"},
    {"subscription", "subscription"},
});

constexpr std::array in_schemas = std::to_array<std::string_view>({
    "aggregate",
    "collation",
    "domain",
    "foreign table",
    "function",
    "materialized view",
    "procedure",
    "sequence",
    "table",
    "type",
    "view",
});

const singular *find_singular(const script::action &a) {
    const script::statement_object *const object = a.traits.object();
    if (a.traits.action != script::statement_action::create || !object) return nullptr;
    auto const known =
        std::find_if(singulars.begin(), singulars.end(), [&](const singular &s) { return s.written == object->type; });
    return known == singulars.end() ? nullptr : &*known;
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
                                                              .standing_counts = false});
        made.program = script::compile(pg::server_parser(), made.text.up, record.file, made.text.up_line);
        for (const script::action &a : made.program.actions) {
            made.preexisting.push_back(preexisting_key(work.session(), a));
            take_names(a);
        }
        made.standing_counts = std::all_of(made.program.actions.begin(), made.program.actions.end(),
                                           [](const script::action &a) { return find_singular(a) != nullptr; });
    }
}

std::string pack_programs::preexisting_key(pg::spi_session &session, const script::action &a) {
    const singular *const known = find_singular(a);
    if (!known || a.traits.object()->name.empty()) return {};
    std::string const &name = a.traits.object()->name.name;
    std::string key;
    pg::engine_scope const scope;
    pg::attempt([&] {
        pg::rows const row = session.query(
            "SELECT i.type || ' ' || i.identity FROM pg_get_object_address($1, ARRAY[$2], '{}') a,"
            " pg_identify_object(a.classid, a.objid, a.objsubid) i",
            {pg::to_value(known->type), pg::to_value(name)});
        key = row.text(0, 0);
    });
    return key;
}

void pack_programs::take_names(const script::action &a) {
    if (a.traits.action != script::statement_action::create) return;
    for (const script::statement_object &made : a.traits.objects) {
        if (made.name.empty()) continue;
        if (made.type == "schema")
            names_.schemas.push_back(pg::to_text(made.name));
        else if (std::find(in_schemas.begin(), in_schemas.end(), made.type) != in_schemas.end())
            names_.objects.push_back(pg::to_text(made.name));
    }
}

}   // namespace whisper::shadow

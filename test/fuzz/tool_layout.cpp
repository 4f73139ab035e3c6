// Directories of other tools: every file is used once or refused, in version order.

#include "script/tool_layout.hpp"

#include "bytes.hpp"
#include "harnesses.hpp"
#include "require.hpp"
#include "script/names.hpp"
#include "sql_text.hpp"

#include <set>
#include <vector>

namespace whisper::fuzz {

namespace {

using namespace script;

void check_layout(const std::vector<std::string> &names, const script::tool_layout &layout) {
    if (layout.tool == migration_tool::none) {
        require(layout.versioned.empty() && layout.repeatable.empty(), "no tool has no migrations");
        return;
    }
    std::vector<int> uses(names.size(), 0);
    std::set<std::string> ids;
    for (const auto *list : {&layout.versioned, &layout.repeatable})
        for (const tool_migration &m : *list) {
            require(id_problem(m.id).empty(), "an id is valid", m.id);
            require(ids.insert(m.id).second, "an id is given once", m.id);
            require(m.up < names.size() && (!m.down || *m.down < names.size()), "a migration's files are in the list");
            ++uses[m.up];
            if (m.down) ++uses[*m.down];
        }
    require(std::ranges::all_of(uses, [](int n) { return n == 1; }), "every file is used once");
    require(layout.tool == migration_tool::flyway || layout.repeatable.empty(), "golang-migrate repeats nothing");
    require(std::ranges::is_sorted(layout.repeatable, {}, &tool_migration::message), "descriptions are in order");
}

// The order of the files in the directory has no say.
void check_order(std::vector<std::string> names, const script::tool_layout &layout) {
    auto const ids_of = [](const script::tool_layout &from) {
        std::vector<std::string> found;
        for (const auto *list : {&from.versioned, &from.repeatable})
            for (const tool_migration &m : *list) found.push_back(m.id);
        return found;
    };
    std::ranges::reverse(names);
    require(ids_of(lay_out(names, "t/")) == ids_of(layout), "the order of the files has no say");
}

}   // namespace

void tool_layout(std::string_view input) {
    bytes source(input);
    std::string_view const listing = source.until('\0');
    bytes lines(listing);
    std::vector<std::string> names;
    while (!lines.empty()) names.emplace_back(lines.until('\n'));
    survives(is_utf8(listing), {sqlstate::invalid_pack, sqlstate::duplicate_revision}, [&] {
        script::tool_layout const layout = lay_out(names, "t/");
        check_layout(names, layout);
        check_order(names, layout);
    });
    survives(is_utf8(source.rest()), {sqlstate::unsupported_command, sqlstate::syntax_error},
             [&] { require_no_placeholders(source.rest(), "t/V1__x.sql"); });
}

}   // namespace whisper::fuzz

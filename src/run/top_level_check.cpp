#include "run/top_level_check.hpp"

#include "pg/object_watch.hpp"
#include "pg/parse.hpp"
#include "pg/relation.hpp"
#include "registry/store.hpp"
#include "script/characters.hpp"

#include <algorithm>
#include <array>

namespace whisper::run {
namespace {

// Enough of a statement to know it by.
std::string first_words(std::string_view statement) {
    constexpr std::size_t enough = 60;
    std::string words(statement.substr(0, statement.find('\n')));
    if (words.size() > enough) {
        words.resize(std::min(words.find_last_of(' ', enough), words.size()));
        words += " …";
    }
    return words;
}

// A text without these words need not be parsed once more.
constexpr const char *select_candidates =
    R"sql(
        SELECT revision FROM whisper.revision WHERE revision = ANY ($1)
        AND concat(up_sql, ' ', down_sql) ~* '[[:<:]](reindex|cluster)[[:>:]]')sql";

// The same for a text in memory. Each word stands there as it is: a keyword cannot be written in another way.
bool may_need_top_level(std::string_view text) {
    return std::ranges::any_of(std::to_array<std::string_view>({"reindex", "cluster"}), [&](std::string_view word) {
        auto const same = [](char a, char b) { return script::lower(a) == b; };
        return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
    });
}

// With the caller's search_path.
bool is_partitioned(const script::qualified_name &relation) {
    char const kind = pg::relation_kind(pg::find_relation(pg::to_text(relation)));
    return kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_PARTITIONED_INDEX;
}

}   // namespace

std::string described_place(const script::action &a, int first_line) {
    return "Line " + std::to_string(a.line_in_file(first_line)) + " is " + first_words(a.text);
}

top_level_check::top_level_check(session::workspace &work, const plan::run_plan &plan) : work_(work) {
    pg::strings stored;
    for (const plan::planned_step &step : plan.steps) {
        const registry::revision_record &revision = work.registry().revisions[step.revision];
        if (!revision.is_transactional(step.up)) continue;
        if (!revision.text)
            stored.push_back(revision.revision);
        else if (may_need_top_level(revision.text->up) || may_need_top_level(revision.text->down.value_or("")))
            candidates_.insert(revision.revision);
    }
    if (stored.empty()) return;
    pg::engine_scope const scope;
    pg::rows const rows = work.session().query_catalog(select_candidates, {pg::to_value(stored)});
    for (std::size_t i = 0; i < rows.size(); ++i) candidates_.insert(rows.text(i, 0));
}

std::string top_level_check::why(const registry::revision_record &revision, bool up) const {
    if (!candidates_.contains(revision.revision)) return {};
    registry::revision_text const text = registry::read_text(work_.session(), revision);
    if (!up && !text.down) return {};
    int const first_line = up ? text.up_line : text.down_line;
    script::action_reader reader(pg::server_parser(), up ? text.up : *text.down, revision.file, first_line);
    for (script::action a{}; reader.next(a);) {
        if (!a.traits.needs_top_level_if_partitioned) continue;
        const script::qualified_name *const relation = script::relation_of(a.traits);
        if (relation && is_partitioned(*relation))
            return described_place(a, first_line) +
                   ", of a partitioned relation, which cannot run inside a transaction block.";
    }
    return {};
}

}   // namespace whisper::run

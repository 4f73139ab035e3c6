#include "drift/missing_parts.hpp"

#include "drift/compare.hpp"
#include "run/execute.hpp"

#include <algorithm>

namespace whisper::drift {
namespace {

// Where it stands for the last time outside of quoted names and texts.
std::size_t find_unquoted(std::string_view text, std::string_view wanted) {
    std::size_t found = std::string_view::npos;
    char quote = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quote == '\0' && text.substr(i).starts_with(wanted)) found = i;
        if (text[i] != '"' && text[i] != '\'') continue;
        if (quote == '\0')
            quote = text[i];
        else if (quote == text[i])
            quote = '\0';
    }
    return found;
}

// "constraint x on public.t" -> "x", "public.t"
std::pair<std::string, std::string> name_and_table(std::string_view rest) {
    std::size_t const at = find_unquoted(rest, " on ");
    return {std::string(rest.substr(0, at)), at == std::string_view::npos ? "" : std::string(rest.substr(at + 4))};
}

bool is_identity(std::string_view column) {
    return find_unquoted(column.substr(0, column.find(" default ")), " identity ") != std::string_view::npos;
}

// What would make the item again; empty for what has no such statement.
std::string statement_for(const std::string &key, const std::string &definition) {
    std::string_view const k = key;
    if (k.starts_with("constraint ")) {
        auto const [name, table] = name_and_table(k.substr(11));
        return "ALTER TABLE " + table + " ADD CONSTRAINT " + name + " " + definition;
    }
    if (k.starts_with("column ") && !is_identity(definition)) {
        std::size_t const dot = find_unquoted(k, ".");
        return "ALTER TABLE " + std::string(k.substr(7, dot - 7)) + " ADD COLUMN " + std::string(k.substr(dot + 1)) +
               " " + definition;
    }
    if (k.starts_with("index ") || k.starts_with("trigger ")) return definition;
    if (k.starts_with("comment on ")) return key + " IS " + definition;
    if (k.starts_with("view ")) return "CREATE VIEW " + std::string(k.substr(5)) + " AS " + definition;
    if (k.starts_with("materialized view "))
        return "CREATE MATERIALIZED VIEW " + std::string(k.substr(18)) + " AS " + definition;
    return {};
}

// Columns first, keys before what refers to them, views and comments last.
int rank(const std::string &key, const std::string &definition) {
    if (key.starts_with("column ")) return 0;
    if (key.starts_with("constraint ")) return definition.starts_with("FOREIGN KEY") ? 3 : 1;
    if (key.starts_with("index ")) return 2;
    return key.starts_with("trigger ") ? 4 : key.starts_with("comment on ") ? 6 : 5;
}

// Repair brings back what is gone; what is there in another shape is for its owner to change.
void tell_difference(const shadow::expected_item &wanted, const shadow::item_version &version,
                     const schema::catalog_item &found) {
    if (found.value == version.value) return;
    pg::warning(wanted.key + " differs from what the revisions make of it",
                "It is \"" + found.shown + "\", expected \"" + version.shown + "\".",
                found.shown.ends_with(" (invalid)")
                    ? "REINDEX INDEX " + wanted.key.substr(std::string_view("index ").size())
                    : "change it yourself: whisper_repair() leaves it as it is");
}

// DROP TABLE … CASCADE takes the foreign keys of other revisions' tables along.
bool refers_to(const std::string &definition, const pg::strings &tables) {
    if (!definition.starts_with("FOREIGN KEY")) return false;
    for (const std::string &table : tables)
        if (definition.find(" REFERENCES " + table + "(") != std::string::npos) return true;
    return false;
}

// Calling it must lend nobody's rights to any of those who wrote a part of the definition.
pg::authority least_authority(const registry::registry &r, const shadow::expected_schema &expected,
                              const shadow::expected_item &item) {
    pg::authority least = pg::authority::callers;
    for (const shadow::item_version &v : item.versions)
        if (run::require_authority(r.revisions[expected.steps[v.step].revision]) == pg::authority::confined)
            least = pg::authority::confined;
    return least;
}

}   // namespace

boost::container::vector<missing_part> find_missing_parts(session::workspace &work, graph::index revision) {
    const registry::registry &r = work.registry();
    script::strings tiers;
    for (const registry::tier_record &t : r.tiers)
        for (const registry::applied_record &a : r.applied)
            if (a.tier == t.name) {
                tiers.push_back(t.name);
                break;
            }
    shadow::expected_schema const expected = shadow::expected_schema_of(work, tiers, revision);
    actual_schema const actual(work, expected);
    pg::strings tables;
    for (const shadow::expected_object &o : expected.objects)
        if (o.type == "table" && o.revision == r.revisions[revision].revision) tables.push_back(o.identity);
    boost::container::vector<missing_part> parts;
    for (const shadow::expected_item &item : expected.items) {
        shadow::item_version const &last = item.versions.back();
        bool const ours = std::any_of(item.versions.begin(), item.versions.end(), [&](const shadow::item_version &v) {
            return expected.steps[v.step].revision == revision;
        });
        if (!(ours || refers_to(last.shown, tables)) || !last.exists) continue;
        if (!r.applied_set->contains(expected.steps[last.step].revision)) continue;
        if (!item.owner_key.empty() && !actual.find(item.owner_key)) continue;   // no table to put it on
        if (const schema::catalog_item *const found = actual.find_like(item, last)) {
            if (ours) tell_difference(item, last, *found);
            continue;
        }
        std::string statement = statement_for(item.key, last.shown);
        if (!statement.empty())
            parts.push_back({rank(item.key, last.shown), item.key, std::move(statement),
                             expected.steps[last.step].revision, least_authority(r, expected, item)});
    }
    std::stable_sort(parts.begin(), parts.end(),
                     [](const missing_part &a, const missing_part &b) { return a.order < b.order; });
    return parts;
}

}   // namespace whisper::drift

#include "registry/flyway_records.hpp"

#include "pg/plain_rows.hpp"
#include "script/tool_history.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

bool has_all(const pg::strings &columns, const script::strings &wanted) {
    return std::ranges::all_of(
        wanted, [&](const std::string &column) { return std::ranges::find(columns, column) != columns.end(); });
}

std::string name_of(const std::string &version) {
    return script::names_of_revision(script::version_form::flyway, version, {}).front();
}

}   // namespace

void flyway_records::read() {
    if (read_) return;
    read_ = true;
    if (table_ == InvalidOid || !pg::lock_for_reading(table_)) return;
    pg::strings const there = pg::plain_columns(table_);
    for (const script::tool_history &history : script::tool_histories())
        if (history.tool == "Flyway" && has_all(there, script::words_of(history.required))) return take(history);
}

void flyway_records::take(const script::tool_history &history) {
    pg::strings columns;
    for (std::string &column : script::history_columns(history)) columns.push_back(std::move(column));
    pg::plain_rows const rows = pg::read_plainly(table_, columns);
    boost::container::vector<script::history_row> views;
    for (const pg::plain_row &row : rows) views.emplace_back(history, std::span(row.values.data(), row.values.size()));
    for (const script::recorded_version &v : script::read_versions(history, {views.data(), views.size()}))
        if (v.is == script::standing::applied || v.is == script::standing::through) names_.insert(name_of(v.version));
}

bool flyway_records::any() {
    read();
    return !names_.empty();
}

bool flyway_records::has(const std::string &id) {
    read();
    return !names_.empty() && names_.contains(name_of(id));
}

}   // namespace whisper::registry

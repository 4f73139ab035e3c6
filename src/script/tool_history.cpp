#include "script/tool_history.hpp"

#include "script/strings.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>

namespace whisper::script {
namespace {

// Of Flyway: a file "B2__name.sql", which stands for all versions up to it.
constexpr std::string_view sql_baseline = "SQL_BASELINE";

standing by_success(const history_row &row) { return row.is_true("success") ? standing::applied : standing::pending; }

standing by_dirty(const history_row &row) { return row.is_true("dirty") ? standing::below : standing::applied; }

// goose begins its table with a version 0 that is no file, and older ones write a row for each way down.
standing of_goose(const history_row &row) {
    if (row.get("version_id") == "0") return standing::none;
    return row.is_true("is_applied") ? standing::applied : standing::pending;
}

standing of_flyway(const history_row &row) {
    std::string_view const type = row.get("type");
    if (type == "SCHEMA" || type == "INIT" || type == "TABLE")
        return type == "INIT" ? standing::through : standing::none;
    if (!row.is_true("success") || type == "DELETE" || type.starts_with("UNDO")) return standing::pending;
    return type == "BASELINE" || type == sql_baseline ? standing::through : standing::applied;
}

standing of_prisma(const history_row &row) {
    return row.is_null("finished_at") || !row.is_null("rolled_back_at") ? standing::pending : standing::applied;
}

standing of_play(const history_row &row) {
    return row.get("state") == "applied" ? standing::applied : standing::pending;
}

standing of_liquibase(const history_row &row) {
    return row.get("exectype") == "FAILED" || row.get("exectype") == "SKIPPED" ? standing::pending : standing::applied;
}

// Atlas: type has bits, 1 for a baseline, 2 for what was run, 4 for what was resolved by hand.
standing of_atlas(const history_row &row) {
    if (row.get("version").starts_with('.')) return standing::none;   // ".atlas_cloud_identifier" and its kind
    std::string_view const type = row.get("type");
    if (type == "1" || type == "5") return standing::through;
    bool const whole = row.get("applied") == row.get("total") && row.get("error").empty();
    return whole || type == "4" || type == "6" ? standing::applied : standing::pending;
}

// tern has one row; 0 is none.
standing of_tern(const history_row &row) { return row.get("version") == "0" ? standing::none : standing::applied; }

standing of_postgres_migrations(const history_row &row) {
    return row.get("id") == "0" ? standing::none : standing::applied;   // the one that makes the table
}

// Hasura's command line keeps an object for each database: {"migrations": {"default": {"1620000000000": false}}}, where
// true is a version that did not get through.
void hasura_state(const history_row &row, const take_version &take) {
    auto const state = nlohmann::json::parse(row.get("cli_state"), nullptr, false);
    if (!state.is_object() || !state.contains("migrations") || !state["migrations"].is_object()) return;
    for (auto const &database : state["migrations"]) {
        if (!database.is_object()) continue;
        for (auto const &[version, dirty] : database.items())
            take(version, dirty.is_boolean() && dirty.get<bool>() ? standing::pending : standing::applied);
    }
}

constexpr auto own = version_reach::own, before = version_reach::before;
constexpr auto by_id = version_form::id, by_number = version_form::number, by_name = version_form::name;

constexpr tool_history every_history[] = {
    {"Alembic", "", "alembic_version", "version_num", "", "version_num", by_id, before, true},
    {"Hasura", "hdb_catalog", "hdb_version", "cli_state", "", "cli_state", by_number, own, false, "", nullptr,
     hasura_state},
    {"Hasura", "hdb_catalog", "schema_migrations", "version dirty", "", "version", by_number, own, false, "", by_dirty},
    {"Supabase", "supabase_migrations", "schema_migrations", "version", "statements name created_by idempotency_key",
     "version", by_number},
    {"Sqitch", "sqitch", "changes", "change_id change project", "committed_at", "change", by_id},
    {"graphile-migrate", "graphile_migrate", "migrations", "hash previous_hash filename", "date", "filename", by_name},
    {"Atlas", "atlas_schema_revisions", "atlas_schema_revisions", "version description type applied total",
     "executed_at execution_time error error_stmt hash partial_hashes operator_version", "version", by_number, own,
     false, "", of_atlas},
    // One row; all versions up to it are applied. Dirty: that version did not get through.
    {"golang-migrate", "", "schema_migrations", "version dirty", "", "version", by_number, before, true, "", by_dirty},
    {"WhisperEngine", "", "schema_migrations", "migration_name", "", "migration_name", by_id},
    {"dbmate or Rails", "", "schema_migrations", "version", "", "version", by_number},
    {"popx", "", "schema_migration", "version", "version_self", "version", by_number},
    {"goose", "", "goose_db_version", "id version_id is_applied", "tstamp", "version_id", by_number, own, true, "id",
     of_goose},
    // schema_version until release 5; its rows had a version_rank then.
    {"Flyway", "", "flyway_schema_history schema_version",
     "installed_rank version description type script checksum installed_by installed_on execution_time success",
     "version_rank", "version", version_form::flyway, own, true, "installed_rank", of_flyway},
    {"Flyway", "", "flyway_schema_history schema_version", "installed_rank version description type success", "",
     "version", version_form::flyway, own, false, "installed_rank", of_flyway},
    {"tern", "", "schema_version", "version", "", "version", by_number, before, false, "", of_tern},
    {"sqlx", "", "_sqlx_migrations", "version success checksum", "description installed_on execution_time", "version",
     by_number, own, true, "", by_success},
    {"diesel", "", "__diesel_schema_migrations", "version run_on", "", "version", by_number, own, true},
    {"Prisma", "", "_prisma_migrations", "id checksum finished_at migration_name rolled_back_at",
     "logs started_at applied_steps_count", "migration_name", by_name, own, false, "", of_prisma},
    {"sql-migrate", "", "gorp_migrations migrations", "id applied_at", "", "id", by_name, own, true},
    {"postgres-migrations", "", "migrations", "id name hash", "executed_at", "id", by_number, own, false, "",
     of_postgres_migrations},
    {"rambler", "", "migrations", "migration", "", "migration", by_name, own, true},
    {"refinery", "", "refinery_schema_history", "version name applied_on checksum", "", "version", by_number, own,
     true},
    {"node-pg-migrate", "", "pgmigrations", "id name run_on", "", "name", by_name, own, true},
    {"Play", "", "play_evolutions", "id hash applied_at state", "apply_script revert_script last_problem", "id",
     by_number, own, true, "", of_play},
    {"Liquibase", "", "databasechangelog", "id author filename",
     "dateexecuted orderexecuted exectype md5sum description comments tag liquibase contexts labels deployment_id",
     "id", version_form::changeset, own, true, "orderexecuted", of_liquibase},
};

bool has_more_digits(std::string_view a, std::string_view b) noexcept {
    return a.size() != b.size() ? a.size() > b.size() : a > b;
}

// Rows come as they lie in the table. Ranks are numbers or times, which sort by their text when equally long.
void sort_by(std::string_view column, boost::container::vector<const history_row *> &rows) {
    std::ranges::stable_sort(rows, [&](const history_row *a, const history_row *b) {
        return has_more_digits(b->get(column), a->get(column));
    });
}

std::string name_in(const tool_history &history, const history_row &row) {
    std::string_view const version = row.get(history.version);
    if (history.form == version_form::flyway && version.empty())
        return row.get("description").empty() ? "" : "R__" + replaced(row.get("description"), ' ', '_');
    if (history.form == version_form::flyway)
        return (row.get("type") == sql_baseline ? "B" : "V") + std::string(version);
    if (history.form == version_form::changeset)   // as the tool itself writes it
        return std::string(row.get("filename")) + "::" + std::string(version) + "::" + std::string(row.get("author"));
    return std::string(version);
}

}   // namespace

const std::optional<std::string> *history_row::find(std::string_view column) const {
    strings const columns = history_columns(of_);
    auto const at = std::ranges::find(columns, column);
    auto const position = static_cast<std::size_t>(at - columns.begin());
    return position < values_.size() ? &values_[position] : nullptr;
}

std::string_view history_row::get(std::string_view column) const {
    auto const *const value = find(column);
    return value && *value ? std::string_view(**value) : std::string_view();
}

bool history_row::is_null(std::string_view column) const {
    auto const *const value = find(column);
    return !value || !*value;
}

std::span<const tool_history> tool_histories() noexcept { return every_history; }

const tool_history *find_tool_history(std::string_view tool) noexcept {
    auto const found = std::ranges::find(every_history, tool, &tool_history::tool);
    return found == std::end(every_history) ? nullptr : found;
}

strings words_of(std::string_view list) {
    strings words;
    while (!list.empty()) {
        std::size_t const end = std::min(list.find(' '), list.size());
        if (end > 0) words.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

strings history_columns(const tool_history &history) {
    strings columns = words_of(history.required);
    for (std::string &column : words_of(history.optional)) columns.push_back(std::move(column));
    return columns;
}

boost::container::vector<recorded_version> read_versions(const tool_history &history,
                                                         std::span<const history_row> rows) {
    boost::container::vector<const history_row *> ordered;
    for (const history_row &row : rows) ordered.push_back(&row);
    if (!history.order.empty()) sort_by(history.order, ordered);
    boost::container::vector<recorded_version> versions;
    std::unordered_map<std::string, std::size_t> positions;
    auto const take = [&](std::string_view version, standing is) {
        if (is == standing::none || version.empty()) return;
        auto const [at, fresh] = positions.emplace(version, versions.size());
        if (fresh)
            versions.push_back({std::string(version), is});
        else if (!history.order.empty() || is != standing::pending)   // without an order, one success is enough
            versions[at->second].is = is;
    };
    for (const history_row *row : ordered) {
        if (history.versions)
            history.versions(*row, take);
        else
            take(name_in(history, *row), history.stands ? history.stands(*row) : standing::applied);
    }
    return versions;
}

}   // namespace whisper::script

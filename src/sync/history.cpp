#include "sync/history.hpp"

#include "pg/configuration.hpp"
#include "plan/planner.hpp"
#include "registry/disk.hpp"
#include "registry/reconcile.hpp"
#include "registry/store.hpp"
#include "script/history_rows.hpp"
#include "sync/alembic.hpp"
#include "sync/foreign_history.hpp"
#include "sync/history_rights.hpp"
#include "sync/sqitch.hpp"

#include <algorithm>
#include <unordered_set>

namespace whisper::sync {
namespace {

constexpr const char *off = "set whisper_migrate.sync_history = off";

// A row as it is, and what it says.
struct known_row {
    std::string place;
    std::optional<graph::index> revision;
    bool applied;
};

class table_sync {
public:
    table_sync(session::workspace &work, const history_table &table)
        : work_(work),
          r_(work.registry()),
          table_(table),
          has_(pg::plain_columns(table.oid)),
          names_(r_, table.history->form) {}

    void run() {
        read_rows();
        script::strings const tiers = tiers_of();
        if (tiers.empty()) return;
        wanted(tiers);
        history_owner const owner(table_.owner_role);
        if (!may_keep_in_step(owner, table_.name, table_.owner, off)) return;
        history_scope scope(work_.session(), owner);
        scope.settings().set("standard_conforming_strings", "on");   // what quote_literal() quotes for
        remove(tiers);
        add();
        if (changed_) scope.finish();
    }

private:
    void read_rows() {
        pg::strings columns;
        for (const std::string &column : table_.columns) columns.push_back(column);
        for (const pg::plain_row &row : pg::read_plainly(table_.oid, columns)) {
            script::history_row const view(*table_.history, std::span(row.values.data(), row.values.size()));
            auto const versions = script::read_versions(*table_.history, std::span(&view, 1));
            std::string_view const rank = view.get("installed_rank");
            if (!rank.empty()) rank_ = std::max<std::int64_t>(rank_, std::atoll(std::string(rank).c_str()));
            any_ = true;
            if (versions.empty()) continue;
            rows_.push_back(
                {row.place, names_.find(versions.front().version),
                 versions.front().is == script::standing::applied || versions.front().is == script::standing::through});
            if (!rows_.back().revision) unknown_ = versions.front().version;
        }
    }

    // Those that the table is about; none when it is another project's.
    script::strings tiers_of() const {
        for (const known_row &row : rows_)
            if (row.revision) return with_repeatable(r_.revisions[*row.revision].tier);
        if (!unknown_.empty()) {
            pg::warning("table " + table_.name + " is not kept in step",
                        "No version in it is registered, \"" + unknown_ + "\" for one.", off);
            return {};
        }
        for (const registry::tier_record &tier : r_.tiers)
            if (tier.kind == script::tier_kind::versioned) return with_repeatable(tier.name);
        return {};
    }

    script::strings with_repeatable(const std::string &tier) const {
        script::strings tiers{tier};
        bool const flyway = table_.history->form == script::version_form::flyway;
        if (flyway && r_.find_tier(tier + "_repeatable")) tiers.push_back(tier + "_repeatable");
        return tiers;
    }

    // What is applied, in the order of a run. The catalog is asked: the registry in memory is of before the run.
    void wanted(const script::strings &tiers) {
        std::unordered_set<std::string> applied;
        pg::rows const rows = work_.session().query_as_caller("SELECT revision FROM whisper.applied");
        for (std::size_t i = 0; i < rows.size(); ++i) applied.insert(rows.text(i, 0));
        for (const plan::planned_step &step : plan::plan_from_nothing(r_, tiers).steps)
            if (std::ranges::find(tiers, r_.revisions[step.revision].tier) != tiers.end() &&
                applied.contains(r_.revisions[step.revision].revision) &&
                script::has_row(*table_.history, r_.revisions[step.revision].revision))
                wanted_.push_back(step.revision);
        if (script::has_one_row(*table_.history) && wanted_.size() > 1)
            wanted_.erase(wanted_.begin(), wanted_.end() - 1);
    }

    bool is_wanted(graph::index revision) const { return std::ranges::find(wanted_, revision) != wanted_.end(); }

    void remove(const script::strings &tiers) {
        for (const known_row &row : rows_) {
            if (!row.revision || (row.applied && is_wanted(*row.revision))) continue;
            if (std::ranges::find(tiers, r_.revisions[*row.revision].tier) == tiers.end()) continue;
            write("DELETE FROM ONLY " + table_.name + " WHERE ctid OPERATOR(pg_catalog.=) '" + row.place +
                  "'::pg_catalog.tid");
        }
    }

    void add() {
        // goose takes a table without its first row for none of its own.
        if (!any_ && table_.history->tool == "goose" && !wanted_.empty())
            insert({{"version_id", "0"}, {"is_applied", "true"}});
        for (graph::index const revision : wanted_) {
            bool const there = std::ranges::any_of(
                rows_, [&](const known_row &row) { return row.applied && row.revision == revision; });
            if (!there) insert(script::row_for(*table_.history, migration(r_.revisions[revision]), ++rank_));
        }
    }

    script::applied_migration migration(const registry::revision_record &record) const {
        std::string const location = registry::current_location(r_);
        std::string const path = location.empty() || record.file.empty()
                                     ? std::string()
                                     : pg::location_directory(location) + "/" + record.file;
        bool const on_disk = !path.empty() && registry::is_file(path);
        return {record.revision, record.message, record.file,
                on_disk ? registry::read_file(path) : registry::read_text(work_.session(), record).up};
    }

    // Columns that this version of the table does not have are left out.
    void insert(const script::column_values &row) {
        std::string columns, values;
        for (const script::column_value &c : row) {
            if (std::ranges::find(has_, c.column) == has_.end()) continue;
            columns += (columns.empty() ? "" : ", ") + std::string(c.column);
            values += (values.empty() ? "" : ", ") + c.sql;
        }
        write("INSERT INTO " + table_.name + " (" + columns + ") VALUES (" + values + ")");
    }

    void write(const std::string &sql) {
        work_.session().run(sql.c_str());
        changed_ = true;
    }

    session::workspace &work_;
    const registry::registry &r_;
    const history_table &table_;
    pg::strings const has_;
    revision_names const names_;
    boost::container::vector<known_row> rows_;
    boost::container::vector<graph::index> wanted_;
    std::string unknown_;
    std::int64_t rank_ = 0;
    bool any_ = false, changed_ = false;
};

}   // namespace

void sync_history(session::workspace &work) {
    if (!pg::sync_history()) return;
    sync_alembic_version(work);
    sync_sqitch(work);
    for (const history_table &table : find_history_tables(work.session(), false))
        if (script::writes_rows(*table.history) && table.is_near && !table.renamed) table_sync(work, table).run();
}

}   // namespace whisper::sync

#include "sync/sqitch.hpp"

#include "pg/configuration.hpp"
#include "sync/history_rights.hpp"
#include "sync/sqitch_projects.hpp"
#include "sync/sqitch_tables.hpp"

#include <algorithm>
#include <unordered_set>

namespace whisper::sync {
namespace {

using script::formats::sqitch_need;
using script::formats::sqitch_record;

constexpr const char *off_setting = "set whisper_migrate.sync_history = off_setting";

// Plans are UTF-8, whatever the database is.
std::string encoded(const std::string &text) { return pg::to_database_encoding(text, "sqitch.plan"); }

pg::strings tags_of(const sqitch_record &record) {
    pg::strings names;
    for (const auto &tag : record.change.tags) names.push_back(encoded('@' + tag.name));
    return names;
}

pg::strings names_of(const script::strings &list) {
    pg::strings names;
    for (const std::string &name : list) names.push_back(encoded(name));
    return names;
}

pg::strings needs_of(const sqitch_record &record) {
    pg::strings names;
    for (const sqitch_need &need : record.needs) names.push_back(encoded(need.name));
    return names;
}

class project_sync {
public:
    project_sync(session::workspace &work, const sqitch_project &project, const sqitch_tables &tables)
        : session_(work.session()), project_(project), schema_(tables.schema), name_(encoded(project.records.project)) {
        pg::rows const rows = session_.query_as_caller(
            "SELECT revision FROM whisper.applied WHERE tier OPERATOR(pg_catalog.=) $1", {pg::to_value(project.tier)});
        for (std::size_t i = 0; i < rows.size(); ++i) applied_.insert(rows.text(i, 0));
    }

    // False, with a WARNING, where the tables tell of another plan.
    bool may_write() {
        pg::rows const known = query("SELECT uri FROM @projects WHERE project = $1", {pg::to_value(name_)});
        bool const same = known.size() == 0 || known.text(0, 0) == encoded(project_.records.uri);
        read_rows();
        bool const ours = there_.empty() || std::ranges::any_of(records(), [&](const sqitch_record &record) {
                              return there_.contains(record.change_id);
                          });
        if (same && ours) return true;
        pg::warning("schema " + schema_ + " is not kept in step",
                    same ? "No change of project \"" + name_ + "\" in it is one of the plan."
                         : "Project \"" + name_ + "\" in it has another address than the plan.",
                    off_setting);
        return false;
    }

    void remove() {
        auto const &all = records();
        for (auto record = all.rbegin(); record != all.rend(); ++record) {
            if (!there_.contains(record->change_id) || applied_.contains(record->revision)) continue;
            for (const char *const sql :
                 {"DELETE FROM @tags WHERE change_id = $1", "DELETE FROM @dependencies WHERE change_id = $1",
                  "DELETE FROM @changes WHERE change_id = $1"})
                query(sql, {pg::to_value(record->change_id)});
            log("revert", *record);
        }
    }

    void add() {
        for (const sqitch_record &record : records()) {
            if (!applied_.contains(record.revision)) continue;
            bool const fresh = !there_.contains(record.change_id);
            if (fresh) add_change(record);
            add_tags(record);
            if (fresh) log("deploy", record);
        }
    }

    // Of what add() has added: other projects' changes are there by now.
    void add_dependencies() {
        for (const std::string &revision : added_) {
            const sqitch_record &record = *std::ranges::find(records(), revision, &sqitch_record::revision);
            for (const sqitch_need &need : record.needs) add_need(record, need);
            for (const std::string &name : record.change.conflicts)
                query("INSERT INTO @dependencies (change_id, type, dependency) VALUES ($1, 'conflict', $2)",
                      {pg::to_value(record.change_id), pg::to_value(encoded(name))});
        }
    }

private:
    const boost::container::vector<sqitch_record> &records() const { return project_.records.changes; }

    void read_rows() {
        pg::rows const rows = query("SELECT change_id FROM @changes WHERE project = $1", {pg::to_value(name_)});
        for (std::size_t i = 0; i < rows.size(); ++i) there_.insert(rows.text(i, 0));
    }

    void add_change(const sqitch_record &record) {
        if (added_.empty())
            query(
                R"sql(
                    INSERT INTO @projects (project, uri, creator_name, creator_email) SELECT $1, nullif($2, ''),
                    CURRENT_USER, format('%s@%s', CURRENT_USER, current_database())
                    WHERE NOT EXISTS (SELECT FROM @projects WHERE project = $1))sql",
                {pg::to_value(name_), pg::to_value(encoded(project_.records.uri))});
        const auto &change = record.change;
        // The tool takes no second change with the same script; without its hash it does.
        query(
            R"sql(
                INSERT INTO @changes (change_id, script_hash, change, project, note, committer_name, committer_email,
                planned_at, planner_name, planner_email, committed_at) SELECT $1, CASE WHEN NOT EXISTS (SELECT FROM
                @changes
                 WHERE project = $4 AND script_hash = $2) THEN nullif($2, '')
                END,
                $3, $4, $5, CURRENT_USER, format('%s@%s', CURRENT_USER, current_database()),
                $6::timestamptz, $7, $8, clock_timestamp())sql",
            {pg::to_value(record.change_id), pg::to_value(record.script_hash), pg::to_value(encoded(change.name)),
             pg::to_value(name_), pg::to_value(encoded(change.note)), pg::to_value(change.planned.time),
             pg::to_value(encoded(change.planned.planner)), pg::to_value(encoded(change.planned.email))});
        added_.push_back(record.revision);
    }

    void add_tags(const sqitch_record &record) {
        for (std::size_t i = 0; i < record.change.tags.size(); ++i) {
            const auto &tag = record.change.tags[i];
            query(
                R"sql(
                    INSERT INTO @tags (tag_id, tag, project, change_id, note, committer_name, committer_email, planned_at,
                    planner_name, planner_email, committed_at) SELECT $1, $2, $3, $4, $5, CURRENT_USER,
                    format('%s@%s', CURRENT_USER, current_database()), $6::timestamptz,
                    $7, $8, clock_timestamp() WHERE NOT EXISTS
                    (SELECT FROM @tags WHERE tag_id = $1
                     OR (project = $3 AND tag = $2)))sql",
                {pg::to_value(record.tag_ids[i]), pg::to_value(encoded('@' + tag.name)), pg::to_value(name_),
                 pg::to_value(record.change_id), pg::to_value(encoded(tag.note)), pg::to_value(tag.planned.time),
                 pg::to_value(encoded(tag.planned.planner)), pg::to_value(encoded(tag.planned.email))});
        }
    }

    // Of another project's change the row says which it is; where there is none yet, neither has the tool one.
    void add_need(const sqitch_record &record, const sqitch_need &need) {
        query(
            R"sql(
                INSERT INTO @dependencies (change_id, type, dependency, dependency_id) SELECT $1, 'require', $2,
                c.change_id
                FROM @changes c WHERE CASE WHEN $3 <> '' THEN c.change_id = $3
                ELSE c.project = $4 AND c.change = $5 END
                ORDER BY c.committed_at LIMIT 1)sql",
            {pg::to_value(record.change_id), pg::to_value(encoded(need.name)), pg::to_value(need.change_id),
             pg::to_value(encoded(need.project)), pg::to_value(encoded(need.change))});
    }

    void log(const char *event, const sqitch_record &record) {
        const auto &change = record.change;
        query(
            R"sql(
                INSERT INTO @events (event, change_id, change, project, note, requires, conflicts, tags, committer_name,
                committer_email, planned_at, planner_name, planner_email, committed_at) SELECT $1, $2, $3, $4, $5, $6,
                $7, $8, CURRENT_USER, format('%s@%s', CURRENT_USER, current_database()),
                $9::timestamptz, $10, $11, clock_timestamp())sql",
            {pg::to_value(event), pg::to_value(record.change_id), pg::to_value(encoded(change.name)),
             pg::to_value(name_), pg::to_value(encoded(change.note)), pg::to_value(needs_of(record)),
             pg::to_value(names_of(change.conflicts)), pg::to_value(tags_of(record)), pg::to_value(change.planned.time),
             pg::to_value(encoded(change.planned.planner)), pg::to_value(encoded(change.planned.email))});
    }

    // "@" before a table's name stands for the schema.
    pg::rows query(std::string_view sql, pg::parameters values) {
        std::string text;
        for (std::size_t i = 0; i < sql.size(); ++i) {
            bool const table = sql[i] == '@' && i + 1 < sql.size() && sql[i + 1] >= 'a' && sql[i + 1] <= 'z';
            text += table ? schema_ + '.' : std::string(1, sql[i]);
        }
        return session_.query_catalog(text.c_str(), values);
    }

    pg::spi_session &session_;
    const sqitch_project &project_;
    std::string const schema_, name_;
    std::unordered_set<std::string> applied_, there_;
    pg::strings added_;
};

std::optional<sqitch_tables> tables_for(pg::spi_session &session, const std::string &schema) {
    auto found = find_sqitch_tables(session, schema);
    if (found) return found;
    if (make_sqitch_tables(session, schema)) return find_sqitch_tables(session, schema);
    pg::warning("Sqitch's tables are not kept in step",
                "There is no schema \"" + schema + "\" with them, and this role may not make it.",
                "grant CREATE on the database, let the tool make its tables, or " + std::string(off_setting));
    return std::nullopt;
}

}   // namespace

void sync_sqitch(session::workspace &work) {
    auto const projects = read_sqitch_projects(work.registry());
    for (const sqitch_project &first : projects) {
        const std::string &schema = first.records.registry;
        bool const done =
            std::any_of(projects.data(), &first, [&](const sqitch_project &p) { return p.records.registry == schema; });
        auto const tables = done ? std::nullopt : tables_for(work.session(), schema);
        if (!tables) continue;
        history_owner const owner(tables->owner_role);
        if (!may_keep_in_step(owner, tables->schema + ".changes", tables->owner, off_setting)) continue;
        boost::container::vector<project_sync> all, syncs;
        for (const sqitch_project &project : projects)
            if (project.records.registry == schema) all.emplace_back(work, project, *tables);
        history_scope scope(work.session(), owner);
        for (project_sync &one : all)
            if (one.may_write()) syncs.push_back(std::move(one));
        for (auto one = syncs.rbegin(); one != syncs.rend(); ++one) one->remove();
        for (project_sync &one : syncs) one.add();
        for (project_sync &one : syncs) one.add_dependencies();
        scope.finish();
    }
}

}   // namespace whisper::sync

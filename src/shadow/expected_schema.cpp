#include "shadow/expected_schema.hpp"

#include "pg/object_parts.hpp"
#include "pg/parse.hpp"
#include "registry/store.hpp"
#include "run/concurrently.hpp"
#include "run/execute.hpp"
#include "script/object_kind.hpp"
#include "shadow/pack_programs.hpp"
#include "shadow/rehearsal.hpp"
#include "state/recorder.hpp"
#include "sync/history_making.hpp"

#include <algorithm>
#include <deque>
#include <set>

namespace whisper::shadow {
namespace {

// A statement that cannot run inside a transaction, in the form that can: indexes without CONCURRENTLY. Empty for
// one that leaves nothing to look at.
std::string transactional_form(const script::action &a) {
    bool const defines = a.traits.action != script::statement_action::none;   // not REINDEX
    return a.traits.concurrently && defines ? run::without_concurrently(a) : std::string();
}

// Where the comments of a step are.
struct written_comments {
    boost::container::vector<int32> numbers;
    pg::strings relations, columns;   // column: the name alone, or empty

    void add(const script::action &a) {
        if (a.traits.command != "COMMENT" || !a.traits.object()) return;
        script::statement_object const &object = *a.traits.object();
        bool const on_column = object.type == "column" && !object.relation.empty();
        if (!on_column && !script::shares_relation_names(object.type)) return;
        numbers.push_back(a.number);
        relations.push_back(pg::to_text(on_column ? object.relation : object.name));
        columns.push_back(on_column ? object.name.name : std::string());
    }
};

// Columns: number, relation, attnum.
constexpr const char *commented =
    R"sql(
        SELECT u.number, r.oid, coalesce(a.attnum::pg_catalog.int4, 0) FROM ROWS FROM (pg_catalog.unnest($1),
         pg_catalog.unnest($2), pg_catalog.unnest($3)) AS u (number, relation, column_name)
        CROSS JOIN LATERAL (SELECT pg_catalog.to_regclass(u.relation)::pg_catalog.oid) AS r (oid)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) r.oid
         AND a.attname OPERATOR(pg_catalog.=) u.column_name::pg_catalog.name
        WHERE r.oid IS NOT NULL)sql";

class learner {
public:
    learner(session::workspace &work, const script::strings &tiers, std::optional<graph::index> wanted)
        : work_(work), programs_(work, tiers, wanted) {}

    expected_schema run() {
        auto const failed = rehearse(work_, programs_.names(), [&] { run_all(); });
        if (failed)
            throw failure(sqlstate::rehearsal_failed, "the pack cannot be rehearsed: " + failed->message,
                          failed->context,
                          failed->hint.empty()
                              ? "every revision must run in an empty database, by a role that may rename the schemas"
                              : failed->hint);
        return std::move(result_);
    }

private:
    void run_all() {
        result_ = {};
        position_.clear();
        relation_keys_.clear();
        relation_of_item_.clear();
        address_of_item_.clear();
        {
            pg::engine_scope const scope;
            work_.session().query_catalog("DELETE FROM whisper.owned_object");
            // A sequence that only goes on does not come back with the rollback; one that is written anew does.
            work_.session().run("ALTER SEQUENCE whisper.run_id INCREMENT BY 1");
            work_.session().run("ALTER SEQUENCE whisper.history_id INCREMENT BY 1");
        }
        sync::make_history_tables(work_);   // before the watch: they are not what the pack is about
        pg::object_watch watch(work_.context());
        state::recorder records;
        for (const pack_program &step : programs_.steps()) {
            run_step(step, watch);
            records.add({static_cast<int>(result_.steps.size()), state::step_kind::up,
                         &work_.registry().revisions[step.revision], state::applied_by::upgrade, 0, 0, pg::now()});
        }
        pg::engine_scope const scope;
        records.flush(work_.session(), watch.events());
        read_objects();
    }

    void run_step(const pack_program &step, pg::object_watch &watch) {
        const registry::revision_record &record = work_.registry().revisions[step.revision];
        script::program program = step.program;
        std::deque<std::string> rewritten;
        boost::container::vector<bool> chosen(program.actions.size(), true);
        expected_step expected{step.revision, {}};
        written_comments comments;
        for (std::size_t i = 0; i < program.actions.size(); ++i) {
            script::action &a = program.actions[i];
            if (a.kind == script::action_kind::echo) {
                chosen[i] = false;
                continue;
            }
            const script::qualified_name *const about = script::relation_of(a.traits);
            expected.statements.push_back({a.number, about ? *about : script::qualified_name(), a.traits.steers});
            comments.add(a);
            if (!step.preexisting[i].empty()) {
                chosen[i] = false;
                continue;
            }
            if (!a.traits.needs_top_level && !a.traits.needs_top_level_if_partitioned) continue;
            rewritten.push_back(transactional_form(a));
            chosen[i] = !rewritten.back().empty();
            a.text = rewritten.back();
        }
        std::size_t const first_event = watch.events().size();
        result_.steps.push_back(std::move(expected));
        watch.begin_step(static_cast<int>(result_.steps.size()));
        run::run_program(work_.session(), program, {record, step.text.up_line, "up"}, &chosen,
                         [&](const script::action &a) { watch.begin_statement(a.number); });
        take_standing(step);
        // Comments are no part of what a revision makes, but all there is to see of one that makes nothing else.
        if (watch.events().size() > first_event)
            take_items(watch.events().subspan(first_event));
        else if (!comments.numbers.empty())
            take_comments(comments);
    }

    void take_standing(const pack_program &step) {
        for (std::size_t i = 0; i < step.preexisting.size(); ++i) {
            const std::string &key = step.preexisting[i];
            if (key.empty() || (step.program.actions[i].traits.if_not_exists && !step.preexisting_counts)) continue;
            auto const [known, fresh] = position_.emplace(key, result_.items.size());
            if (fresh) {
                result_.items.push_back({key, {}, {}});
                result_.preexisting.push_back(key);
                relation_of_item_[key] = InvalidOid;
            }
            result_.items[known->second].versions.push_back(
                {result_.steps.size() - 1, step.program.actions[i].number, true, {}, {}, {}});
        }
    }

    void take_comments(const written_comments &comments) {
        auto const all = [](const pg::strings &s) {
            return pg::to_value(std::span<const std::string>(s.data(), s.size()));
        };
        pg::rows const places = work_.session().query_as_caller(
            commented, {pg::to_value(std::span<const int32>(comments.numbers.data(), comments.numbers.size())),
                        all(comments.relations), all(comments.columns)});
        std::set<Oid> relations;
        std::unordered_map<uint64, int> touched;
        for (std::size_t i = 0; i < places.size(); ++i) {
            relations.insert(places.oid(i, 1));
            touched[address(pg::comment_class(), places.oid(i, 1), places.int4(i, 2))] = places.int4(i, 0);
        }
        boost::container::vector<Oid> const wanted(relations.begin(), relations.end());
        pg::engine_scope const scope;
        std::set<std::string> seen;
        for (const schema::catalog_item &i :
             schema::comments_of_relations(work_.session(), {wanted.data(), wanted.size()}))
            if (touched.contains(address(i.class_id, i.object_id, i.sub_id))) add(i, touched, seen);
    }

    static uint64 address(Oid class_id, Oid object_id, int32 sub_id) {
        return (static_cast<uint64>(class_id) << 44) ^ (static_cast<uint64>(object_id) << 12) ^
               static_cast<uint64>(static_cast<uint32>(sub_id));
    }

    // Which statement touched what, and the definitions that resulted.
    void take_items(std::span<const pg::object_event> events) {
        std::set<Oid> relations;
        std::set<std::pair<Oid, Oid>> objects;
        std::unordered_map<uint64, int> touched;
        for (const pg::object_event &e : events) {
            if (!pg::can_be_owned(e.class_id) || pg::is_row_or_array_type(e.class_id, e.object_id)) continue;
            int const statement = e.statement;
            touched[address(e.class_id, e.object_id, e.sub_id)] = statement;
            // What is gone has no part_of any more.
            Oid const part_of = OidIsValid(e.whole) ? e.whole : pg::relation_it_is_part_of(e.class_id, e.object_id);
            Oid const relation = e.class_id == RelationRelationId && part_of == InvalidOid ? e.object_id : part_of;
            if (relation == InvalidOid) {
                objects.emplace(e.class_id, e.object_id);
                continue;
            }
            relations.insert(relation);
            touched.emplace(address(RelationRelationId, relation, 0), statement);
        }
        boost::container::vector<Oid> const wanted(relations.begin(), relations.end());
        boost::container::vector<Oid> classes, ids;
        for (auto const &[class_id, object_id] : objects) {
            classes.push_back(class_id);
            ids.push_back(object_id);
        }
        pg::engine_scope const scope;
        std::set<std::string> seen;
        for (const schema::catalog_item &i :
             schema::items_of_relations(work_.session(), {wanted.data(), wanted.size()}))
            add(i, touched, seen);
        for (const schema::catalog_item &i :
             schema::items_of_objects(work_.session(), {classes.data(), classes.size()}, {ids.data(), ids.size()}))
            add(i, touched, seen);
        note_dropped(relations, objects, seen, events);
    }

    void add(const schema::catalog_item &i, const std::unordered_map<uint64, int> &touched,
             std::set<std::string> &seen) {
        seen.insert(i.key);
        auto const [known, fresh] = position_.emplace(i.key, result_.items.size());
        if (fresh) {
            bool const part = i.relation != InvalidOid &&
                              !(i.class_id == RelationRelationId && i.sub_id == 0 && i.object_id == i.relation);
            result_.items.push_back({i.key, part ? table_key(i.relation) : std::string(), {}});
            if (!part && i.relation != InvalidOid) relation_keys_[i.relation] = i.key;
            relation_of_item_[i.key] = i.relation != InvalidOid ? i.relation : i.object_id;
        }
        address_of_item_[i.key] = address(i.class_id, i.object_id, i.sub_id);
        expected_item &item = result_.items[known->second];
        if (!item.versions.empty() && item.versions.back().exists && item.versions.back().value == i.value &&
            item.versions.back().body == i.body)
            return;
        int statement = 0;
        auto at = touched.find(address(i.class_id, i.object_id, i.sub_id));
        if (at == touched.end() && i.relation != InvalidOid)
            at = touched.find(address(RelationRelationId, i.relation, 0));
        if (at != touched.end()) statement = at->second;
        item.versions.push_back({result_.steps.size() - 1, statement, true, i.value, i.shown, i.body});
    }

    // Items of touched relations and objects that are no longer there.
    void note_dropped(const std::set<Oid> &relations, const std::set<std::pair<Oid, Oid>> &objects,
                      const std::set<std::string> &seen, std::span<const pg::object_event> events) {
        bool const any = std::any_of(events.begin(), events.end(),
                                     [](const pg::object_event &e) { return e.change != pg::object_change::created; });
        if (!any) return;
        std::set<Oid> touched = relations;
        for (auto const &[class_id, object_id] : objects) touched.insert(object_id);
        std::unordered_map<uint64, int> dropped;
        for (const pg::object_event &e : events) {
            touched.insert(e.object_id);
            if (e.change == pg::object_change::dropped)
                dropped[address(e.class_id, e.object_id, e.sub_id)] = e.statement;
        }
        int const last = events.empty() ? 0 : events.back().statement;
        auto const statement_of = [&](const std::string &key) {
            auto const self = address_of_item_.find(key);
            auto at = self == address_of_item_.end() ? dropped.end() : dropped.find(self->second);
            if (at == dropped.end()) at = dropped.find(address(RelationRelationId, relation_of_item_.at(key), 0));
            return at == dropped.end() ? last : at->second;
        };
        for (expected_item &item : result_.items) {
            if (seen.contains(item.key) || !item.versions.back().exists) continue;
            if (!touched.contains(relation_of_item_.at(item.key))) continue;
            item.versions.push_back({result_.steps.size() - 1, statement_of(item.key), false, {}, {}, {}});
        }
    }

    std::string table_key(Oid relation) {
        auto const known = relation_keys_.find(relation);
        if (known != relation_keys_.end()) return known->second;
        return relation_keys_[relation] = "table " + pg::relation_name(relation);
    }

    void read_objects() {
        pg::rows const owned = work_.session().query_catalog(
            R"sql(
                SELECT object_type, object_identity, schema_name, object_name, revision, tier, object_names,
                object_arguments FROM whisper.owned_object ORDER BY ordinal)sql");
        for (std::size_t i = 0; i < owned.size(); ++i)
            result_.objects.push_back({owned.text(i, 0), owned.text(i, 1), owned.text(i, 2), owned.text(i, 3),
                                       owned.text(i, 4), owned.text(i, 5), owned.texts(i, 6), owned.texts(i, 7)});
    }

    session::workspace &work_;
    pack_programs const programs_;
    expected_schema result_;
    std::unordered_map<std::string, std::size_t> position_;
    std::unordered_map<Oid, std::string> relation_keys_;
    std::unordered_map<std::string, Oid> relation_of_item_;
    std::unordered_map<std::string, uint64> address_of_item_;
};

}   // namespace

expected_schema expected_schema_of(session::workspace &work, const script::strings &tiers,
                                   std::optional<graph::index> wanted) {
    return learner(work, tiers, wanted).run();
}

}   // namespace whisper::shadow

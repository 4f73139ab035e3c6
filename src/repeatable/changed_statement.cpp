#include "repeatable/changed_statement.hpp"

#include "pg/find_object.hpp"
#include "pg/parse.hpp"
#include "pg/settings.hpp"
#include "script/characters.hpp"
#include "script/object_kind.hpp"

#include <algorithm>

namespace whisper::repeatable {
namespace {

// IF NOT EXISTS does nothing about another definition of what is there; an extension or a schema has none.
bool may_run_again(const recorded_statement &s) {
    bool const creates = s.creates() && !s.replaces();
    return s.rerunnable && (!creates || s.object_type == "extension" || s.object_type == "schema");
}

std::string in_capitals(std::string type) {
    for (char &c : type) c = script::upper(c);
    return type;
}

std::string what_to_write(const recorded_statement &s, const recorded_object &made) {
    std::string const &name = s.object_name;
    if (s.replaces())
        return "write DROP " + in_capitals(made.type) + " IF EXISTS " + made.identity + "; in front of the new one";
    if (s.object_type == "index" && name.empty())
        return "keep the statement as it was, and below it write DROP INDEX IF EXISTS " + made.identity +
               " and CREATE INDEX with a name for the new one";
    if (s.object_type == "table")
        return "keep it as it was and add ALTER TABLE " + name +
               " … below it; to remove the table write DROP TABLE IF "
               "EXISTS " +
               name;
    if (s.object_type == "function" || s.object_type == "procedure")
        return "write CREATE OR REPLACE " + std::string(s.object_type == "function" ? "FUNCTION " : "PROCEDURE ") +
               name;
    if (s.object_type == "view") return "write CREATE OR REPLACE VIEW " + name;
    if (s.object_type == "index" || s.object_type == "materialized view")
        return "write DROP " + std::string(s.object_type == "index" ? "INDEX" : "MATERIALIZED VIEW") + " IF EXISTS " +
               name + "; in front of the new one";
    if (s.object_type == "trigger") return "write CREATE OR REPLACE TRIGGER " + name;
    if (s.object_type == "policy" || s.object_type == "rule")
        return "write DROP " + std::string(s.object_type == "policy" ? "POLICY" : "RULE") + " IF EXISTS " + name +
               " ON …; in front of the new one";
    return "keep the statement as it was and add one below it that changes what it made";
}

}   // namespace

// A table of another tier, and what hangs on it, was handed over.
bool changed_statements::is_ours(const recorded_object &o) const {
    pg::engine_scope const scope;
    auto const at = pg::find_object(o.type, {o.names.data(), o.names.size()}, {o.arguments.data(), o.arguments.size()});
    if (!at) return false;
    pg::object_identity const whole =
        pg::identify({RelationRelationId, pg::relation_or_self(at->class_id, at->object_id), 0});
    return session_
               .query_catalog(
                   R"sql(
                       SELECT FROM whisper.owned_object WHERE object_type = $1 AND object_identity = $2 AND tier <> $3
                       AND object_type IN ('table', 'foreign table'))sql",
                   {pg::to_value(whole.type), pg::to_value(whole.identity), pg::to_value(revision_.tier)})
               .size() == 0;
}

void changed_statements::add(const recorded_statement &s, int near_line, bool moved) {
    all_.push_back(&s);
    bool const alters = s.alters();
    if (!(s.creates() || alters) || (may_run_again(s) && !s.replaces())) return;
    auto const made_any =
        std::any_of(s.objects.begin(), s.objects.end(), [](const recorded_object &o) { return o.created; });
    changed c{&s, near_line, moved, {}};
    for (const recorded_object &o : s.objects) {
        bool const counts = o.created || (alters && !made_any);
        // What CREATE OR REPLACE made may go on unnoticed, unless the new one is another of the same name.
        bool const overloads = script::has_arguments(o.type);
        if (counts && (!s.replaces() || overloads) && is_ours(o)) c.objects.push_back(&o);
    }
    if (!c.objects.empty()) in_the_way_.push_back(std::move(c));
}

bool changed_statements::has_made(const pg::object_identity &object) const {
    return std::any_of(all_.begin(), all_.end(), [&](const recorded_statement *s) {
        return std::any_of(s->objects.begin(), s->objects.end(), [&](const recorded_object &o) {
            return o.created && o.type == object.type && o.identity == object.identity;
        });
    });
}

bool changed_statements::remains(const changed &c, const file_changes &changes) {
    return std::any_of(c.objects.begin(), c.objects.end(), [&](const recorded_object *o) {
        return !changes.is_gone(*o) && !changes.is_replaced(*o) &&
               (!c.statement->replaces() || changes.made_routine(*o));
    });
}

void changed_statements::require_none(const file_changes &changes) const {
    for (const changed &c : in_the_way_)
        if (remains(c, changes)) refuse(c);
}

void changed_statements::explain(const script::statement_traits &failed, const file_changes &changes) const {
    const script::statement_object *const object = failed.object();
    if (!object) return;
    for (const changed &c : in_the_way_) {
        const recorded_statement &s = *c.statement;
        if (s.replaces() || s.object_type != object->type || !remains(c, changes)) continue;
        if (script::may_be_same(pg::parse_name(s.object_name), object->name)) refuse(c);
    }
}

void changed_statements::refuse(const changed &c) const {
    const recorded_statement &s = *c.statement;
    std::string const of = s.object_type + " \"" + (s.replaces() ? c.objects.front()->identity : s.object_name) + "\"";
    std::string const made = s.object_name.empty() ? s.verb + " without a name, and what it made exists"
                                                   : s.verb + " " + s.object_name + ", and " + of + " exists";
    throw failure(
        sqlstate::changed_statement,
        "statement " + std::to_string(s.number) + " of \"" + revision_.revision + "\" " +
            (c.moved ? "would make another object than when it ran" : "was changed or removed after it had run"),
        "It was " + made + "; file \"" + (revision_.file.empty() ? revision_.revision : revision_.file) +
            "\", near line " + std::to_string(c.near_line) + ".",
        c.moved ? "keep SET and RESET above it as they were, and write others below it"
                : what_to_write(s, *c.objects.front()));
}

}   // namespace whisper::repeatable

#include "schema/table_shape.hpp"

#include <algorithm>

namespace whisper::schema {

table_shape::table_shape(pg::spi_session &session, Oid relation) : relation_(relation) {
    {
        pg::rows const row = session.query_catalog(
            R"sql(
                SELECT format('%I.%I', n.nspname, c.relname), c.relkind = 'c' FROM pg_class c
                JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1)sql",
            {pg::oid_value(relation)});
        if (row.size() == 0) return;
        name_ = row.text(0, 0);
        is_type_ = row.boolean(0, 1);
    }
    {
        pg::rows const rows = session.query_catalog(
            R"sql(
                SELECT a.attnum::int4, quote_ident(a.attname), pg_get_expr(d.adbin, d.adrelid), a.attnotnull
                FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                 AND a.attgenerated = '' WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)sql",
            {pg::oid_value(relation)});
        for (std::size_t i = 0; i < rows.size(); ++i) {
            column c{rows.int4(i, 0), rows.text(i, 1), std::nullopt, rows.boolean(i, 3)};
            if (!rows.is_null(i, 2)) c.default_value = rows.text(i, 2);
            columns_.push_back(std::move(c));
        }
    }
    // Since PostgreSQL 18 NOT NULL is a constraint, too; its column tells of it.
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT c.oid, quote_ident(c.conname), pg_get_constraintdef(c.oid), k.number,
            quote_literal(obj_description(c.oid, 'pg_constraint'))
            FROM pg_constraint c LEFT JOIN LATERAL (SELECT unnest(c.conkey)::int4 AS number) k ON true
            WHERE c.conrelid = $1 AND c.contype <> 'n' ORDER BY c.oid, k.number)sql",
        {pg::oid_value(relation)});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (constraints_.empty() || constraints_.back().oid != rows.oid(i, 0))
            constraints_.push_back({rows.oid(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 4), {}});
        constraint_names_.insert_or_assign(constraints_.back().name, constraints_.size() - 1);
        if (!rows.is_null(i, 3)) constraints_.back().columns.push_back(rows.int4(i, 3));
    }
}

const table_shape::column *table_shape::find_column(int32 number) const noexcept {
    auto const at = std::lower_bound(columns_.begin(), columns_.end(), number,
                                     [](const column &c, int32 n) { return c.number < n; });
    return at != columns_.end() && at->number == number ? &*at : nullptr;
}

const table_shape::constraint *table_shape::find_constraint(const std::string &name) const {
    auto const at = constraint_names_.find(name);
    return at == constraint_names_.end() ? nullptr : &constraints_[at->second];
}

undo_step table_shape::change(const std::string &action, int32 column) const {
    return {{RelationRelationId, relation_, column},
            (is_type_ ? "ALTER TYPE " : "ALTER TABLE ") + name_ + " " + action};
}

void table_shape::undo_constraints(const table_shape &before, bool dropped_later, undo_steps &steps) const {
    for (auto c = constraints_.rbegin(); c != constraints_.rend(); ++c) {
        // A change of a column's type makes its constraints anew: the name is what lasts.
        const constraint *const then = before.find_constraint(c->name);
        if (then && (dropped_later || then->definition == c->definition)) continue;
        bool const on_new_columns_alone =
            !c->columns.empty() &&
            std::none_of(c->columns.begin(), c->columns.end(), [&](int32 n) { return before.find_column(n); });
        if (!then && on_new_columns_alone) continue;   // it goes with them
        undo_step step = change("DROP CONSTRAINT " + c->name);
        if (dropped_later) {
            step.constraint = c->name;
            step.constraint_id = c->oid;
        }
        steps.push_back(std::move(step));
    }
}

void table_shape::undo_columns(const table_shape &before, undo_steps &steps) const {
    for (const column &now : columns_) {
        const column *const then = before.find_column(now.number);
        if (!then) continue;
        std::string const alter = "ALTER COLUMN " + now.name;
        if (now.not_null != then->not_null)
            steps.push_back(change(alter + (now.not_null ? " DROP NOT NULL" : " SET NOT NULL"), now.number));
        if (now.default_value == then->default_value) continue;
        steps.push_back(change(
            alter + (then->default_value ? " SET DEFAULT " + *then->default_value : std::string(" DROP DEFAULT")),
            now.number));
    }
    for (std::size_t i = columns_.size(); i-- > 0;)
        if (!before.find_column(columns_[i].number))
            steps.push_back(
                change((is_type_ ? "DROP ATTRIBUTE " : "DROP COLUMN ") + columns_[i].name, columns_[i].number));
}

undo_steps table_shape::back_to(const table_shape &before, bool dropped_later) const {
    undo_steps steps;
    undo_constraints(before, dropped_later, steps);
    undo_columns(before, steps);
    if (dropped_later) return steps;
    for (const constraint &c : before.constraints_) {
        const constraint *const now = find_constraint(c.name);
        if (now && now->definition == c.definition) continue;
        steps.push_back(change("ADD CONSTRAINT " + c.name + " " + c.definition));
        if (c.comment.empty()) continue;
        undo_step comment = change("");
        comment.sql = "COMMENT ON CONSTRAINT " + c.name + " ON " + name_ + " IS " + c.comment;
        steps.push_back(std::move(comment));
    }
    return steps;
}

}   // namespace whisper::schema

#include "schema/domain_shape.hpp"

#include <algorithm>

namespace whisper::schema {

domain_shape::domain_shape(pg::spi_session &session, Oid domain) : domain_(domain) {
    {
        pg::rows const row = session.query_catalog(
            R"sql(
                SELECT format('%I.%I', n.nspname, t.typname), pg_get_expr(t.typdefaultbin, 0), t.typnotnull
                FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = $1)sql",
            {pg::oid_value(domain)});
        if (row.size() == 0) return;
        name_ = row.text(0, 0);
        if (!row.is_null(0, 1)) default_value_ = row.text(0, 1);
        not_null_ = row.boolean(0, 2);
    }
    // Since PostgreSQL 17 NOT NULL is a constraint, too.
    pg::rows const rows = session.query_catalog(
        R"sql(
            SELECT quote_ident(conname), pg_get_constraintdef(oid), quote_literal(obj_description(oid, 'pg_constraint'))
            FROM pg_constraint
            WHERE contypid = $1 AND contype <> 'n' ORDER BY oid)sql",
        {pg::oid_value(domain)});
    for (std::size_t i = 0; i < rows.size(); ++i)
        constraints_.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2)});
}

bool domain_shape::has(const constraint &wanted) const noexcept {
    return std::any_of(constraints_.begin(), constraints_.end(),
                       [&](const constraint &c) { return c.name == wanted.name && c.definition == wanted.definition; });
}

undo_step domain_shape::change(const std::string &action) const {
    return {{TypeRelationId, domain_, 0}, "ALTER DOMAIN " + name_ + " " + action};
}

undo_steps domain_shape::back_to(const domain_shape &before) const {
    undo_steps steps;
    for (auto c = constraints_.rbegin(); c != constraints_.rend(); ++c)
        if (!before.has(*c)) steps.push_back(change("DROP CONSTRAINT " + c->name));
    if (not_null_ != before.not_null_) steps.push_back(change(not_null_ ? "DROP NOT NULL" : "SET NOT NULL"));
    if (default_value_ != before.default_value_)
        steps.push_back(
            change(before.default_value_ ? "SET DEFAULT " + *before.default_value_ : std::string("DROP DEFAULT")));
    for (const constraint &c : before.constraints_) {
        if (has(c)) continue;
        steps.push_back(change("ADD CONSTRAINT " + c.name + " " + c.definition));
        if (c.comment.empty()) continue;
        undo_step comment = change("");
        comment.sql = "COMMENT ON CONSTRAINT " + c.name + " ON DOMAIN " + name_ + " IS " + c.comment;
        steps.push_back(std::move(comment));
    }
    return steps;
}

}   // namespace whisper::schema

#pragma once
// Columns and constraints of a relation at one moment, and the way back from a later one.

#include "pg/drop_objects.hpp"
#include "pg/spi.hpp"

#include <unordered_map>

namespace whisper::schema {

struct undo_step {
    pg::object_address subject;   // the step is for nothing once this is gone
    std::string sql;              // every name in it qualified; no semicolon
    // Of a constraint: its name, as a change of a column's type makes it anew, on the relation `subject`.
    std::string constraint = {};
    Oid constraint_id = InvalidOid;
};
using undo_steps = boost::container::vector<undo_step>;

class table_shape {
public:
    // As the search_path in force has the server print it: pg_catalog alone qualifies every name.
    table_shape(pg::spi_session &session, Oid relation);

    // What undoes the changes since `before`, in the order in which it is to be run: constraints, NOT NULL, defaults
    // and columns. Types, storage and everything else is not looked at. With `dropped_later` the whole relation goes in
    // the end: what it lost is not brought back, and what it no longer has then is not taken away.
    undo_steps back_to(const table_shape &before, bool dropped_later) const;

private:
    struct column {
        int32 number;
        std::string name;
        std::optional<std::string> default_value;   // of a generated column, none
        bool not_null;
    };
    struct constraint {
        Oid oid;
        std::string name, definition, comment;   // the comment as a literal, or empty
        boost::container::vector<int32> columns;
    };
    const column *find_column(int32 number) const noexcept;
    const constraint *find_constraint(const std::string &name) const;
    undo_step change(const std::string &action, int32 column = 0) const;
    void undo_constraints(const table_shape &before, bool dropped_later, undo_steps &steps) const;
    void undo_columns(const table_shape &before, undo_steps &steps) const;

    Oid relation_;
    std::string name_;   // qualified and quoted
    bool is_type_ = false;
    boost::container::vector<column> columns_;
    boost::container::vector<constraint> constraints_;   // oldest first
    std::unordered_map<std::string, std::size_t> constraint_names_;
};

}   // namespace whisper::schema

#include "pg/tree_traits.hpp"

namespace whisper::pg {
namespace {

// What may be stored out of line, in a table of its own with an index. What has a length that is given stays inside.
bool is_long(const TypeName &type) noexcept {
    if (type.arrayBounds) return true;
    if (type.typmods || !type.names) return false;
    std::string_view const name = strVal(llast(type.names));
    for (std::string_view const known : {"text", "varchar", "bpchar", "bytea", "json", "jsonb", "xml", "numeric",
                                         "tsvector", "hstore", "path", "polygon", "citext", "vector", "varbit"})
        if (name == known) return true;
    return false;
}

bool is_serial(const TypeName &type) noexcept {
    if (list_length(type.names) != 1) return false;
    std::string_view const name = strVal(linitial(type.names));
    for (std::string_view const known : {"serial", "bigserial", "smallserial", "serial2", "serial4", "serial8"})
        if (name == known) return true;
    return false;
}

int locks_of_constraint(const Constraint &constraint) noexcept {
    switch (constraint.contype) {
        case CONSTR_PRIMARY:
        case CONSTR_UNIQUE:
        case CONSTR_EXCLUSION:
        case CONSTR_IDENTITY:
            return 1;
        default:
            return 0;
    }
}

int locks_of_table(const CreateStmt &tree) noexcept {
    int locks = 1;
    bool long_values = tree.inhRelations || tree.ofTypename;   // whose columns are not seen here
    for (const Node *const element : items<Node>(tree.tableElts)) {
        if (IsA(element, Constraint)) {
            locks += locks_of_constraint(*as<Constraint>(element));
        } else if (IsA(element, ColumnDef)) {
            auto const *const column = as<ColumnDef>(element);
            for (const Constraint *const constraint : items<Constraint>(column->constraints))
                locks += locks_of_constraint(*constraint);
            if (!column->typeName) continue;
            locks += is_serial(*column->typeName);
            long_values |= is_long(*column->typeName);
        } else {
            long_values = true;   // LIKE
        }
    }
    return long_values ? locks + 2 : locks;
}

}   // namespace

int locks_of(Node *tree) noexcept {
    int locks = 0;
    switch (nodeTag(tree)) {
        case T_CreateStmt:
            return locks_of_table(*as<CreateStmt>(tree));
        case T_CreateTableAsStmt:
            return as<CreateTableAsStmt>(tree)->objtype == OBJECT_MATVIEW ? 1 : 3;
        case T_CreateSchemaStmt:
            for (Node *const element : items<Node>(as<CreateSchemaStmt>(tree)->schemaElts)) locks += locks_of(element);
            return locks;
        case T_CreateForeignTableStmt:
        case T_CreateSeqStmt:
        case T_IndexStmt:
        case T_ViewStmt:
            return 1;
        default:
            return 0;
    }
}

}   // namespace whisper::pg

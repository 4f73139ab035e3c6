#include "pg/tree_names.hpp"

#include "pg/object_words.hpp"

namespace whisper::pg {
namespace {

using script::qualified_name;
using script::statement_object;

std::string name_text(const char *name) { return name ? name : ""; }

// The last two of the first `count` names: what a catalog may stand in front of.
qualified_name name_from(const List *names, int count) {
    if (count <= 0) return {};
    auto const at = [&](int i) { return name_text(strVal(list_nth(names, i))); };
    return {count > 1 ? at(count - 2) : std::string(), at(count - 1)};
}

qualified_name name_from(const List *names) { return name_from(names, list_length(names)); }

// A type as it is written, so that two of them can be compared: int and integer are one for the grammar already.
std::string type_text(const TypeName &type) {
    std::string written;
    auto const names = items<Node>(type.names);
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string_view const name = strVal(names[i]);
        if (i == 0 && names.size() > 1 && name == "pg_catalog") continue;
        if (!written.empty()) written += '.';
        written += name;
    }
    if (type.pct_type) written += "%type";
    for (int i = 0; i < list_length(type.arrayBounds); ++i) written += "[]";
    return written;
}

void append(std::string &list, const TypeName &type) {
    if (!list.empty()) list += ", ";
    list += type_text(type);
}

std::string arguments_from(const List *parameters) {
    std::string list;
    for (FunctionParameter *const p : items<FunctionParameter>(parameters))
        if (p->mode != FUNC_PARAM_OUT && p->mode != FUNC_PARAM_TABLE) append(list, *p->argType);
    return list;
}

bool hangs_on_relation(ObjectType type) {
    return type == OBJECT_TRIGGER || type == OBJECT_POLICY || type == OBJECT_RULE || type == OBJECT_TABCONSTRAINT ||
           type == OBJECT_COLUMN;
}

void take_list(statement_object &into, const tree_object &o, const List *names) {
    int const count = list_length(names);
    if (count == 0) return;
    if (hangs_on_relation(o.type)) {
        into.name = {{}, name_text(strVal(llast(names)))};
        into.relation = name_from(names, count - 1);
    } else if (o.type == OBJECT_DOMCONSTRAINT) {   // of a type, whose name is a node
        if (IsA(linitial(names), TypeName) && count > 1) into.name = {{}, name_text(strVal(lsecond(names)))};
    } else if (IsA(linitial(names), String) && IsA(llast(names), String)) {
        // An operator class or family in a DROP or ALTER has its access method in front; at most a schema is left.
        into.name = name_from(names);
        if ((o.type == OBJECT_OPCLASS || o.type == OBJECT_OPFAMILY) && count == 2) into.name.schema.clear();
    }
    if (o.type == OBJECT_CAST || o.type == OBJECT_TRANSFORM) into.name = {};
}

void take_node(statement_object &into, const tree_object &o) {
    switch (nodeTag(o.object)) {
        case T_String:
            into.name = {{}, name_text(strVal(o.object))};
            break;
        case T_RangeVar:
            into.name = to_name(*as<RangeVar>(o.object));
            break;
        case T_TypeName:
            into.name = name_from(as<TypeName>(o.object)->names);
            break;
        case T_ObjectWithArgs: {
            auto const *const routine = as<ObjectWithArgs>(o.object);
            into.name = name_from(routine->objname);
            if (routine->args_unspecified || o.type == OBJECT_OPERATOR) break;
            std::string list;
            for (TypeName *const type : items<TypeName>(routine->objargs))
                if (type) append(list, *type);
            into.arguments = std::move(list);
            break;
        }
        case T_List:
            take_list(into, o, as<List>(o.object));
            break;
        default:
            break;
    }
}

}   // namespace

qualified_name to_name(const RangeVar &relation) {
    return {name_text(relation.schemaname), name_text(relation.relname)};
}

statement_object to_object(const tree_object &o) {
    statement_object made{words_of(o.type), {}, {}, {}};
    if (o.in_schema) {
        if (IsA(o.object, String)) made.name.schema = name_text(strVal(o.object));
    } else if (o.relation) {
        bool const part = o.part || o.any_part;
        (part ? made.relation : made.name) = to_name(*o.relation);
        if (part) made.name.name = name_text(o.part);
        if (part && o.type == OBJECT_INDEX) made.name.schema = made.relation.schema;   // an index is where its table is
    } else if (o.object) {
        take_node(made, o);
        if (o.part) made.name = {{}, name_text(o.part)};
    } else {
        made.name.name = name_text(o.part);
    }
    if (o.takes_parameters) made.arguments = arguments_from(o.parameters);
    return made;
}

}   // namespace whisper::pg

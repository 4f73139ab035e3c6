#include "pg/tree_traits.hpp"

namespace whisper::pg {
namespace {

bool is_function(const List *name, const char *wanted) noexcept {
    int const length = list_length(name);
    if (length < 1 || length > 2 || std::strcmp(strVal(llast(name)), wanted) != 0) return false;
    return length == 1 || std::strcmp(strVal(linitial(name)), "pg_catalog") == 0;
}

// Made of constants and settings alone: reading it changes nothing, and tells the same again.
bool is_plain(const Node *value) noexcept {
    if (!value) return true;
    switch (nodeTag(value)) {
        case T_A_Const:
            return true;
        case T_TypeCast:
            return is_plain(as<TypeCast>(value)->arg);
        case T_A_Expr:
            return is_plain(as<A_Expr>(value)->lexpr) && is_plain(as<A_Expr>(value)->rexpr);
        case T_CoalesceExpr:
            for (const Node *const part : items<Node>(as<CoalesceExpr>(value)->args))
                if (!is_plain(part)) return false;
            return true;
        case T_FuncCall:
            if (!is_function(as<FuncCall>(value)->funcname, "current_setting")) return false;
            for (const Node *const argument : items<Node>(as<FuncCall>(value)->args))
                if (!is_plain(argument)) return false;
            return true;
        default:
            return false;
    }
}

// set_config(name, value, is_local), else null.
const FuncCall *as_set_config(const ResTarget &target) noexcept {
    if (!target.val || !IsA(target.val, FuncCall)) return nullptr;
    auto const *const made = as<FuncCall>(target.val);
    if (!is_function(made->funcname, "set_config") || list_length(made->args) != 3) return nullptr;
    for (const Node *const argument : items<Node>(made->args))
        if (!is_plain(argument)) return nullptr;
    return made;
}

bool selects_settings(const SelectStmt &tree) noexcept {
    if (tree.op != SETOP_NONE || tree.fromClause || tree.whereClause || tree.intoClause || tree.withClause ||
        tree.groupClause || tree.havingClause || tree.limitCount || tree.limitOffset || !tree.targetList)
        return false;
    for (const ResTarget *const target : items<ResTarget>(tree.targetList))
        if (!as_set_config(*target)) return false;
    return true;
}

const A_Const *constant(const Node *value) noexcept {
    if (value && IsA(value, TypeCast)) value = as<TypeCast>(value)->arg;
    return value && IsA(value, A_Const) && !as<A_Const>(value)->isnull ? as<A_Const>(value) : nullptr;
}

// Null for what is no text.
const char *text_of(const Node *value) noexcept {
    const A_Const *const found = constant(value);
    return found && IsA(&found->val.node, String) ? found->val.sval.sval : nullptr;
}

bool is_true(const Node *value) noexcept {
    const A_Const *const found = constant(value);
    if (found && IsA(&found->val.node, Boolean)) return found->val.boolval.boolval;
    const char *const text = text_of(value);
    return text && (*text == 't' || *text == 'T');
}

// Several values make a list of identifiers, as the server keeps it; each is one alone.
std::optional<std::string> value_of(const VariableSetStmt &tree) {
    if (tree.kind != VAR_SET_VALUE) return {};
    bool const list = list_length(tree.args) > 1 || (tree.name && std::strcmp(tree.name, "search_path") == 0);
    std::string joined;
    for (const Node *const value : items<Node>(tree.args)) {
        const char *const text = text_of(value);
        if (!text) return {};
        if (!joined.empty()) joined += ", ";
        joined += list ? call(quote_identifier, text) : text;
    }
    return joined;
}

bool is_about_isolation(std::string_view name) noexcept {
    return name == "transaction_isolation" || name == "transaction_deferrable";
}

}   // namespace

bool begins_transaction(Node *tree) noexcept {
    if (!IsA(tree, VariableSetStmt)) return false;
    auto const *const set = as<VariableSetStmt>(tree);
    if (!set->name) return false;
    if (set->kind == VAR_SET_VALUE) return is_about_isolation(set->name);
    if (set->kind != VAR_SET_MULTI || std::strcmp(set->name, "TRANSACTION") != 0) return false;
    for (const DefElem *const mode : items<DefElem>(set->args))
        if (is_about_isolation(mode->defname)) return true;
    return false;
}

bool is_setting(Node *tree) noexcept {
    if (IsA(tree, SelectStmt)) return selects_settings(*as<SelectStmt>(tree));
    return IsA(tree, VariableSetStmt) || IsA(tree, ConstraintsSetStmt);
}

void add_settings(setting_changes &into, Node *tree) {
    if (IsA(tree, VariableSetStmt)) {
        auto const *const set = as<VariableSetStmt>(tree);
        bool const all = set->kind == VAR_RESET_ALL || !set->name;
        into.push_back({all ? "all" : set->name, value_of(*set), set->is_local});
    } else if (IsA(tree, SelectStmt) && selects_settings(*as<SelectStmt>(tree))) {
        for (const ResTarget *const target : items<ResTarget>(as<SelectStmt>(tree)->targetList)) {
            const List *const arguments = as_set_config(*target)->args;
            const char *const name = text_of(static_cast<const Node *>(linitial(arguments)));
            const char *const value = text_of(static_cast<const Node *>(lsecond(arguments)));
            if (!name) continue;
            into.push_back({name, value ? std::optional<std::string>(value) : std::nullopt,
                            is_true(static_cast<const Node *>(lthird(arguments)))});
        }
    }
}

}   // namespace whisper::pg

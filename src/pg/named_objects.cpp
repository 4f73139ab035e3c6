#include "pg/named_objects.hpp"

#include "pg/memory.hpp"
#include "pg/parse.hpp"
#include "pg/relation.hpp"
#include "pg/tree_lookup.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/pg_namespace.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
}

namespace whisper::pg {
namespace {

using script::statement_action;

// Plain C: called under guard.

bool walk_relations(Node *node, void *context) {
    if (!node) return false;
    if (IsA(node, RangeVar)) {
        List **const found = static_cast<List **>(context);
        *found = lappend(*found, node);
        return false;
    }
#if PG_VERSION_NUM >= 160000
    return raw_expression_tree_walker(node, walk_relations, context);
#else
    return raw_expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walk_relations)),
                                      context);
#endif
}

// The walker knows queries alone.
List *collect_relations(Node *tree) {
    List *found = NIL;
    if (IsA(tree, CreateTableAsStmt)) tree = as<CreateTableAsStmt>(tree)->query;
    if (IsA(tree, ViewStmt)) tree = as<ViewStmt>(tree)->query;
    if (IsA(tree, SelectStmt) || IsA(tree, InsertStmt) || IsA(tree, UpdateStmt) || IsA(tree, DeleteStmt) ||
        IsA(tree, MergeStmt))
        walk_relations(tree, &found);
    return found;
}

struct identity_parts {
    const char *type, *identity;
};

identity_parts identity_of(const ObjectAddress *address) {
    const char *const identity = getObjectIdentity(address, true);
    return {identity ? getObjectTypeDescription(address, true) : nullptr, identity};
}

Oid namespace_of(const ObjectAddress *address) { return get_object_namespace(address); }

// C++ below.

// Whoever's setting it is, recorded names have quotes where they need them.
class plain_quotes {
public:
    plain_quotes() noexcept { quote_all_identifiers = false; }
    plain_quotes(const plain_quotes &) = delete;
    plain_quotes &operator=(const plain_quotes &) = delete;
    ~plain_quotes() { quote_all_identifiers = before_; }

private:
    bool const before_ = quote_all_identifiers;
};

void add(named_objects &into, naming how, const object_address &at) {
    if (OidIsValid(at.object_id)) into.push_back({how, at});
}

// Its operator class or family would have to be told with its access method.
bool is_told(ObjectType type, bool creates) {
    return !(creates && (type == OBJECT_OPCLASS || type == OBJECT_OPFAMILY));
}

void add_from_tree(named_objects &into, Node *tree, bool created) {
    tree_names const names = names_in(tree);
    bool const creates = names.action == statement_action::create || IsA(tree, AlterOpFamilyStmt);
    if (creates && !created) return;
    naming const how = creates                                  ? naming::created
                       : names.action == statement_action::drop ? naming::dropped
                                                                : naming::altered;
    for (const tree_object &o : names.objects) {
        if (o.in_schema && IsA(o.object, String))
            add(into, naming::schema, {NamespaceRelationId, find_schema(strVal(o.object)), 0});
        else if (is_told(o.type, creates))
            add(into, o.drops ? naming::dropped : how, look_up(o));
    }
}

void add_used(named_objects &into, const script::qualified_name &relation) {
    if (relation.empty()) return;
    memory_scope const memory;
    current_context const here(memory.context());
    const char *const schema = relation.schema.empty() ? nullptr : relation.schema.c_str();
    RangeVar *const name =
        call(makeRangeVar, const_cast<char *>(schema), const_cast<char *>(relation.name.c_str()), -1);
    add(into, naming::used, look_up({.type = OBJECT_TABLE, .relation = name}));
}

}   // namespace

named_objects find_named(std::string_view statement, const script::statement_traits &traits, bool created) {
    named_objects found;
    bool const creates = traits.action == statement_action::create;
    if (traits.action != statement_action::none && (created || !creates)) {
        std::string const text(statement);   // the server wants it terminated
        memory_scope const memory;
        current_context const here(memory.context());
        if (Node *const tree = parse_tree(text.c_str())) add_from_tree(found, tree, created);
    }
    add_used(found, traits.relation);
    for (const script::qualified_name &relation : traits.references) add_used(found, relation);
    const script::qualified_name *last = nullptr;
    for (const script::statement_object &o : traits.objects) {
        if (!last || !(*last == o.relation)) add_used(found, o.relation);
        last = &o.relation;
    }
    return found;
}

boost::container::vector<script::qualified_name> relations_in(std::string_view statement) {
    std::string const text(statement);
    memory_scope const memory;
    current_context const here(memory.context());
    boost::container::vector<script::qualified_name> names;
    Node *const tree = parse_tree(text.c_str());
    if (!tree) return names;
    for (const RangeVar *const relation : items<RangeVar>(call(collect_relations, tree)))
        names.push_back(to_name(*relation));
    return names;
}

object_identity identify(const object_address &object) {
    memory_scope const memory;
    current_context const here(memory.context());
    ObjectAddress const address{object.class_id, object.object_id, object.sub_id};
    plain_quotes const plain;
    identity_parts const found = call(identity_of, &address);
    return found.identity ? object_identity{found.type, found.identity} : object_identity{};
}

Oid schema_of(const object_address &object) {
    ObjectAddress const address{object.class_id, object.object_id, object.sub_id};
    return call(namespace_of, &address);
}

}   // namespace whisper::pg

#pragma once
// What a raw parse tree names: the one mapping for whoever asks what a statement is about.

#include "pg/server.hpp"
#include "script/statement.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace whisper::pg {

struct tree_object {
    ObjectType type;
    const RangeVar *relation = nullptr;   // itself, or what `part` hangs on
    Node *object = nullptr;               // else its name, in the form that get_object_address() takes
    const char *part = nullptr;           // its name within `relation`, or all of its name
    bool takes_parameters = false;        // CREATE FUNCTION and CREATE AGGREGATE: `parameters` are all of them
    const List *parameters = nullptr;
    bool in_schema = false;   // GRANT ON ALL … IN SCHEMA: `object` is the schema
    bool any_part = false;    // ENABLE TRIGGER ALL: whatever hangs on `relation`
    bool drops = false;       // ALTER TABLE DROP COLUMN and DROP CONSTRAINT
};

struct tree_names {
    script::statement_action action = script::statement_action::none;
    bool or_replace = false, if_exists = false, if_not_exists = false, cascade = false, temporary = false;
    boost::container::small_vector<tree_object, 2> objects;   // the main one first
    boost::container::small_vector<const RangeVar *, 1> references;
    const RangeVar *relation = nullptr;   // the table of INSERT and the like
    const List *owner = nullptr;          // OWNED BY of a sequence: the column's name

    void add(tree_object object) { objects.push_back(object); }
};

// Plain C++ over the nodes: raises nothing, looks nothing up.
tree_names names_in(Node *tree);

// Its parts for an action of its own. Each leaves `names` as it is for other statements.
void add_created(tree_names &names, Node *tree);
void add_altered(tree_names &names, Node *tree);

// OWNED BY among the options of a sequence; null when there is none.
const List *owner_in(const List *options);

// The object in names, for the names that a tree has.
script::statement_object to_object(const tree_object &object);
script::qualified_name to_name(const RangeVar &relation);

template <class T>
const T *as(const Node *node) {
    return reinterpret_cast<const T *>(node);
}

inline Node *node(List *list) { return reinterpret_cast<Node *>(list); }

// For loops over lists.
template <class T>
std::span<T *const> items(const List *list) {
    // A list's cells are pointers in a row.
    static_assert(sizeof(ListCell) == sizeof(T *));
    return list ? std::span<T *const>(reinterpret_cast<T *const *>(list->elements),
                                      static_cast<std::size_t>(list->length))
                : std::span<T *const>();
}

}   // namespace whisper::pg

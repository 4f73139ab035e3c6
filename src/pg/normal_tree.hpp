#pragma once
// Expressions and queries as the catalogs keep them, printed by the server so that two that mean the same read the
// same.

#include "pg/server.hpp"

#include <string>

namespace whisper::pg {

// `tree` is the text of a pg_node_tree. A cast between text and character varying that changes nothing is taken out: a
// dump puts it elsewhere than whoever wrote the definition. Whatever computes something else stays, casts of other
// types among them. Names are qualified as the search_path has it; nothing is planned or run but the output functions
// of constants' types.

// Of a relation's columns (or InvalidOid); also a list of expressions.
std::string normal_expression(const std::string &tree, Oid relation);
// A trigger's condition, about OLD and NEW.
std::string normal_condition(const std::string &tree, Oid relation);
// What a view is defined as, under its columns' names.
std::string normal_query(const std::string &tree, Oid view);

}   // namespace whisper::pg

#pragma once
// How to write comparisons of a type's values so that no search_path changes what they mean.

#include "pg/guard.hpp"

namespace whisper::pg {

struct ordered_type {
    std::string shown;     // for people
    std::string name;      // qualified, and of any length: pg_catalog.bpchar and not character, which is character(1)
    std::string greater;   // the operator of the order that ORDER BY uses: OPERATOR(pg_catalog.>)
};

// Throws failure 42883 when values of the type have no order.
ordered_type ordered_type_of(Oid type);

}   // namespace whisper::pg

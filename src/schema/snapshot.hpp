#pragma once
// The shape of things, item by item: a table, each of its columns, constraints, indexes, triggers, policies; a view; a
// sequence; a function; a type. Two databases have the same shape when their items are the same. Comments are no part
// of the shape.

#include "pg/spi.hpp"

namespace whisper::schema {

struct catalog_item {
    Oid class_id, object_id;
    int32 sub_id;
    Oid relation;        // the relation it is part of, or InvalidOid
    std::string key;     // "column public.users.name"
    std::string value;   // its definition, with what does not matter to the shape taken out
    std::string shown;   // the definition as the server prints it
    std::string body;    // of a function: what is no part of its shape, and yet worth a remark
};
using catalog_items = boost::container::vector<catalog_item>;

// Under pg::engine_scope, so that definitions are fully qualified. Relations and objects that are not there have none.
catalog_items items_of_relations(pg::spi_session &session, std::span<const Oid> relations);
catalog_items items_of_objects(pg::spi_session &session, std::span<const Oid> classes, std::span<const Oid> objects);
// "comment on column public.users.name", of class pg_description: that there is one counts, not its wording, which is
// `shown` as a literal.
catalog_items comments_of_relations(pg::spi_session &session, std::span<const Oid> relations);

}   // namespace whisper::schema

#pragma once
// The way back of one statement, from what the catalogs say before and after it.

#include "pg/utility_watch.hpp"
#include "schema/domain_shape.hpp"

#include <unordered_set>

namespace whisper::author {

// Objects, by catalog and OID.
class object_set {
public:
    void insert(Oid class_id, Oid object_id) { keys_.insert(key(class_id, object_id)); }
    bool contains(Oid class_id, Oid object_id) const { return keys_.contains(key(class_id, object_id)); }
    // The object, or the relation that it is a part of.
    bool covers(Oid class_id, Oid object_id) const;

private:
    static uint64 key(Oid class_id, Oid object_id) { return (static_cast<uint64>(class_id) << 32) | object_id; }
    std::unordered_set<uint64> keys_;
};

// Made before the statement runs; find() is called after it. Both look as the caller, at the server's catalogs alone.
class statement_undo {
public:
    // `made`: what the same migration created before. Taking that away undoes all else that was done to it.
    statement_undo(const pg::utility_statement &statement, const object_set &made);

    void find(const pg::utility_statement &statement, std::span<const pg::object_event> events, const object_set &made);

    // In the order in which they are to be run.
    schema::undo_steps &steps() noexcept { return steps_; }
    // Why there is no way back; empty when there is one.
    const std::string &problem() const noexcept { return problem_; }

private:
    struct definition {
        pg::object_address object;
        std::string sql;   // CREATE OR REPLACE
        int columns;       // of a view
    };
    static std::optional<definition> read_definition(pg::spi_session &session, const pg::object_address &object);

    void find_created(pg::spi_session &session, std::span<const pg::object_event> events);
    void find_replaced(pg::spi_session &session, const definition &before);
    void find_renamed(pg::spi_session &session, const pg::utility_statement &statement);
    bool is_of_made(std::span<const pg::object_event> events, const object_set &made) const;

    std::optional<schema::table_shape> shape_;           // of the table to be altered
    std::optional<schema::domain_shape> domain_;         // of the domain
    boost::container::vector<definition> definitions_;   // of what may be replaced
    std::optional<std::string> old_schema_, old_comment_;
    bool targets_made_ = false;
    schema::undo_steps steps_;
    std::string problem_;
};

}   // namespace whisper::author

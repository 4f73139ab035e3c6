#pragma once
// Default, NOT NULL and constraints of a domain at one moment, and the way back from a later one.

#include "schema/table_shape.hpp"

namespace whisper::schema {

class domain_shape {
public:
    // As table_shape: under a search_path of pg_catalog alone.
    domain_shape(pg::spi_session &session, Oid domain);
    undo_steps back_to(const domain_shape &before) const;

private:
    struct constraint {
        std::string name, definition, comment;   // the comment as a literal, or empty
    };
    bool has(const constraint &wanted) const noexcept;
    undo_step change(const std::string &action) const;

    Oid domain_;
    std::string name_;   // qualified and quoted
    std::optional<std::string> default_value_;
    bool not_null_ = false;
    boost::container::vector<constraint> constraints_;   // oldest first
};

}   // namespace whisper::schema

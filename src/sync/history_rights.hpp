#pragma once
// With whose rights SQL runs over the history table of another tool: anybody may own it, and its triggers, policies and
// index expressions are its owner's.

#include "pg/section_end.hpp"

namespace whisper::sync {

// A table's owner, and how the caller may act on it.
struct history_owner {
    explicit history_owner(Oid role) : role(role), how(pg::authority_of_owner(role)) {}
    Oid role;
    pg::authority how;   // none: neither may act for the other
};

// The caller's rights where the owner may do all that the caller may, else the owner's; not for none. With a
// search_path that nobody else can write to.
class history_scope : public pg::section_scope {
public:
    history_scope(pg::spi_session &session, const history_owner &owner)
        : section_scope(session, owner.how, owner.role) {
        settings().set("search_path", pg::engine_search_path);
    }
};

// Whether the table can be kept in step; a WARNING, with the setting that ends it, where it is a stranger's.
bool may_keep_in_step(const history_owner &owner, const std::string &table, const std::string &role_name,
                      const std::string &off);

}   // namespace whisper::sync

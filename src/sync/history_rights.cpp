#include "sync/history_rights.hpp"

namespace whisper::sync {

bool may_keep_in_step(const history_owner &owner, const std::string &table, const std::string &role_name,
                      const std::string &off) {
    if (owner.how != pg::authority::none) return true;
    pg::warning("table " + table + " is not kept in step",
                "It belongs to role \"" + role_name + "\", for which this role may not act.",
                off + ", or run migrations as a role that may");
    return false;
}

}   // namespace whisper::sync

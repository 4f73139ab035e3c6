#include "pg/authority.hpp"

extern "C" {
#include "utils/acl.h"
}

namespace whisper::pg {
namespace {

// Has the other's rights, or can have them by SET ROLE.
bool may_act_for(Oid role, Oid other) {
    if (call(has_privs_of_role, role, other)) return true;
#if PG_VERSION_NUM >= 160000
    return call(member_can_set_role, role, other);
#else
    return call(is_member_of_role, role, other);
#endif
}

}   // namespace

authority authority_of(const std::string &author) {
    if (author.empty()) return authority::callers;
    Oid const writer = call(get_role_oid, author.c_str(), true);
    if (!OidIsValid(writer)) return authority::nobodys;
    Oid const caller = GetUserId();
    if (!may_act_for(writer, caller)) return may_act_for(caller, writer) ? authority::authors : authority::nobodys;
    // RESET ROLE and RESET SESSION AUTHORIZATION lead to these.
    for (Oid const role : {GetOuterUserId(), GetSessionUserId(), GetAuthenticatedUserId()})
        if (!may_act_for(writer, role)) return authority::confined;
    return authority::callers;
}

authority_scope::authority_scope(authority how, const std::string &author) {
    Oid const writer = how == authority::authors ? call(get_role_oid, author.c_str(), false) : InvalidOid;
    GetUserIdAndSecContext(&user_, &security_);
    // As the server's own maintenance of other people's tables: no change of role, and nothing that stays in the
    // session.
    constexpr int restricted = SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION;
    if (how == authority::confined) SetUserIdAndSecContext(user_, security_ | restricted);
    if (how == authority::authors) SetUserIdAndSecContext(writer, security_ | restricted);
}

}   // namespace whisper::pg

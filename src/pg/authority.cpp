#include "pg/authority.hpp"

#include "pg/values.hpp"

extern "C" {
#include "catalog/pg_authid.h"
#include "miscadmin.h"
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

Oid role_of(const author &writer) {
    Oid const role = call(get_role_oid, writer.name.c_str(), true);
    if (OidIsValid(writer.role)) return role == writer.role ? role : InvalidOid;
    return role == BOOTSTRAP_SUPERUSERID ? role : InvalidOid;
}

}   // namespace

author current_author() { return {current_user_name(), GetUserId()}; }

author session_author() {
    Oid const role = GetCurrentRoleId();   // invalid when no SET ROLE is in force
    return {session_role_name(), OidIsValid(role) ? role : GetSessionUserId()};
}

authority authority_of(const author &writer) {
    return writer.name.empty() ? authority::callers : authority_of_owner(role_of(writer));
}

authority authority_of_owner(Oid owner) {
    if (!OidIsValid(owner)) return authority::none;
    Oid const caller = GetUserId();
    if (!may_act_for(owner, caller)) return may_act_for(caller, owner) ? authority::author : authority::none;
    // RESET ROLE and RESET SESSION AUTHORIZATION lead to these.
    for (Oid const role : {GetOuterUserId(), GetSessionUserId(), GetAuthenticatedUserId()})
        if (!may_act_for(owner, role)) return authority::confined;
    return authority::callers;
}

bool may_replace(const author &writer) {
    if (writer.name.empty()) return call(has_privs_of_role, GetUserId(), Oid{ROLE_PG_READ_SERVER_FILES});
    Oid const role = role_of(writer);
    return OidIsValid(role) ? may_act_for(GetUserId(), role) : call(superuser_arg, GetUserId());
}

authority_scope::authority_scope(authority how, const author &writer)
    : authority_scope(how, how == authority::author ? role_of(writer) : InvalidOid) {}

authority_scope::authority_scope(authority how, Oid owner) : locks_(how != authority::callers) {
    GetUserIdAndSecContext(&user_, &security_);
    // As the server's own maintenance of other people's tables: no change of role, and nothing that stays in the
    // session.
    constexpr int restricted = SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION;
    if (how == authority::confined) SetUserIdAndSecContext(user_, security_ | restricted);
    if (how == authority::author) SetUserIdAndSecContext(owner, security_ | restricted);
}

}   // namespace whisper::pg

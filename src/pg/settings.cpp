#include "pg/settings.hpp"

extern "C" {
#include "catalog/pg_namespace.h"
#include "utils/syscache.h"
}

namespace whisper::pg {

settings_scope::~settings_scope() {
    try {
        // As after an abort: values set inside go, the ones before come back.
        call(AtEOXact_GUC, false, level_);
    } catch (...) {
        ereport(FATAL, (errmsg("could not restore settings")));
    }
}

void settings_scope::set(const char *name, const char *value) {
    call(set_config_option, name, value, call(superuser) ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL,
         true, 0, false);
}

owner_identity::owner_identity() {
    // The schema was made by the extension's script, so its owner is the extension's.
    Oid const owner = guarded([] {
        HeapTuple const schema = SearchSysCache1(NAMESPACENAME, CStringGetDatum("whisper"));
        if (!HeapTupleIsValid(schema)) return InvalidOid;
        Oid const found = reinterpret_cast<Form_pg_namespace>(GETSTRUCT(schema))->nspowner;
        ReleaseSysCache(schema);
        return found;
    });
    if (owner == InvalidOid)
        throw failure("3F000", "schema \"whisper\" does not exist", "the catalog tables of whisper_migrate are in it",
                      "run CREATE EXTENSION whisper_migrate");
    GetUserIdAndSecContext(&user_, &security_);
    SetUserIdAndSecContext(owner, security_ | SECURITY_LOCAL_USERID_CHANGE);
}

void set_for_session(const char *name, const char *value) {
    call(SetConfigOption, name, value, PGC_SUSET, PGC_S_SESSION);
}

std::string setting(const char *name) {
    const char *const value = call(GetConfigOption, name, true, false);
    return value ? value : "";
}

std::string initial_setting(const char *name) {
    const char *const value = call(GetConfigOptionResetString, name);
    return value ? value : "";
}

}   // namespace whisper::pg

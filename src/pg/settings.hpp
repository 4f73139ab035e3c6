#pragma once
// Settings and identity, changed for a scope and put back on every way out.

#include "pg/guard.hpp"
#include "pg/own_rows.hpp"

namespace whisper::pg {

// The search_path of the engine's own SQL: nobody else can write to these schemas.
inline constexpr const char *engine_search_path = "pg_catalog, pg_temp";

// Whatever is SET inside the scope, by us or by a script, is undone at its end: plain SET and role included.
class settings_scope {
public:
    settings_scope() : level_(call(NewGUCNestLevel)) {}
    settings_scope(const settings_scope &) = delete;
    settings_scope &operator=(const settings_scope &) = delete;
    ~settings_scope();
    void set(const char *name, const char *value);

private:
    int level_;
};

// The rights of the extension's owner, for the catalog tables in schema whisper and for nothing else.
class owner_identity {
public:
    owner_identity();
    owner_identity(const owner_identity &) = delete;
    owner_identity &operator=(const owner_identity &) = delete;
    ~owner_identity() { SetUserIdAndSecContext(user_, security_); }

private:
    engine_at_work const at_work_;
    Oid user_ = InvalidOid;
    int security_ = 0;
};

// How every query of the engine's own runs: as the owner, under a search_path that nobody else can write to.
class engine_scope {
public:
    engine_scope() {
        settings_.set("search_path", engine_search_path);
        if (quote_all_identifiers) settings_.set("quote_all_identifiers", "off");   // identities are kept and compared
    }

private:
    settings_scope settings_;
    owner_identity identity_;
};

// As SET by a superuser does: until the session ends, once the transaction is committed.
void set_for_session(const char *name, const char *value);

// The current value of a setting; empty when there is none.
std::string setting(const char *name);
// What RESET would give it; empty when there is none.
std::string initial_setting(const char *name);

}   // namespace whisper::pg

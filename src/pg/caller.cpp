#include "pg/caller.hpp"

#include "pg/plain_rows.hpp"
#include "pg/values.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
}

namespace whisper::pg {
namespace {

std::string text_or_empty(const char *text) { return text ? text : ""; }

std::string current_schema() {
    List *const path = call(fetch_search_path, false);
    return path == NIL ? std::string() : text_or_empty(call(get_namespace_name, linitial_oid(path)));
}

}   // namespace

caller current_caller() {
    caller found;
    found.user = current_user_name();
    found.database = text_or_empty(call(get_database_name, MyDatabaseId));
    found.schema = current_schema();
    for (const char *const name : {"flyway_schema_history", "schema_version"}) {
        Oid const table = call(RelnameGetRelid, name);
        if (table == InvalidOid || !may_read_plainly(table)) continue;
        found.flyway_history = table;
        break;
    }
    return found;
}

}   // namespace whisper::pg

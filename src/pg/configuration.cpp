#include "pg/configuration.hpp"

#include "pg/values.hpp"

extern "C" {
#include "access/parallel.h"
#include "catalog/pg_authid.h"
#include "mb/pg_wchar.h"
#include "utils/acl.h"
}

namespace whisper::pg {
namespace {

char *script_location_setting = nullptr;
char *profile_setting = nullptr;
char *placeholders_setting = nullptr;
char *contexts_setting = nullptr;
char *label_filter_setting = nullptr;
bool sync_alembic_version_setting = false;
bool sync_history_setting = false;

bool is_pack_name(const char *location) { return std::strchr(location, '/') == nullptr && location[0] != '.'; }

// A value set before the module was loaded is looked at when it is: by then somebody else's rights may be in force,
// those of a SECURITY DEFINER function, say. So whoever owns the session is asked as well.
bool defining = false;

// Loading the module can only warn about such a value and go on with the default, which is another pack. Whoever asks
// for the location gets the error, until it is set anew.
enum class refusal : unsigned char { none, relative, privilege } refused = refusal::none;

void assign_script_location(const char *, void *) {
    if (!defining) refused = refusal::none;
}

bool may_read_server_files() {
    return has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES) &&
           (!defining || (has_privs_of_role(GetSessionUserId(), ROLE_PG_READ_SERVER_FILES) &&
                          has_privs_of_role(GetOuterUserId(), ROLE_PG_READ_SERVER_FILES)));
}

// Called by the server: plain C. The right to name a directory is asked of whoever says SET, and of the role whose
// session begins with what ALTER ROLE says: a role can say that of itself, and may have lost the right since. What the
// configuration file and ALTER DATABASE say was asked for when it was written there (source "test").
bool check_script_location(char **value, void **, GucSource source) {
    if (**value == '\0' || is_pack_name(*value)) return true;
    if (**value != '/') {
        if (defining) refused = refusal::relative;
        GUC_check_errdetail("A directory is given by its absolute path, a bundled pack by its name.");
        return false;
    }
    bool const asked_here = source >= PGC_S_USER;
    if (!asked_here || InitializingParallelWorker) return true;
    if (IsTransactionState() && may_read_server_files()) return true;
    // The session begins all the same, with a warning.
    if (defining || source == PGC_S_USER || source == PGC_S_DATABASE_USER) refused = refusal::privilege;
    GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
    GUC_check_errmsg("permission denied to set parameter \"whisper_migrate.script_location\"");
    GUC_check_errdetail("Only roles with privileges of the \"pg_read_server_files\" role may name a directory.");
    return false;
}

void define_script_location() {
    DefineCustomStringVariable(
        "whisper_migrate.script_location", "Where the pack of migrations is.",
        "The name of a pack in the server's share directory, the absolute path of a directory, or empty for what "
        "clients registered.",
        &script_location_setting, bundled_pack, PGC_USERSET, 0, check_script_location, assign_script_location, nullptr);
}

void define_profile() {
    DefineCustomStringVariable("whisper_migrate.profile", "The tiers to bring up, by the name of a profile.",
                               "Empty means the pack's default profile.", &profile_setting, "", PGC_USERSET, 0, nullptr,
                               nullptr, nullptr);
}

// What is filled in becomes part of what everybody runs, so it takes the right to SET it: GRANT SET ON PARAMETER.
void define_placeholders() {
    DefineCustomStringVariable("whisper_migrate.placeholders", "Values of the placeholders in other tools' files.",
                               "A JSON object of names and values, which go before those of pack.json.",
                               &placeholders_setting, "", PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

void define_contexts() {
    DefineCustomStringVariable("whisper_migrate.contexts", "The contexts that Liquibase's change sets are run in.",
                               "A list with commas. Empty means those of pack.json, and where it has none, all.",
                               &contexts_setting, "", PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

void define_label_filter() {
    DefineCustomStringVariable("whisper_migrate.label_filter",
                               "An expression over the labels of Liquibase's change sets that are run.",
                               "Empty means that of pack.json, and where it has none, all.", &label_filter_setting, "",
                               PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

void define_sync() {
    DefineCustomBoolVariable("whisper_migrate.sync_history", "Keeps the history tables of other tools in step.",
                             "Where there is one, of Alembic, golang-migrate, dbmate, goose, Flyway, sqlx, diesel, "
                             "Prisma or Sqitch, it has what is applied, in the same transaction.",
                             &sync_history_setting, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("whisper_migrate.sync_alembic_version", "Keeps Alembic's table of versions in step.",
                             "Where there is a table alembic_version, its rows are the current heads, in the same "
                             "transaction.",
                             &sync_alembic_version_setting, false, PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

}   // namespace

void define_settings() {
    // Out of memory here, the server calls it again at the next use of the module, and nothing can be defined twice.
    static int defined = 0;
    defining = true;
    if (defined == 0) define_script_location(), defined = 1;
    if (defined == 1) define_profile(), defined = 2;
    if (defined == 2) define_sync(), defined = 3;
    if (defined == 3) define_placeholders(), defined = 4;
    if (defined == 4) define_contexts(), defined = 5;
    if (defined == 5) define_label_filter(), defined = 6;
    if (defined == 6) MarkGUCPrefixReserved("whisper_migrate"), defined = 7;
    defining = false;
}

std::string script_location() {
    constexpr const char *message = "the value set for whisper_migrate.script_location is not valid here";
    constexpr const char *fix_hint = "set whisper_migrate.script_location again, or RESET it";
    if (refused == refusal::relative)
        throw failure(sqlstate::invalid_parameter, message,
                      "A directory is given by its absolute path, a bundled pack by its name.", fix_hint);
    if (refused == refusal::privilege)
        throw failure(sqlstate::insufficient_privilege, message,
                      "Only roles with privileges of the \"pg_read_server_files\" role may name a directory.",
                      fix_hint);
    return script_location_setting ? script_location_setting : "";
}

std::string default_profile() { return profile_setting ? profile_setting : ""; }

std::string placeholders() { return placeholders_setting ? placeholders_setting : ""; }
std::string contexts() { return contexts_setting ? contexts_setting : ""; }
std::string label_filter() { return label_filter_setting ? label_filter_setting : ""; }

bool sync_history() noexcept { return sync_history_setting || sync_alembic_version_setting; }

std::string location_directory(const std::string &location) {
    if (is_pack_name(location.c_str())) {
        std::array<char, MAXPGPATH> share{};
        get_share_path(my_exec_path, share.data());
        return std::string(share.data()) + "/whisper_migrate/migrations/" + location;
    }
    if (location.front() != '/')
        throw failure(sqlstate::invalid_parameter, "relative path not allowed for a directory of migrations",
                      "The location is \"" + location + "\".", "give the absolute path on the server");
    return location;
}

void require_location_privilege(const std::string &location) {
    if (is_pack_name(location.c_str()) || call(has_privs_of_role, GetUserId(), Oid{ROLE_PG_READ_SERVER_FILES})) return;
    throw failure(sqlstate::insufficient_privilege, "permission denied to read directory \"" + location + "\"",
                  "Only roles with privileges of the \"pg_read_server_files\" role may name a directory.",
                  "ask a superuser for GRANT pg_read_server_files TO " + current_user_name() +
                      ", or send files with whisper_register()");
}

std::string to_database_encoding(std::string content, const std::string &file) {
    int const length = static_cast<int>(content.size());
    const char *const from = content.data();
    if (!call(pg_verify_mbstr, static_cast<int>(PG_UTF8), from, length, true))
        throw failure("22021", "file \"" + file + "\" is not valid UTF-8", {}, "save it in UTF-8");
    if (GetDatabaseEncoding() == PG_UTF8) return content;
    char *const converted = call(pg_any_to_server, from, length, static_cast<int>(PG_UTF8));
    return converted == from ? content : std::string(converted);
}

}   // namespace whisper::pg

#pragma once
// What kind of statement a piece is, told from its first tokens only: enough to refuse or to place it, never to
// decide what it created (the server tells that).

#include <cstdint>
#include <string>
#include <string_view>

namespace whisper::script {

enum class transaction_control : std::uint8_t { none, begin, commit, rollback, savepoint };

struct statement_traits {
    // "CREATE TABLE", "CREATE OR REPLACE FUNCTION", "ALTER TYPE", "INSERT": upper case, without the object's name.
    std::string verb;
    transaction_control control = transaction_control::none;
    // CREATE/DROP INDEX CONCURRENTLY, REINDEX … CONCURRENTLY, REFRESH is fine, VACUUM, CREATE/DROP DATABASE,
    // CREATE/DROP TABLESPACE, ALTER SYSTEM, DETACH PARTITION … CONCURRENTLY, CLUSTER without a table.
    bool needs_top_level = false;
    // May run again as it is: CREATE OR REPLACE, COMMENT, GRANT, REVOKE, DROP … IF EXISTS, … IF NOT EXISTS,
    // INSERT … ON CONFLICT, SET, SELECT (pg_dump's setval, set_config), ANALYZE, DO.
    bool rerunnable = false;
    bool if_not_exists = false;   // CREATE … IF NOT EXISTS
    // CREATE / ALTER / DROP / COMMENT: what is made or changed; its name as written (possibly qualified, quotes kept).
    std::string object_type;   // "table", "index", "view", "materialized view", "sequence", "function", "type", …
    std::string object_name;
    // The relation that the statement is about, as written: the object itself if it is one, but the table of CREATE
    // INDEX, of a trigger, a policy, a rule, statistics, a constraint's or a column's comment and of a sequence that is
    // OWNED BY; what INSERT, UPDATE, DELETE, MERGE, COPY, TRUNCATE, GRANT and REVOKE name (the first of several). Empty
    // when there is none or it is not told.
    std::string relation;
};

statement_traits classify(std::string_view statement);

}   // namespace whisper::script

#pragma once
// What the server would do with a raw parse tree, as far as the tree tells.

#include "pg/guard.hpp"
#include "pg/tree_names.hpp"

namespace whisper::pg {

struct top_level_need {
    bool always = false;
    bool if_partitioned = false;
    bool concurrently = false;
};
// As PreventInTransactionBlock() would have it.
top_level_need top_level_need_of(Node *tree) noexcept;

// As statement_traits has it.
bool is_rerunnable(Node *tree, const tree_names &names) noexcept;

// INSERT, UPDATE, DELETE and MERGE, also in a WITH; COPY FROM.
bool changes_rows(Node *tree) noexcept;

// As statement_traits has it.
bool begins_transaction(Node *tree) noexcept;

// Whether it is SET, RESET, SET CONSTRAINTS, or SELECT of nothing but set_config().
bool is_setting(Node *tree) noexcept;
using setting_changes = decltype(script::statement_traits::settings);
void add_settings(setting_changes &into, Node *tree);

// As statement_traits has them.
int locks_of(Node *tree) noexcept;

}   // namespace whisper::pg

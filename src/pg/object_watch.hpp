#pragma once
// What SQL really creates, alters and drops: told by the server's object access hook, never guessed from text.

#include "pg/guard.hpp"

#include <functional>

namespace whisper::pg {

enum class object_change : uint8 { created, altered, dropped };

// One change, in the order of its happening. A change inside a block that was rolled back is in the list too.
struct object_event {
    object_change change;
    bool counted;         // rows was counted
    bool member;          // dropped: it belonged to an extension
    bool undone;          // the block or transaction that it happened in was rolled back
    bool emptied;         // no row that was there before is left: TRUNCATE of a table, told as altered
    char relation_kind;   // pg_class.relkind for a dropped relation, else '\0'
    int step, statement;
    Oid class_id, object_id;
    int32 sub_id;             // column number, or 0
    Oid whole;                // dropped: the relation or domain that it was part of, or InvalidOid
    SubTransactionId block;   // that it happened in
    int64 rows;   // a dropped or emptied table: its rows; a dropped column: its values not NULL; -1: cannot be known
    const char *type;       // altered (its first time), dropped: as pg_identify_object() gives it; else null
    const char *identity;   // likewise; for an altered object the one it had before
};

// How a statement that goes over all tables or constraints leaves out those of schema whisper.
inline constexpr const char *without_own_catalog =
    "WHERE schemaname <> 'whisper' in pg_tables, table_schema <> 'whisper' in information_schema, relnamespace <> "
    "'whisper'::regnamespace in pg_class, connamespace <> 'whisper'::regnamespace in pg_constraint";

// Records while it lives; the one made last is the one that records.
class object_watch {
public:
    explicit object_watch(MemoryContext context);
    object_watch(const object_watch &) = delete;
    object_watch &operator=(const object_watch &) = delete;
    ~object_watch();

    void begin_step(int number) noexcept {
        step_ = number;
        statement_ = 0;
    }
    // Within the step.
    void begin_statement(int number) noexcept { statement_ = number; }
    // Whether dropped tables and columns have their rows counted (a scan each).
    void count_rows(bool wanted) noexcept { count_rows_ = wanted; }
    // Whether rows that were written since the watch was made count too. They do by default.
    void count_own_rows(bool wanted) noexcept { count_own_rows_ = wanted; }
    // In a transaction. From now on a drop of whisper_migrate, its schema or anything of them raises 55006 before it is
    // done.
    void protect_extension();
    // Called just before each transaction of a statement that commits on its way; what it throws keeps it from that.
    // With no transaction's end between: nullptr again.
    void before_commit(const std::function<void()> *check) noexcept { before_commit_ = check; }
    std::span<const object_event> events() const noexcept { return {events_, count_}; }
    // The text of the utility statement that was started last, in a function, too; empty for a long one.
    std::string_view last_utility() const noexcept { return {utility_, utility_length_}; }
    // Called as each is started: `length` bytes from `location` of `source`, as parse trees have them.
    static void note_utility(const char *source, int location, int length) noexcept;

    // Whether the run that is under way keeps migrations from this schema.
    static bool protects(Oid schema) noexcept;
    // Whether a run is under way in this session.
    static bool is_recording() noexcept;
    // Called when the module is loaded; again when loading it failed before.
    static void install_hook();

private:
    friend struct object_watch_hook;
    MemoryContext context_;
    object_watch *outer_;
    object_event *events_ = nullptr;
    std::size_t count_ = 0, capacity_ = 0;
    int step_ = 0, statement_ = 0;
    std::size_t settled_ = 0;   // events of transactions that have ended
    bool count_rows_ = false, count_own_rows_ = true;
    CommandId began_;
    Oid own_extension_ = InvalidOid, own_schema_ = InvalidOid;
    const std::function<void()> *before_commit_ = nullptr;
    char utility_[512] = {};
    std::size_t utility_length_ = 0;
};

// pg_class.relkind of a relation; '\0' when there is none.
inline char relation_kind(Oid relation) { return call(get_rel_relkind, relation); }
// schema.name, quoted where needed; "relation 123" when there is none.
std::string relation_name(Oid relation);
// type "identity", or empty when there is no such object.
std::string described(Oid class_id, Oid object_id);

}   // namespace whisper::pg

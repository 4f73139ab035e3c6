#pragma once
// What SQL really creates, alters and drops: told by the server's object access hook, never guessed from text.

#include "pg/guard.hpp"

namespace whisper::pg {

enum class object_change : uint8 { created, altered, dropped };

// One change, in the order of its happening. A change inside a block that was rolled back is in the list too: whoever
// reads it asks the catalogs whether the object is there.
struct object_event {
    object_change change;
    bool counted;         // rows was counted
    char relation_kind;   // pg_class.relkind for a dropped relation, else '\0'
    int step;
    Oid class_id, object_id;
    int32 sub_id;           // column number, or 0
    int64 rows;             // a dropped table: its rows; a dropped column: its values that are not NULL
    const char *type;       // altered (its first time), dropped: as pg_identify_object() gives it; else null
    const char *identity;   // likewise; for an altered object the one it had before
};

// Records while it lives; the one made last is the one that records.
class object_watch {
public:
    explicit object_watch(MemoryContext context);
    object_watch(const object_watch &) = delete;
    object_watch &operator=(const object_watch &) = delete;
    ~object_watch();

    void begin_step(int number) noexcept { step_ = number; }
    // Whether dropped tables and columns have their rows counted (a scan each).
    void count_rows(bool wanted) noexcept { count_rows_ = wanted; }
    std::span<const object_event> events() const noexcept { return {events_, count_}; }

    // Whether a run is under way in this session.
    static bool is_recording() noexcept;
    // Called once, when the module is loaded.
    static void install_hook();

private:
    friend struct object_watch_hook;
    MemoryContext context_;
    object_watch *outer_;
    object_event *events_ = nullptr;
    std::size_t count_ = 0, capacity_ = 0;
    int step_ = 0;
    bool count_rows_ = false;
};

// pg_class.relkind of a relation; '\0' when there is none.
inline char relation_kind(Oid relation) { return call(get_rel_relkind, relation); }
// The rows of a table and its partitions, read without running anything of its owner's; 0 for what is no table.
int64 count_rows(Oid relation);
// schema.name, quoted where needed; "relation 123" when there is none.
std::string relation_name(Oid relation);

}   // namespace whisper::pg

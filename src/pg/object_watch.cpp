#include "pg/object_watch.hpp"

#include "pg/entry.hpp"
#include "pg/object_parts.hpp"
#include "pg/row_count.hpp"

extern "C" {
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

object_watch *active = nullptr;   // the current run's; the only state besides the settings
object_access_hook_type previous_access_hook = nullptr;

// Below this line the server calls us in the middle of a command: plain C, PostgreSQL's rules, no C++ object alive.

// Functions and operators name types, and in a drop that takes both the types may be gone before them: base types and
// their functions depend on each other. What has lost a part of its name cannot be described.
bool has_whole_name(Oid class_id, Oid object_id) {
    if (class_id == ProcedureRelationId) {
        HeapTuple const row = SearchSysCache1(PROCOID, ObjectIdGetDatum(object_id));
        if (!HeapTupleIsValid(row)) return false;
        oidvector const &arguments = reinterpret_cast<Form_pg_proc>(GETSTRUCT(row))->proargtypes;
        bool whole = true;
        for (int i = 0; i < arguments.dim1; ++i)
            whole &= SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(arguments.values[i]));
        ReleaseSysCache(row);
        return whole;
    }
    if (class_id == OperatorRelationId) {
        HeapTuple const row = SearchSysCache1(OPEROID, ObjectIdGetDatum(object_id));
        if (!HeapTupleIsValid(row)) return false;
        auto const *const form = reinterpret_cast<Form_pg_operator>(GETSTRUCT(row));
        bool const whole =
            (!OidIsValid(form->oprleft) || SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(form->oprleft))) &&
            (!OidIsValid(form->oprright) || SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(form->oprright)));
        ReleaseSysCache(row);
        return whole;
    }
    return true;
}

}   // namespace

struct object_watch_hook {
    static object_event *append(object_watch &watch, object_change change, const ObjectAddress &object) {
        if (watch.count_ == watch.capacity_) {
            std::size_t const wanted = watch.capacity_ ? watch.capacity_ * 2 : 64;
            std::size_t const size = wanted * sizeof(object_event);
            watch.events_ = static_cast<object_event *>(watch.events_ ? repalloc_huge(watch.events_, size)
                                                                      : MemoryContextAllocHuge(watch.context_, size));
            watch.capacity_ = wanted;
        }
        object_event *const event = &watch.events_[watch.count_];
        *event = object_event{};
        event->change = change;
        event->step = watch.step_;
        event->statement = watch.statement_;
        event->class_id = object.classId;
        event->object_id = object.objectId;
        event->sub_id = object.objectSubId;
        event->block = GetCurrentSubTransactionId();
        return event;
    }

    static void identify(object_watch &watch, object_event *event) {
        if (!can_be_owned(event->class_id) || !has_whole_name(event->class_id, event->object_id)) return;
        // An extension's members come and go with it; of a dropped relation the name is still wanted.
        if (event->change != object_change::dropped)
            event->member = OidIsValid(extension_of(event->class_id, event->object_id, InvalidOid));
        if (event->member && (event->change != object_change::dropped || event->class_id != RelationRelationId)) return;
        ObjectAddress const address{event->class_id, event->object_id, event->sub_id};
        MemoryContext const before = MemoryContextSwitchTo(watch.context_);
        // Whoever's setting it is, the record has the same names.
        bool const quoting = quote_all_identifiers;
        PG_TRY();
        {
            quote_all_identifiers = false;
            event->identity = getObjectIdentity(&address, true);
            event->type = event->identity ? getObjectTypeDescription(&address, true) : nullptr;
        }
        PG_FINALLY();
        { quote_all_identifiers = quoting; }
        PG_END_TRY();
        MemoryContextSwitchTo(before);
    }

    // A scan of pg_depend, so not for parts of relations, which are most of what is dropped and no members themselves.
    static Oid extension_of(Oid class_id, Oid object_id, Oid whole) {
        if (!can_be_owned(class_id) || class_id == ExtensionRelationId || OidIsValid(whole)) return InvalidOid;
        return getExtensionOfObject(class_id, object_id);
    }

    static void count(object_watch &watch, object_event *event) {
        if (!watch.count_rows_) return;
        row_filter const rows{watch.count_own_rows_, watch.began_};
        event->counted = count_rows(event->object_id, event->sub_id, rows, &event->rows);
    }

    // What the run is recorded in: afterwards it would be too late to say so.
    static void refuse_own_catalog(const object_watch &watch, Oid class_id, Oid object_id, Oid extension) {
        if (!OidIsValid(watch.own_extension_)) return;
        bool const own = (class_id == ExtensionRelationId && object_id == watch.own_extension_) ||
                         (class_id == NamespaceRelationId && object_id == watch.own_schema_) ||
                         (class_id == RelationRelationId && get_rel_relkind(object_id) == RELKIND_RELATION &&
                          get_rel_namespace(object_id) == watch.own_schema_) ||
                         extension == watch.own_extension_;
        if (!own) return;
        ObjectAddress const address{class_id, object_id, 0};
        char *const what = getObjectDescription(&address, true);
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_IN_USE),
                 errmsg("a migration cannot drop %s", what ? what : "extension whisper_migrate"),
                 errdetail("It is part of whisper_migrate, which is running the migration."),
                 errhint("change the extension outside of migrations, and leave its schema out where a statement "
                         "goes over all of them: %s",
                         without_own_catalog)));
    }

    // The server asks before it takes the lock. Rows that come between count and lock would be lost uncounted.
    static void empty(object_watch &watch, Oid table) {
        if (pg_class_aclcheck(table, GetUserId(), ACL_TRUNCATE) != ACLCHECK_OK) return;   // the command says so
        LockRelationOid(table, AccessExclusiveLock);
        if (get_rel_relkind(table) == '\0') return;
        for (std::size_t i = watch.count_; i-- > watch.settled_;) {
            object_event const &before = watch.events_[i];
            if (!before.emptied || before.block != GetCurrentSubTransactionId()) break;
            if (before.object_id == table && !before.undone) return;   // the server asks again when it has the lock
        }
        object_event *const event = append(watch, object_change::altered, {RelationRelationId, table, 0});
        event->emptied = true;
        event->relation_kind = get_rel_relkind(table);
        identify(watch, event);
        if (watch.count_rows_ && event->relation_kind == RELKIND_FOREIGN_TABLE) {
            event->counted = true;
            event->rows = unknown_rows;
        } else {
            count(watch, event);
        }
        ++watch.count_;
    }

    // ALTER TABLE and CLUSTER write all rows anew, and nothing tells any more which were there before the run. The old
    // rows are still in the table that goes now: where none of them was there, none of the new ones was.
    static void note_rewrite(object_watch &watch, Oid class_id, Oid old_rows) {
        if (!watch.count_rows_ || watch.count_own_rows_ || class_id != RelationRelationId) return;
        char *const name = get_rel_name(old_rows);
        Oid table = InvalidOid;
        if (!name || sscanf(name, "pg_temp_%u", &table) != 1 || get_rel_relkind(table) != RELKIND_RELATION) return;
        int64 rows = 0;
        if (!count_rows(old_rows, 0, row_filter{false, watch.began_}, &rows) || rows != 0) return;
        object_event *const event = append(watch, object_change::altered, {RelationRelationId, table, 0});
        event->statement = 0;   // of none: its table is the statement's already
        event->emptied = event->counted = true;
        event->relation_kind = RELKIND_RELATION;
        ++watch.count_;
    }

    static void undo_since(SubTransactionId block) noexcept {
        for (object_watch *watch = active; watch; watch = watch->outer_)
            for (std::size_t i = watch->count_; i-- > watch->settled_ && watch->events_[i].block >= block;)
                watch->events_[i].undone = true;
    }

    static void settle() noexcept {
        for (object_watch *watch = active; watch; watch = watch->outer_) {
            watch->settled_ = watch->count_;
            watch->began_ = FirstCommandId;
        }
    }

    // C++, entered through the boundary.
    static Datum check_before_commit(FunctionCallInfo) {
        (*active->before_commit_)();
        return 0;
    }

    static void on_transaction(XactEvent event, void *) {
        if (!active) return;
        if (event == XACT_EVENT_PRE_COMMIT && active->before_commit_) detail::enter<check_before_commit>(nullptr);
        if (event == XACT_EVENT_ABORT) undo_since(TopSubTransactionId);
        if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT) settle();
    }

    // Numbers grow within a transaction: what began later and is not over was inside.
    static void on_block(SubXactEvent event, SubTransactionId block, SubTransactionId, void *) {
        if (event == SUBXACT_EVENT_ABORT_SUB) undo_since(block);
    }

    static bool seen_altered(const object_watch &watch, Oid class_id, Oid object_id, int32 sub_id) {
        // Commands alter one object several times in a row; only the first event carries the old identity.
        if (watch.count_ == 0) return false;
        object_event const &last = watch.events_[watch.count_ - 1];
        return last.change == object_change::altered && !last.emptied && !last.undone && last.step == watch.step_ &&
               last.statement == watch.statement_ && last.class_id == class_id && last.object_id == object_id &&
               last.sub_id == sub_id;
    }

    static void record_drop(object_watch &watch, Oid class_id, Oid object_id, int32 sub_id) {
        Oid const whole = part_of_relation(class_id, object_id);
        Oid const extension = extension_of(class_id, object_id, whole);
        refuse_own_catalog(watch, class_id, object_id, extension);
        object_event *const event = append(watch, object_change::dropped, {class_id, object_id, sub_id});
        event->whole = whole;
        event->member = OidIsValid(extension);
        identify(watch, event);
        if (class_id == RelationRelationId) {
            event->relation_kind = get_rel_relkind(object_id);
            count(watch, event);
        }
        ++watch.count_;
    }

    static void record(object_watch &watch, object_change change, Oid class_id, Oid object_id, int32 sub_id) {
        if (change == object_change::altered && seen_altered(watch, class_id, object_id, sub_id)) return;
        object_event *const event = append(watch, change, {class_id, object_id, sub_id});
        if (change == object_change::altered)
            identify(watch, event);   // the new version is not visible yet: this is the name it had
        ++watch.count_;
    }

    static void note_column(object_watch &watch, Oid relation, int32 column) {
        append(watch, object_change::altered, {RelationRelationId, relation, column});
        ++watch.count_;
    }

    static void on_access(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *detail) {
        if (previous_access_hook) previous_access_hook(access, class_id, object_id, sub_id, detail);
        if (!active) return;
        // Of a default the hook gives table and column, not the default: it is the column that changes.
        if (class_id == AttrDefaultRelationId && access == OAT_POST_CREATE) {
            note_column(*active, object_id, sub_id);
            return;
        }
        switch (access) {
            case OAT_POST_CREATE:
                if (detail && static_cast<ObjectAccessPostCreate *>(detail)->is_internal) return;
                // CREATE OR REPLACE FUNCTION says "created" too; the row that is visible is the one it replaces.
                record(*active,
                       class_id == ProcedureRelationId && SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(object_id))
                           ? object_change::altered
                           : object_change::created,
                       class_id, object_id, sub_id);
                break;
            case OAT_POST_ALTER:
                if (detail && static_cast<ObjectAccessPostAlter *>(detail)->is_internal) return;
                record(*active, object_change::altered, class_id, object_id, sub_id);
                break;
            case OAT_DROP:
                // A table that is rewritten, an index that is made anew: what is named so stays.
                if (detail && (static_cast<ObjectAccessDrop *>(detail)->dropflags & PERFORM_DELETION_INTERNAL)) {
                    note_rewrite(*active, class_id, object_id);
                    return;
                }
                record_drop(*active, class_id, object_id, sub_id);
                break;
            case OAT_TRUNCATE:
                empty(*active, object_id);
                break;
            default:
                break;
        }
    }
};

object_watch::object_watch(MemoryContext context)
    : context_(context), outer_(active), began_(IsTransactionState() ? GetCurrentCommandId(false) : FirstCommandId) {
    active = this;
}

object_watch::~object_watch() { active = outer_; }

void object_watch::note_utility(const char *source, int location, int length) noexcept {
    if (!active) return;
    const char *const start = source + (location > 0 ? location : 0);
    std::size_t const size =
        length > 0 ? static_cast<std::size_t>(length) : strnlen(start, sizeof(active->utility_) + 1);
    active->utility_length_ = size <= sizeof(active->utility_) ? size : 0;
    std::memcpy(active->utility_, start, active->utility_length_);
}

bool object_watch::protects(Oid schema) noexcept { return active && active->own_schema_ == schema; }

bool object_watch::is_recording() noexcept { return active != nullptr; }

void object_watch::protect_extension() {
    own_extension_ = call(get_extension_oid, static_cast<const char *>("whisper_migrate"), true);
    own_schema_ = call(get_namespace_oid, static_cast<const char *>("whisper"), true);
}

void object_watch::install_hook() {
    // Out of memory here, the server calls it again at the next use of the module.
    static int registered = 0;
    if (registered == 0) RegisterXactCallback(object_watch_hook::on_transaction, nullptr), registered = 1;
    if (registered == 1) RegisterSubXactCallback(object_watch_hook::on_block, nullptr), registered = 2;
    if (object_access_hook == object_watch_hook::on_access) return;
    previous_access_hook = object_access_hook;
    object_access_hook = object_watch_hook::on_access;
}

std::string described(Oid class_id, Oid object_id) {
    const char *const what = guarded([=]() -> const char * {
        ObjectAddress const address{class_id, object_id, 0};
        const char *const identity = getObjectIdentity(&address, true);
        return identity ? psprintf("%s \"%s\"", getObjectTypeDescription(&address, true), identity) : nullptr;
    });
    return what ? what : "";
}

std::string relation_name(Oid relation) {
    const char *const name = guarded([=]() -> const char * {
        ObjectAddress const address{RelationRelationId, relation, 0};
        return getObjectIdentity(&address, true);
    });
    return name ? name : "relation " + std::to_string(relation);
}

}   // namespace whisper::pg

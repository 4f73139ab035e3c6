#include "pg/object_watch.hpp"

#include "pg/object_parts.hpp"
#include "pg/row_count.hpp"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "utils/syscache.h"
}

namespace whisper::pg {
namespace {

object_watch *active = nullptr;   // the current run's; the only state besides the settings
object_access_hook_type previous_hook = nullptr;

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
    static object_event *append(object_watch &watch) {
        if (watch.count_ == watch.capacity_) {
            std::size_t const wanted = watch.capacity_ ? watch.capacity_ * 2 : 64;
            std::size_t const size = wanted * sizeof(object_event);
            watch.events_ = static_cast<object_event *>(watch.events_ ? repalloc_huge(watch.events_, size)
                                                                      : MemoryContextAllocHuge(watch.context_, size));
            watch.capacity_ = wanted;
        }
        object_event *const event = &watch.events_[watch.count_];
        *event = object_event{};
        return event;
    }

    static void identify(object_watch &watch, object_event *event) {
        if (!can_be_owned(event->class_id) || !has_whole_name(event->class_id, event->object_id)) return;
        // An extension's members come and go with it; of a dropped relation the name is still wanted.
        event->member = event->class_id != ExtensionRelationId &&
                        OidIsValid(getExtensionOfObject(event->class_id, event->object_id));
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

    static void describe_drop(object_watch &watch, object_event *event) {
        identify(watch, event);
        if (event->class_id != RelationRelationId) return;
        event->relation_kind = get_rel_relkind(event->object_id);
        if (watch.count_rows_) event->counted = count_rows(event->object_id, event->sub_id, &event->rows);
    }

    static bool seen_altered(const object_watch &watch, Oid class_id, Oid object_id, int32 sub_id) {
        // Commands alter one object several times in a row; only the first event carries the old identity.
        if (watch.count_ == 0) return false;
        object_event const &last = watch.events_[watch.count_ - 1];
        return last.change == object_change::altered && last.step == watch.step_ && last.class_id == class_id &&
               last.object_id == object_id && last.sub_id == sub_id;
    }

    static void record(object_watch &watch, object_change change, Oid class_id, Oid object_id, int32 sub_id) {
        if (change == object_change::altered && seen_altered(watch, class_id, object_id, sub_id)) return;
        object_event *const event = append(watch);
        event->change = change;
        event->step = watch.step_;
        event->class_id = class_id;
        event->object_id = object_id;
        event->sub_id = sub_id;
        if (change == object_change::dropped)
            describe_drop(watch, event);
        else if (change == object_change::altered)
            identify(watch, event);   // the new version is not visible yet: this is the name it had
        ++watch.count_;
    }

    static void note_column(object_watch &watch, Oid relation, int32 column) {
        object_event *const event = append(watch);
        event->change = object_change::altered;
        event->step = watch.step_;
        event->class_id = RelationRelationId;
        event->object_id = relation;
        event->sub_id = column;
        ++watch.count_;
    }

    static void on_access(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *detail) {
        if (previous_hook) previous_hook(access, class_id, object_id, sub_id, detail);
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
                if (detail && (static_cast<ObjectAccessDrop *>(detail)->dropflags & PERFORM_DELETION_INTERNAL)) return;
                record(*active, object_change::dropped, class_id, object_id, sub_id);
                break;
            default:
                break;
        }
    }
};

object_watch::object_watch(MemoryContext context) : context_(context), outer_(active) { active = this; }

object_watch::~object_watch() { active = outer_; }

bool object_watch::is_recording() noexcept { return active != nullptr; }

void object_watch::install_hook() {
    previous_hook = object_access_hook;
    object_access_hook = object_watch_hook::on_access;
}

bool column_exists(Oid relation, int32 column) {
    return guarded([=] {
        HeapTuple const row = SearchSysCacheAttNum(relation, static_cast<int16>(column));
        if (!HeapTupleIsValid(row)) return false;
        ReleaseSysCache(row);
        return true;
    });
}

std::string relation_name(Oid relation) {
    const char *const name = guarded([=]() -> const char * {
        ObjectAddress const address{RelationRelationId, relation, 0};
        return getObjectIdentity(&address, true);
    });
    return name ? name : "relation " + std::to_string(relation);
}

}   // namespace whisper::pg

#include "pg/extension_version.hpp"

#include "pg/guard.hpp"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
}

#include <compare>

namespace whisper::pg {
namespace {

constexpr const char *library_version = WHISPER_VERSION;   // the control file's, from the Makefile

// pg_extension has no system cache before PostgreSQL 18. Null when there is no such extension.
char *installed_version() {
    Relation const extensions = table_open(ExtensionRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("whisper_migrate"));
    SysScanDesc const scan = systable_beginscan(extensions, ExtensionNameIndexId, true, nullptr, 1, &key);
    HeapTuple const tuple = systable_getnext(scan);
    char *version = nullptr;
    if (HeapTupleIsValid(tuple)) {
        bool null = true;
        Datum const stored = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(extensions), &null);
        if (!null) version = text_to_cstring(DatumGetTextPP(stored));
    }
    systable_endscan(scan);
    table_close(extensions, AccessShareLock);
    return version;
}

std::array<int, 3> numbers(std::string_view version) {
    std::array<int, 3> result{};
    std::size_t part = 0;
    for (char const c : version) {
        if (c == '.') ++part;
        if (part == result.size()) break;
        if (c >= '0' && c <= '9') result[part] = result[part] * 10 + (c - '0');
    }
    return result;
}

}   // namespace

void require_same_version() {
    if (creating_extension) return;   // an update script may call us half-way
    char *const found = guarded(installed_version);
    if (!found) return;
    std::string const installed(found);
    call(pfree, static_cast<void *>(found));
    if (installed == library_version) return;
    throw failure(
        "55000", "extension \"whisper_migrate\" is of version " + installed + " in this database",
        std::string("The library that this session has loaded is of version ") + library_version + ".",
        numbers(installed) < numbers(library_version)
            ? "run ALTER EXTENSION whisper_migrate UPDATE"
            : "connect again; if the library stays the same, install version " + installed + " on this server");
}

}   // namespace whisper::pg

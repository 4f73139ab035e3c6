#include "pg/ordered_type.hpp"

extern "C" {
#include "nodes/pg_list.h"
#include "utils/regproc.h"
#include "utils/typcache.h"
}

namespace whisper::pg {

ordered_type ordered_type_of(Oid type) {
    struct names {
        const char *shown, *type, *schema, *greater;
    };
    names const found = guarded([=] {
        constexpr bits16 whole_name = FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY;
        Oid const greater = lookup_type_cache(type, TYPECACHE_GT_OPR)->gt_opr;
        names n{format_type_be(type), format_type_extended(type, -1, whole_name), nullptr, nullptr};
        if (!OidIsValid(greater)) return n;
        List *parts = nullptr, *operands = nullptr;
        format_operator_parts(greater, &parts, &operands, false);
        n.schema = quote_identifier(static_cast<const char *>(linitial(parts)));
        n.greater = static_cast<const char *>(lsecond(parts));
        return n;
    });
    if (!found.greater) throw failure("42883", std::string("values of type ") + found.shown + " have no order");
    return {found.shown, found.type, std::string("OPERATOR(") + found.schema + "." + found.greater + ")"};
}

}   // namespace whisper::pg

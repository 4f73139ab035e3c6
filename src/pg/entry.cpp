#include "pg/entry.hpp"

namespace whisper::pg::detail {
namespace {

// A copy that cannot raise: running out of memory here only costs the text.
const char *keep(MemoryContext context, std::string_view text) noexcept {
    if (text.empty() || text.size() + 1 > MaxAllocSize) return nullptr;
    auto *const copy = static_cast<char *>(MemoryContextAllocExtended(context, text.size() + 1, MCXT_ALLOC_NO_OOM));
    if (!copy) return nullptr;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    return copy;
}

}   // namespace

report describe(const failure &error, MemoryContext context) noexcept {
    report r;
    std::string_view const s = error.state;
    r.sqlstate = s.size() == 5 ? MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]) : ERRCODE_INTERNAL_ERROR;
    r.message = keep(context, error.message);
    r.detail = keep(context, error.detail);
    r.hint = keep(context, error.hint);
    r.context = keep(context, error.context);
    return r;
}

report describe(std::string_view message, int sqlstate, MemoryContext context) noexcept {
    report r;
    r.sqlstate = sqlstate;
    r.message = keep(context, message);
    return r;
}

void raise(const report &r) {
    if (r.original) ReThrowError(r.original);   // the original record; context callbacks do not run twice
    ereport(ERROR, (errcode(r.sqlstate), errmsg_internal("%s", r.message ? r.message : "out of memory"),
                    r.detail ? errdetail_internal("%s", r.detail) : 0, r.hint ? errhint("%s", r.hint) : 0,
                    r.context ? errcontext("%s", r.context) : 0));
    pg_unreachable();
}

}   // namespace whisper::pg::detail

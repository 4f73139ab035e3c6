#include "pg/guard.hpp"

namespace whisper::pg {

bool postgres_error::is_interrupt() const noexcept {
    int const code = data_->sqlerrcode;
    return code == ERRCODE_QUERY_CANCELED || code == ERRCODE_ASSERT_FAILURE ||
           ERRCODE_TO_CATEGORY(code) == ERRCODE_TO_CATEGORY(ERRCODE_ADMIN_SHUTDOWN);
}

void postgres_error::set_hint(std::string_view hint) noexcept {
    auto *const copy = static_cast<char *>(MemoryContextAllocExtended(context_, hint.size() + 1, MCXT_ALLOC_NO_OOM));
    if (!copy) return;
    std::memcpy(copy, hint.data(), hint.size());
    copy[hint.size()] = '\0';
    data_->hint = copy;
}

namespace detail {

void throw_current_error(MemoryContext resume_in) {
    MemoryContext volatile box = nullptr;   // written between setjmp and a jump
    ErrorData *volatile copy = nullptr;
    {
        error_stacks saved;
        sigjmp_buf here;
        if (sigsetjmp(here, 0) == 0) {
            PG_exception_stack = &here;
            // Under TopMemoryContext it outlives any rollback that unwinding triggers.
            MemoryContext const fresh =
                AllocSetContextCreate(TopMemoryContext, "whisper_migrate error", ALLOCSET_SMALL_SIZES);
            MemoryContextSwitchTo(fresh);
            copy = CopyErrorData();
            box = fresh;
        }
    }
    FlushErrorState();
    CurrentMemoryContext = resume_in;
    if (!box) throw std::bad_alloc();
    throw postgres_error(box, copy);
}

}   // namespace detail

namespace {
void emit(int level, const std::string &message, const std::string &detail, const std::string &hint) {
    const char *const m = message.c_str();
    const char *const d = detail.empty() ? nullptr : detail.c_str();
    const char *const h = hint.empty() ? nullptr : hint.c_str();
    guarded([=] {
        ereport(level, (errmsg_internal("%s", m), d ? errdetail_internal("%s", d) : 0, h ? errhint("%s", h) : 0));
    });
}
}   // namespace

void notice(const std::string &message, const std::string &detail, const std::string &hint) {
    emit(NOTICE, message, detail, hint);
}

void warning(const std::string &message, const std::string &detail, const std::string &hint) {
    emit(WARNING, message, detail, hint);
}

}   // namespace whisper::pg

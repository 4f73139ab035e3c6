#pragma once
// The boundary, outward: a PostgreSQL error (longjmp) becomes a C++ exception where it happens.

#include "error.hpp"
#include "pg/server.hpp"

#include <setjmp.h>

namespace whisper::pg {

// A PostgreSQL ERROR in flight; owns its ErrorData. Not a std::exception on purpose: catch (const std::exception &)
// must not swallow it. Only attempt() and the entry wrapper catch it.
class postgres_error final {
public:
    postgres_error(MemoryContext context, ErrorData *data) noexcept : context_(context), data_(data) {}
    postgres_error(postgres_error &&other) noexcept
        : context_(std::exchange(other.context_, nullptr)), data_(std::exchange(other.data_, nullptr)) {}
    postgres_error(const postgres_error &) = delete;
    postgres_error &operator=(const postgres_error &) = delete;
    ~postgres_error() {
        if (context_) MemoryContextDelete(context_);
    }

    const ErrorData &data() const noexcept { return *data_; }
    // Leaves the error as it is when there is no memory left.
    void set_hint(std::string_view hint) noexcept;
    // Cancel, shutdown, failed assertion: what PL/pgSQL's OTHERS leaves alone too.
    bool is_interrupt() const noexcept;
    // Hands the record to `heir`: allocation-free, cannot fail.
    ErrorData *surrender(MemoryContext heir) noexcept {
        MemoryContextSetParent(context_, heir);
        context_ = nullptr;
        return std::exchange(data_, nullptr);
    }

private:
    MemoryContext context_;
    ErrorData *data_;
};

namespace detail {
[[noreturn]] void throw_current_error(MemoryContext resume_in);

// Puts PostgreSQL's two error stacks back, whichever way the scope is left.
class error_stacks {
public:
    error_stacks() = default;
    error_stacks(const error_stacks &) = delete;
    error_stacks &operator=(const error_stacks &) = delete;
    ~error_stacks() {
        PG_exception_stack = jump_;
        error_context_stack = callbacks_;
    }

private:
    sigjmp_buf *const jump_ = PG_exception_stack;
    ErrorContextCallback *const callbacks_ = error_context_stack;
};
}   // namespace detail

// Runs `f` with PostgreSQL errors turned into postgres_error.
// Nothing with a destructor may be alive inside `f` while it calls PostgreSQL.
template <class F>
std::invoke_result_t<F &> guarded(F &&f) {
    using result = std::invoke_result_t<F &>;
    static_assert(std::is_void_v<result> || std::is_trivially_destructible_v<result>,
                  "a guarded call must not produce an object with a destructor");
    MemoryContext const context = CurrentMemoryContext;
    {
        detail::error_stacks saved;
        sigjmp_buf here;
        if (sigsetjmp(here, 0) == 0) {
            PG_exception_stack = &here;
            return f();
        }
    }
    detail::throw_current_error(context);
}

// The usual form: exactly one PostgreSQL function, plain values.
template <class R, class... P, class... A>
R call(R (*function)(P...), A... arguments) {
    static_assert((std::is_trivially_copyable_v<A> && ...), "pass plain values to PostgreSQL");
    return guarded([&]() -> R { return function(arguments...); });
}

// For long loops. Throws postgres_error when a cancel or a shutdown is pending.
inline void check_interrupts() {
    if (INTERRUPTS_PENDING_CONDITION()) [[unlikely]]
        call(ProcessInterrupts);
}

// NOTICE to the client (errfinish() checks interrupts, hence guarded).
void notice(const std::string &message, const std::string &detail = {}, const std::string &hint = {});
// WARNING likewise.
void warning(const std::string &message, const std::string &detail = {}, const std::string &hint = {});

}   // namespace whisper::pg

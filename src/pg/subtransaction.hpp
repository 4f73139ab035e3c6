#pragma once
// Subtransactions: the only way to go on after a PostgreSQL error, and the way to try things without leaving a trace.

#include "pg/guard.hpp"
#include "pg/rollback_reserve.hpp"

namespace whisper::pg {

// Rolls back unless commit() was reached.
class subtransaction {
public:
    subtransaction() {
        call(BeginInternalSubTransaction, static_cast<const char *>(nullptr));
        CurrentMemoryContext = context_;
    }
    subtransaction(const subtransaction &) = delete;
    subtransaction &operator=(const subtransaction &) = delete;
    void commit() {
        call(ReleaseCurrentSubTransaction);
        leave();
    }
    ~subtransaction();

private:
    void leave() noexcept {
        open_ = false;
        CurrentMemoryContext = context_;
        CurrentResourceOwner = owner_;
    }
    MemoryContext const context_ = CurrentMemoryContext;
    ResourceOwner const owner_ = CurrentResourceOwner;
    bool open_ = true;
    rollback_reserve reserve_;
};

// What a failed attempt leaves behind: plain C++ values.
struct failed_attempt {
    std::string sqlstate, message, detail, hint, context;
    bool ours = false;   // and not the server's
    explicit failed_attempt(const ErrorData &data);
    explicit failed_attempt(const failure &error);
};

// Runs `body` in a subtransaction. An error of the server or of ours rolls it back and is returned; cancel and
// shutdown go on upwards. With `keep` false the subtransaction is rolled back in any case.
template <class F>
std::optional<failed_attempt> attempt(F &&body, bool keep = true) {
    subtransaction scope;
    try {
        body();
        if (keep) scope.commit();
        return std::nullopt;
    } catch (const postgres_error &error) {
        if (error.is_interrupt()) throw;
        return failed_attempt(error.data());   // ~subtransaction rolls back
    } catch (const failure &error) {
        return failed_attempt(error);
    }
}

// An error that rolled its subtransaction or transaction back, to be looked at and perhaps thrown again.
struct caught_error {
    failed_attempt what;
    bool interrupt;   // cancel or the like: may be written down, but must be thrown again
    std::exception_ptr error;
    [[noreturn]] void rethrow() const { std::rethrow_exception(error); }
};

// Runs `body` in a Transaction (made by its default constructor, kept by commit()), and returns the error that rolled
// it back.
template <class Transaction, class F>
std::optional<caught_error> catch_error(F &&body) {
    Transaction scope;
    try {
        body();
        scope.commit();
        return std::nullopt;
    } catch (const postgres_error &error) {
        return caught_error{failed_attempt(error.data()), error.is_interrupt(), std::current_exception()};
    } catch (const failure &error) {
        return caught_error{failed_attempt(error), false, std::current_exception()};
    }
}

}   // namespace whisper::pg

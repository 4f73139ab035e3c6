#pragma once
// The boundary, inward: every function PostgreSQL can call is entered here, and only here a C++ exception becomes a
// PostgreSQL error again.

#include "pg/extension_version.hpp"
#include "pg/guard.hpp"

namespace whisper::pg::detail {

// Trivially destructible, so that it outlives the catch block and may be jumped over.
struct report {
    ErrorData *original = nullptr;
    int sqlstate = 0;
    const char *message = nullptr;
    const char *detail = nullptr;
    const char *hint = nullptr;
    const char *context = nullptr;
};

report describe(const failure &error, MemoryContext context) noexcept;
report describe(std::string_view message, int sqlstate, MemoryContext context) noexcept;
[[noreturn]] void raise(const report &r);

template <Datum (*Body)(FunctionCallInfo)>
Datum enter(FunctionCallInfo fcinfo) {
    MemoryContext const context = CurrentMemoryContext;
    report r;
    try {
        error_stacks saved;   // a throw may have left a context callback behind
        return Body(fcinfo);
    } catch (postgres_error &error) {
        r.original = error.surrender(context);
    } catch (const failure &error) {
        r = describe(error, context);
    } catch (const std::bad_alloc &) {
        r.sqlstate = ERRCODE_OUT_OF_MEMORY;
        r.message = "out of memory";
    } catch (const std::exception &error) {
        r = describe(error.what(), ERRCODE_INTERNAL_ERROR, context);
    } catch (...) {
        r.sqlstate = ERRCODE_INTERNAL_ERROR;
        r.message = "unknown C++ exception";
    }
    // No C++ object is alive here: jumping is safe.
    CurrentMemoryContext = context;
    raise(r);
}

// A function of the extension: its library and its catalog have to be of one version.
template <Datum (*Body)(FunctionCallInfo)>
Datum call_checked(FunctionCallInfo fcinfo) {
    require_same_version();
    return Body(fcinfo);
}

}   // namespace whisper::pg::detail

// Defines the SQL-callable function `name`; the braces that follow are its body, in C++.
#define WHISPER_FUNCTION(name)                                                                         \
    static Datum name##_body(FunctionCallInfo fcinfo);                                                 \
    extern "C" {                                                                                       \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                          \
    PG_FUNCTION_INFO_V1(name);                                                                         \
    Datum name(PG_FUNCTION_ARGS) {                                                                     \
        return ::whisper::pg::detail::enter<::whisper::pg::detail::call_checked<name##_body>>(fcinfo); \
    }                                                                                                  \
    }                                                                                                  \
    static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)

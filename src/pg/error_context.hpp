#pragma once
// A line of CONTEXT for every error and warning raised while it lives.

#include "pg/guard.hpp"

namespace whisper::pg {

class error_context {
public:
    error_context() {
        entry_.callback = report;
        entry_.arg = this;
        entry_.previous = error_context_stack;
        error_context_stack = &entry_;
    }
    error_context(const error_context &) = delete;
    error_context &operator=(const error_context &) = delete;
    ~error_context() { error_context_stack = entry_.previous; }

    // Shown as it is; empty shows nothing. The text must stay where it is while the scope lives.
    void show(const std::string &text) noexcept { text_ = text.c_str(); }

private:
    static void report(void *self) {
        const char *const text = static_cast<error_context *>(self)->text_;
        if (text && *text) errcontext("%s", text);
    }
    ErrorContextCallback entry_{};
    const char *text_ = nullptr;
};

}   // namespace whisper::pg

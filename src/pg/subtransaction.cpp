#include "pg/subtransaction.hpp"

namespace whisper::pg {

subtransaction::~subtransaction() {
    if (!open_) return;
    reserve_.give_back();
    try {
        call(RollbackAndReleaseCurrentSubTransaction);
        leave();
    } catch (...) {
        // Going on with a half-aborted subtransaction could commit what must not be.
        ereport(FATAL, (errmsg("could not roll back a subtransaction")));
    }
}

namespace {
std::string string_or_empty(const char *s) { return s ? s : ""; }
}   // namespace

failed_attempt::failed_attempt(const ErrorData &data)
    : sqlstate(unpack_sql_state(data.sqlerrcode)),
      message(string_or_empty(data.message)),
      detail(string_or_empty(data.detail)),
      hint(string_or_empty(data.hint)),
      context(string_or_empty(data.context)) {}

failed_attempt::failed_attempt(const failure &error)
    : sqlstate(error.state),
      message(error.message),
      detail(error.detail),
      hint(error.hint),
      context(error.context),
      ours(true) {}

}   // namespace whisper::pg

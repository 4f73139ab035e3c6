// whisper_verify.

#include "check/verify.hpp"
#include "pg/entry.hpp"
#include "pg/table_result.hpp"

WHISPER_FUNCTION(whisper_verify) {
    using namespace whisper;
    pg::table_result result(fcinfo);
    std::optional<std::string> const profile = pg::optional_text(fcinfo, 0);
    engine::workspace work(engine::access::read);
    for (const check::finding &f : check::verify(work, profile))
        result.put(f.check_name, f.subject, f.ok, f.detail, pg::text_or_null(f.hint));
    return 0;
}

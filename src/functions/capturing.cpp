// whisper_capture_begin, whisper_capture_end, whisper_capture_abort, whisper_export.

#include "author/capture.hpp"
#include "author/file_text.hpp"
#include "pg/entry.hpp"
#include "pg/table_result.hpp"

using namespace whisper;

WHISPER_FUNCTION(whisper_capture_begin) {
    author::begin_capture(pg::optional_text(fcinfo, 0));
    PG_RETURN_VOID();
}

WHISPER_FUNCTION(whisper_capture_end) {
    std::string id;
    {
        author::captured_revision wanted;
        wanted.message = pg::text_argument(fcinfo, 0, "message");
        wanted.revision_id = pg::optional_text(fcinfo, 1);
        wanted.branch_label = pg::optional_text(fcinfo, 2);
        id = author::end_capture(wanted);
    }
    return pg::to_value(id).datum;
}

WHISPER_FUNCTION(whisper_capture_abort) {
    author::abort_capture();
    PG_RETURN_VOID();
}

WHISPER_FUNCTION(whisper_export) {
    std::string file;
    {
        std::string const target = pg::text_argument(fcinfo, 0, "revision");
        session::workspace work(session::access::read);
        file = author::file_text(work, target);
    }
    return pg::to_value(file).datum;
}

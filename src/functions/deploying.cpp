// whisper_deploy, whisper_progress, whisper_cancel, and the background worker's main function.

#include "deploy/deploy.hpp"
#include "deploy/progress.hpp"
#include "deploy/worker.hpp"
#include "pg/background_entry.hpp"
#include "pg/entry.hpp"
#include "pg/procedure.hpp"
#include "pg/table_result.hpp"
#include "state/deploy_record.hpp"

namespace {

using namespace whisper;

// Whole milliseconds, at least one.
int64 duration_argument(FunctionCallInfo fcinfo, int position, const char *name) {
    if (PG_ARGISNULL(position))
        throw failure(sqlstate::null_value, std::string("argument \"") + name + "\" must not be null");
    constexpr int64 longest = 2147483647;   // what lock_timeout can hold: 24 days
    int64 const microseconds = pg::microseconds_of(PG_GETARG_DATUM(position));
    if (microseconds <= 0)
        throw failure(sqlstate::invalid_parameter, std::string("argument \"") + name + "\" must be positive", {},
                      "give an interval like '500 ms' or '10 min'");
    return microseconds > longest * 1000 ? longest : (microseconds + 999) / 1000;
}

}   // namespace

WHISPER_FUNCTION(whisper_deploy) {
    pg::require_own_transactions(fcinfo, "whisper_deploy");
    plan::run_request request;
    request.target = pg::text_argument(fcinfo, 0, "target");
    request.profile = pg::optional_text(fcinfo, 1);
    deploy::lock_limits const limits{duration_argument(fcinfo, 2, "lock_timeout"),
                                     duration_argument(fcinfo, 3, "max_wait")};
    request.way = plan::parse_direction(pg::text_argument(fcinfo, 4, "direction"));
    request.allow_data_loss = pg::bool_argument(fcinfo, 5, "allow_data_loss");
    deploy::deploy(request, limits);
    return 0;
}

WHISPER_FUNCTION(whisper_progress) {
    pg::table_result result(fcinfo);
    pg::spi_session session;
    pg::rows const progress = deploy::read_progress(session);
    for (std::size_t i = 0; i < progress.size(); ++i)
        result.put(progress.cell(i, 0), progress.cell(i, 1), progress.cell(i, 2), progress.cell(i, 3),
                   progress.cell(i, 4), progress.cell(i, 5), progress.cell(i, 6), progress.cell(i, 7),
                   progress.cell(i, 8), progress.cell(i, 9), progress.cell(i, 10), progress.cell(i, 11),
                   progress.cell(i, 12), progress.cell(i, 13), progress.cell(i, 14), progress.cell(i, 15));
    return 0;
}

WHISPER_FUNCTION(whisper_cancel) {
    bool asked = false;
    {
        pg::spi_session session;
        asked = state::request_cancel(session);
    }
    return BoolGetDatum(asked);
}

extern "C" {
PGDLLEXPORT void whisper_background_task(Datum argument);
void whisper_background_task(Datum argument) { pg::run_background_task(argument, deploy::run_top_level_section); }
}

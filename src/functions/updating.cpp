// Functions of update scripts: they exist while a script runs, and nowhere else.

#include "pg/entry.hpp"
#include "pg/extension_grants.hpp"

namespace {

std::string name_argument(FunctionCallInfo fcinfo) { return NameStr(*PG_GETARG_NAME(0)); }

}   // namespace

WHISPER_FUNCTION(whisper_remember_grants) {
    whisper::pg::remember_grants(name_argument(fcinfo));
    return 0;
}

WHISPER_FUNCTION(whisper_grant_again) {
    whisper::pg::grant_again(name_argument(fcinfo));
    return 0;
}

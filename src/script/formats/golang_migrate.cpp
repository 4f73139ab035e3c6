// golang-migrate: 000001_name.up.sql and 000001_name.down.sql.

#include "script/formats/version_names.hpp"

namespace whisper::script::formats {
namespace {

clue recognize_golang_migrate(directory &in) { return recognize_versions(in, migration_tool::golang_migrate); }

}   // namespace

extern const format golang_migrate;
const format golang_migrate{"golang_migrate", "golang-migrate", recognize_golang_migrate, list_versions, read_pair};

}   // namespace whisper::script::formats

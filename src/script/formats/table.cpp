// Every tool: a row each.

#include "error.hpp"
#include "script/formats/format.hpp"

#include <algorithm>

// The order has no say: the surest one is it.
#define WHISPER_FORMATS(row)                                                                                      \
    row(atlas) row(diesel) row(flyway) row(hasura) row(liquibase) row(play) row(popx) row(prisma) row(sqitch)     \
        row(golang_migrate) row(goose) row(node_pg_migrate) row(numbered) row(rambler) row(sql_migrate) row(sqlx) \
            row(tern)

namespace whisper::script::formats {

#define WHISPER_DECLARE(name) extern const format name;
WHISPER_FORMATS(WHISPER_DECLARE)

namespace {

#define WHISPER_ROW(name) &name,
constexpr const format *table[] = {WHISPER_FORMATS(WHISPER_ROW)};

std::string place_of(const directory &in, const clue &seen) {
    return "file \"" + in.path() + seen.file + '"' + (seen.line > 0 ? ", line " + std::to_string(seen.line) : "");
}

}   // namespace

std::span<const format *const> every_format() { return table; }

const format *recognize(directory &in, certainty at_least) {
    const format *best = nullptr;
    clue evidence;
    for (const format *const tool : table) {
        clue seen = tool->recognize(in);
        if (seen.sure < at_least || seen.sure < evidence.sure) continue;
        if (best && seen.sure == evidence.sure)
            throw failure(
                sqlstate::invalid_pack,
                "directory has migrations of " + std::string(best->title) + " and of " + std::string(tool->title),
                "They are " + place_of(in, evidence) + ", and " + place_of(in, seen) + '.',
                "put the files of one of them into a directory of their own");
        best = tool;
        evidence = std::move(seen);
    }
    return best;
}

void refuse(const directory &in, const format &tool, std::string_view file, int line, std::string message,
            std::string hint) {
    message += line > 0 ? " at line " + std::to_string(line) + " of file \"" : std::string(" in file \"");
    message += in.path() + std::string(file) + '"';
    throw failure(sqlstate::invalid_pack, std::move(message),
                  "The directory is read as one of " + std::string(tool.title) + '.', std::move(hint));
}

}   // namespace whisper::script::formats

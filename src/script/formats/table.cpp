// Every tool: a row each.

#include "error.hpp"
#include "script/formats/format.hpp"
#include "script/strings.hpp"

#include <algorithm>

// The order has no say: the surest one is it.
#define WHISPER_FORMATS(row)                                                                                \
    row(atlas) row(diesel) row(flyway) row(graphile_migrate) row(hasura) row(liquibase) row(play) row(popx) \
        row(prisma) row(sqitch) row(golang_migrate) row(goose) row(node_pg_migrate) row(numbered)           \
            row(postgres_migrations) row(rambler) row(refinery) row(sql_migrate) row(sqlx) row(supabase) row(tern)

namespace whisper::script::formats {

#define WHISPER_DECLARE(name) extern const format name;
WHISPER_FORMATS(WHISPER_DECLARE)

namespace {

#define WHISPER_ROW(name) &name,
constexpr const format *formats[] = {WHISPER_FORMATS(WHISPER_ROW)};

struct finding {
    const format *tool = nullptr;
    clue evidence;
};

std::string key_of(const format &tool) { return "\"format\": " + in_quotes(tool.name); }

// The first of those that are surest.
finding surest(directory &in, certainty least) {
    finding best;
    for (const format *const tool : formats)
        if (clue seen = tool->recognize(in);
            seen.sure != certainty::none && seen.sure >= least && seen.sure > best.evidence.sure)
            best = {tool, std::move(seen)};
    return best;
}

std::string place_of(const directory &in, const clue &seen, const char *what = "file") {
    return what + (" \"" + in.path()) + seen.file + '"' + (seen.line > 0 ? ", line " + std::to_string(seen.line) : "");
}

}   // namespace

std::span<const format *const> every_format() { return formats; }

const format *find_format(std::string_view name) noexcept {
    auto const found = std::ranges::find(formats, name, &format::name);
    return found == std::end(formats) ? nullptr : *found;
}

std::string format_names() {
    std::string list = in_quotes(plain_name);
    for (const format *const tool : formats) list += ", " + in_quotes(tool->name);
    return list;
}

const format *recognize(directory &in, certainty least) {
    finding best;
    for (const format *const tool : formats) {
        clue seen = tool->recognize(in);
        if (seen.sure == certainty::none || seen.sure < least || seen.sure < best.evidence.sure) continue;
        if (best.tool && seen.sure == best.evidence.sure)
            throw failure(
                sqlstate::invalid_pack,
                "directory has migrations of " + std::string(best.tool->title) + " and of " + std::string(tool->title),
                "They are " + place_of(in, best.evidence) + ", and " + place_of(in, seen) + '.',
                "put the files of one of them into a directory of their own, or write " + key_of(*best.tool) + " or " +
                    key_of(*tool) + " for its tier in pack.json");
        best = {tool, std::move(seen)};
    }
    return best.tool;
}

void require_fit(directory &in, const format &tool) {
    if (tool.recognize(in).sure != certainty::none) return;
    const listing &all = in.list();
    bool const empty = all.files.empty() && all.folders.empty();
    // What has no sign of its own may look like another tool's by its names, but not by what stands in it.
    finding const other = surest(in, tool.silent ? certainty::markers : certainty::names);
    if (!other.tool && (tool.silent || empty)) return;
    std::string const found =
        other.tool ? place_of(in, other.evidence, "File") + " is as " + std::string(other.tool->title) + " has it."
        : empty    ? std::string()
                   : "No file in it is as that tool has them, the first one being \"" + in.path() +
                      (all.files.empty() ? all.folders.front() : all.files.front()) + "\".";
    throw failure(sqlstate::invalid_pack,
                  "directory \"" + in.path() + "\" is not one of " + std::string(tool.title) + ", as pack.json says",
                  found,
                  other.tool ? "write " + key_of(*other.tool) + " for its tier in pack.json, or take the key out"
                             : "take the key \"format\" out of pack.json, or name the tool whose files they are");
}

void refuse(const directory &in, const format &tool, std::string_view file, int line, std::string message,
            std::string hint) {
    message += line > 0 ? " at line " + std::to_string(line) + " of file \"" : std::string(" in file \"");
    message += in.path() + std::string(file) + '"';
    throw failure(sqlstate::invalid_pack, std::move(message),
                  "The directory is read as one of " + std::string(tool.title) + '.', std::move(hint));
}

}   // namespace whisper::script::formats

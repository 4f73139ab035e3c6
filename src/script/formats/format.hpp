#pragma once
// Other tools' directories: what a reader of one tool is given, and what it gives.

#include "script/migration.hpp"

#include <boost/container/vector.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace whisper::script::formats {

struct listing {
    boost::container::vector<std::string> files;     // every regular file, in byte order, hidden ones left out
    boost::container::vector<std::string> folders;   // likewise
};

// Which migrations count, of those that a tool keeps for some occasions only. Empty: all of them.
struct selection {
    strings contexts;
    std::string label_filter;
};

// One directory of migrations. Names are relative to it, with '/' between folders.
class directory {
public:
    virtual ~directory() = default;
    // What stands before its names in messages: empty, or a path with a slash at its end.
    virtual const std::string &path() const = 0;
    // Of the directory itself (empty), or of a folder below it. Throws undefined_file.
    virtual const listing &list(const std::string &folder = {}) = 0;
    // A file's text in the database's encoding, without byte order mark, as it is. Throws undefined_file, io_error.
    virtual std::string content(const std::string &file) = 0;
    // The same with what psql's \i includes put in. What it includes becomes part of the migration that is read.
    virtual std::string script(const std::string &file) = 0;
    // Values of placeholders, by name: from pack.json and the setting.
    virtual const std::map<std::string, std::string> &placeholders() const = 0;
    // Whether the revision of this id is applied, by the registry or by the tool's own records.
    virtual bool is_applied(const std::string &) { return false; }
    // Likewise, whether anything of this directory is.
    virtual bool has_history() { return false; }
    // From pack.json, too.
    virtual selection selected() const { return {}; }
};

// What tells a tool's directory, and how sure that is.
enum class certainty : unsigned char { none, names, markers, plan };
struct clue {
    certainty sure = certainty::none;
    std::string file;   // where it was seen
    int line = 0;       // 0: the name tells
};

// One migration, listed but not read.
struct entry {
    std::string id;   // empty: its text says, or the file's name by the rules of plain files
    std::string message;
    // The file that it is named after in messages and in the registry, then those that belong to it (way down, verify,
    // settings). Several migrations may be in one file.
    strings files;
    std::size_t part = 0;   // which of its file's, for the reader
    bool repeatable = false;
    bool in_order = false;   // a repeatable one that runs after the entry before it, whatever was there first
    // The edges, where the tool says them; otherwise it follows the entry before it.
    std::optional<strings> down_revisions;
    // Likewise what it stands on in the other tier that the directory makes.
    std::optional<strings> depends_on;
};

// One tool. The functions keep no state.
struct format {
    std::string_view name;    // in pack.json, and in the catalog: "goose"
    std::string_view title;   // in messages
    // Whether the directory is this tool's. It may look into files; cheap where names tell.
    clue (*recognize)(directory &in);
    // Its migrations in the tool's order. Throws invalid_pack and duplicate_revision, naming files.
    boost::container::vector<entry> (*list)(directory &in);
    // The migration `what` that list() gave: sections with text, first line and transaction flag; edges, labels, rerun.
    // The id is what `what` says. Throws invalid_pack naming file and line, syntax_error, unsupported_command.
    migration (*read)(directory &in, const entry &what);
    bool silent = false;   // its directories may have nothing to tell them by: then pack.json names it
};

// Every tool: a row each in table.cpp.
std::span<const format *const> every_format();
// The name in pack.json of the project's own files, which no tool reads.
inline constexpr std::string_view plain_name = "plain";
// By its name in pack.json; null for another one.
const format *find_format(std::string_view name) noexcept;
// Those names, and "plain", as a list for messages.
std::string format_names();

// The tool whose directory it is; null for plain files, which are read by this project's own rules.
// Throws invalid_pack when two tools are equally sure of it. With `least`, only what is at least so sure counts.
const format *recognize(directory &in, certainty least = certainty::names);
// Throws invalid_pack when the directory is not as `tool` has them, or is surely another one's.
void require_fit(directory &in, const format &tool);

// What a reader throws: "MESSAGE at line N of file F" (line 0: "MESSAGE in file F"), naming the tool in DETAIL.
[[noreturn]] void refuse(const directory &in, const format &tool, std::string_view file, int line, std::string message,
                         std::string hint);

}   // namespace whisper::script::formats

#pragma once
// Where a pack's migrations are: its definition and the files of its tiers, listed but not read.

#include "registry/disk.hpp"
#include "script/pack.hpp"
#include "script/formats/format.hpp"

#include <functional>
#include <set>
#include <optional>

namespace whisper::registry {

// Where a revision without edges of its own gets them from.
enum class implicit_edge : unsigned char {
    none,
    file_before,     // its down_revision is the file before it in the tier, unless its header says otherwise
    last_versioned   // it depends on the last revision of the tier before it
};

// One migration's files, by their paths from the pack's folder.
struct migration_source {
    std::string file;
    file_entry entry;
    // Of another tool's directory: its reader, the folder that it reads (empty, or with a slash at its end), what it
    // has listed, and the files that belong to the first. Null: this project's own rules.
    const script::formats::format *tool = nullptr;
    std::string folder;
    script::formats::entry listed;
    script::strings parts;
};

// The tool's name as tool_history has it; empty for this project's own files.
std::string_view tool_name(const migration_source &source) noexcept;

struct tier_source {
    script::tier_definition tier;
    implicit_edge edge = implicit_edge::none;
    std::string format;                                      // the tool's name; empty for plain files
    boost::container::vector<migration_source> migrations;   // in the order of the tier
};

struct pack_layout {
    script::pack_definition pack;   // with the tiers that repeatable files of a Flyway directory make
    boost::container::vector<tier_source> tiers;
    file_entries checks;   // of the folder "verify", unless that is a tier
};

inline constexpr std::string_view checks_folder = "verify";

// Of a tier that had plain files when it was last read, those that are as they were then: they need not be looked into
// to tell whose they are. The tier's name; its folder in the pack, empty or with a slash at its end; its files.
using unchanged_plain =
    std::function<std::set<std::string>(const std::string &tier, const std::string &folder, const file_entries &files)>;

// What is known besides the files.
struct layout_context {
    unchanged_plain unchanged;
    std::function<bool(const std::string &id)> is_applied;      // by the registry or by the tool's own records
    std::function<bool(const std::string &tier)> has_history;   // likewise, whether anything of it is
    // Values of placeholders: of the setting, which go before those of pack.json, and those that the server knows.
    std::map<std::string, std::string> set, built_in;
};

// Reads pack.json, or derives the pack from the folders, and lists the files.
// Throws undefined_file, io_error, invalid_pack, duplicate_revision.
pack_layout read_layout(const std::string &directory, const layout_context &context);

}   // namespace whisper::registry

#include "script/formats/foreign_names.hpp"

#include "error.hpp"
#include "script/characters.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace whisper::script::formats {
namespace {

constexpr std::string_view ways_up[] = {"up", "do", "upgrade", "apply", "deploy", "forward", "migrate"};
constexpr std::string_view ways_down[] = {"down",      "undo",     "rollback", "revert",
                                          "downgrade", "backward", "reverse",  "backout"};

bool is_way(std::string_view word, std::span<const std::string_view> ways) {
    return std::ranges::any_of(ways, [&](std::string_view way) { return equals_word(word, way); });
}

// "1_name-down.sql": what stands before its last separator, that, and the word behind it.
struct last_word {
    std::string_view rest, word;
    char separator = '\0';
};

last_word last_word_of(std::string_view file) {
    std::string_view const stem = file.substr(0, file.rfind('.'));
    std::size_t const at = stem.find_last_of("._-");
    if (at == stem.npos) return {{}, stem, '\0'};
    return {stem.substr(0, at), stem.substr(at + 1), stem[at]};
}

[[noreturn]] void fail(std::string message, std::string detail) {
    throw failure(sqlstate::invalid_pack, std::move(message), std::move(detail),
                  "write both ways into one file, behind \"-- migrate:up\" and \"-- migrate:down\", or name the files "
                  "like \"000001_name.up.sql\" and \"000001_name.down.sql\"; if it is a migration of its own, write "
                  "\"format\": \"plain\" for its tier in pack.json");
}

std::string path_in_quotes(std::string_view path, std::string_view file) {
    return '"' + std::string(path) + std::string(file) + '"';
}

}   // namespace

void require_no_ways(const boost::container::vector<std::string> &files, std::string_view path) {
    std::set<std::string_view> bare, up;   // names without extension, and without their way up
    for (const std::string &file : files) {
        last_word const name = last_word_of(file);
        bare.insert(std::string_view(file).substr(0, file.rfind('.')));
        if (is_way(name.word, ways_up)) up.insert(name.rest);
        bool const down = is_way(name.word, ways_down);
        if (name.separator == '.' && (down || is_way(name.word, ways_up)))
            fail("file " + path_in_quotes(path, file) + " is named after one way of a migration",
                 "No tool is known that has all of this folder's names.");
    }
    for (const std::string &file : files) {
        last_word const name = last_word_of(file);
        if (is_way(name.word, ways_down) && (bare.contains(name.rest) || up.contains(name.rest)))
            fail("file " + path_in_quotes(path, file) + " is named after the way down of a migration",
                 "A file beside it has the same name but for \"" + std::string(name.word) + "\".");
    }
}

void require_no_ways(std::string_view folder) {
    std::string_view word = folder;
    if (word.ends_with('s')) word.remove_suffix(1);
    if (!is_way(word, ways_down) && !is_way(folder, ways_down)) return;
    throw failure(sqlstate::invalid_pack, "folder " + path_in_quotes({}, folder) + " is named after a way down",
                  "Without a pack.json every folder is a tier, whose files all run.",
                  "write a pack.json that names the tiers, or name the files like \"000001_name.up.sql\" and "
                  "\"000001_name.down.sql\" and put them into one folder");
}

}   // namespace whisper::script::formats

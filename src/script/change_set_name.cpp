#include "script/change_set_name.hpp"

#include "script/characters.hpp"

#include <algorithm>
#include <cstdint>

namespace whisper::script {
namespace {

constexpr std::size_t longest = 255, kept = 242;

std::string hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;   // FNV-1a
    for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string shown;
    for (int i = 0; i < 12; ++i, hash >>= 4) shown += digits[hash & 15];
    return shown;
}

// "classpath:db/001.sql", "./db/001.sql" -> "db/001".
std::string_view plain_path(std::string_view file) {
    constexpr std::string_view scheme = "classpath:", ending = ".sql";
    if (file.starts_with(scheme)) file.remove_prefix(scheme.size());
    while (file.starts_with("./")) file.remove_prefix(2);
    while (file.starts_with('/')) file.remove_prefix(1);
    if (file.size() > ending.size() && equals_word(file.substr(file.size() - ending.size()), ending))
        file.remove_suffix(ending.size());
    return file;
}

}   // namespace

std::string change_set_id(std::string_view file, std::string_view author, std::string_view id) {
    std::string name(plain_path(file));
    std::ranges::replace(name, '/', '.');
    std::ranges::replace(name, '\\', '.');
    if (!name.empty()) name += '.';
    name.append(author).append(".").append(id);
    std::string const whole = name;
    for (char &c : name)
        if (static_cast<unsigned char>(c) >= 128 || c == '$' || (!is(c, identifier_part_class) && c != '-' && c != '.'))
            c = '_';
    if (name.size() <= longest) return name;
    return name.substr(0, kept) + '.' + hash_of(whole);
}

}   // namespace whisper::script

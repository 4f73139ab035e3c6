#include "script/dotted_name.hpp"

#include "script/characters.hpp"

#include <algorithm>

namespace whisper::script {

std::optional<strings> parse_dotted_name(std::string_view name) {
    strings parts;
    std::size_t at = 0;
    while (true) {
        std::string part;
        if (at < name.size() && name[at] == '"') {
            for (++at;; ++at) {
                if (at >= name.size()) return std::nullopt;
                if (name[at] != '"') {
                    part += name[at];
                } else if (at + 1 < name.size() && name[at + 1] == '"') {
                    part += name[at++];
                } else {
                    ++at;
                    break;
                }
            }
        } else {
            for (; at < name.size() && name[at] != '.'; ++at) {
                if (is_space(name[at]) || name[at] == '"') return std::nullopt;
                part += lower(name[at]);
            }
        }
        if (part.empty()) return std::nullopt;
        parts.push_back(std::move(part));
        if (at == name.size()) return parts;
        if (name[at++] != '.') return std::nullopt;
    }
}

strings split_name_list(std::string_view list) {
    strings names;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= list.size(); ++at) {
        if (at < list.size() && list[at] == '"') quoted = !quoted;
        if (at < list.size() && (quoted || list[at] != ',')) continue;
        names.emplace_back(trim(list.substr(begin, at - begin)));
        begin = at + 1;
    }
    return names;
}

bool names_end_of(const strings &name, const strings &full) noexcept {
    return !name.empty() && name.size() <= full.size() && std::equal(name.rbegin(), name.rend(), full.rbegin());
}

}   // namespace whisper::script

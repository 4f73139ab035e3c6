#include "registry/conflicts.hpp"

#include <unordered_map>

namespace whisper::registry {

std::string bare_name(const std::string &written) {
    std::string bare;
    bool quoted = false;
    for (std::size_t i = 0; i < written.size(); ++i) {
        char const c = written[i];
        if (c == '"') {
            quoted = !quoted;
            // "" inside quotes is one quote
            if (quoted && i > 0 && written[i - 1] == '"') bare += c;
        } else if (c == '.' && !quoted) {
            bare.clear();
        } else {
            bare += !quoted && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
    }
    return bare;
}

boost::container::vector<table_conflict> find_conflicts(const registry &r) {
    boost::container::vector<table_conflict> conflicts;
    std::unordered_map<std::string, const revision_record *> creator;
    for (const revision_record &record : r.revisions)
        for (const std::string &written : record.creates) {
            std::string const table = bare_name(written);
            auto const [known, fresh] = creator.emplace(table, &record);
            if (!fresh && known->second->tier != record.tier) conflicts.push_back({table, known->second, &record});
        }
    return conflicts;
}

std::string describe(const table_conflict &c) {
    auto const named = [](const revision_record &r) {
        return "revision \"" + r.revision + "\" of tier \"" + r.tier + "\"";
    };
    return "table \"" + c.table + "\" is created by " + named(*c.first) + " and by " + named(*c.second);
}

}   // namespace whisper::registry

#include "registry/conflicts.hpp"

#include <unordered_map>

namespace whisper::registry {

boost::container::vector<table_conflict> find_conflicts(const registry &r) {
    boost::container::vector<table_conflict> conflicts;
    std::unordered_map<std::string, const revision_record *> creator;
    for (const revision_record &record : r.revisions)
        for (const script::qualified_name &table : record.creates) {
            std::string const schema = table.schema.empty() ? "public" : table.schema;
            auto const [known, fresh] = creator.emplace(schema + '\0' + table.name, &record);
            if (!fresh && known->second->tier != record.tier) conflicts.push_back({table, known->second, &record});
        }
    return conflicts;
}

std::string subject_of(const table_conflict &c) {
    bool const shown = !c.table.schema.empty() && c.table.schema != "public";
    return shown ? c.table.schema + "." + c.table.name : c.table.name;
}

std::string describe(const table_conflict &c) {
    auto const named = [](const revision_record &r) {
        return "revision \"" + r.revision + "\" of tier \"" + r.tier + "\"";
    };
    return "table \"" + subject_of(c) + "\" is created by " + named(*c.first) + " and by " + named(*c.second);
}

}   // namespace whisper::registry

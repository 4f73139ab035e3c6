#include "pg/insert_rows.hpp"

namespace whisper::pg::detail {

std::string insert_of_rows(const char *table, std::span<const std::pair<const char *, const char *>> columns) {
    std::string names, selected, arrays, aliases;
    int number = 0;
    for (auto const &[name, expression] : columns) {
        names += (names.empty() ? "" : ", ") + std::string(name);
        selected += (selected.empty() ? "" : ", ") + std::string(expression ? expression : "r." + std::string(name));
        if (expression) continue;
        arrays += (arrays.empty() ? "unnest($" : ", unnest($") + std::to_string(++number) + ')';
        aliases += (aliases.empty() ? "" : ", ") + std::string(name);
    }
    return "INSERT INTO " + std::string(table) + " (" + names + ") SELECT " + selected + " FROM ROWS FROM (" + arrays +
           ") AS r (" + aliases + ") ";
}

}   // namespace whisper::pg::detail

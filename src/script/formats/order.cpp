#include "script/formats/order.hpp"

#include "script/characters.hpp"
#include "script/formats/lines.hpp"
#include "script/tool_layout.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

// What a name begins with, as its version.
struct version_part {
    std::string_view digits;   // with separators where they are Flyway's
    bool flyway = false;
};

version_part version_at(std::string_view file) {
    bool const flyway = file.size() > 1 && (file[0] == 'V' || file[0] == 'U') && is_digit(file[1]);
    if (!flyway) {
        auto const end = std::ranges::find_if_not(file, is_digit);
        return {file.substr(0, static_cast<std::size_t>(end - file.begin())), false};
    }
    std::string_view const version = file.substr(1, file.find("__") - 1);
    return {is_flyway_version(version) ? version : std::string_view(), true};
}

int compare_at(const version_part &a, const version_part &b) {
    if (!a.flyway || !b.flyway) return compare_numbers(a.digits, b.digits);
    auto const order = compare_versions(a.digits, b.digits);
    return std::is_lt(order) ? -1 : std::is_gt(order) ? 1 : 0;
}

}   // namespace

std::optional<order_note> find_order(const boost::container::vector<std::string> &files) {
    for (std::size_t i = 1; i < files.size(); ++i) {
        const std::string &a = files[i - 1], &b = files[i];
        version_part const x = version_at(a), y = version_at(b);
        if (x.digits.empty() || y.digits.empty()) continue;
        int const by_number = compare_at(x, y), by_bytes = a.compare(b);
        if (by_number < 0 && by_bytes > 0) return order_note{true, a, b};
        if (by_number > 0 && by_bytes < 0) return order_note{false, a, b};
    }
    return std::nullopt;
}

}   // namespace whisper::script::formats

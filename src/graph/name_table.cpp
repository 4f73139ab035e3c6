#include "graph/name_table.hpp"

#include <bit>
#include <functional>

namespace whisper::graph {

void name_table::reserve(std::size_t count) {
    names_.reserve(count);
    slots_.resize(std::bit_ceil(2 * count + 2));
}

name_table::place name_table::find_place(std::string_view name) const noexcept {
    std::size_t const hash = std::hash<std::string_view>{}(name), mask = slots_.size() - 1;
    auto const tag = static_cast<std::uint32_t>(hash >> 32);
    std::size_t i = hash & mask;
    while (slots_[i].number != unused && (slots_[i].hash != tag || names_[slots_[i].number] != name))
        i = (i + 1) & mask;
    return {i, tag};
}

std::optional<index> name_table::insert(std::string_view name) {
    place const p = find_place(name);
    slot &s = slots_[p.slot];
    if (s.number != unused) return s.number;
    s = {p.hash, static_cast<index>(names_.size())};
    names_.push_back(name);
    return std::nullopt;
}

std::optional<index> name_table::find(std::string_view name) const noexcept {
    if (slots_.empty()) return std::nullopt;
    slot const &s = slots_[find_place(name).slot];
    return s.number != unused ? std::optional(s.number) : std::nullopt;
}

}   // namespace whisper::graph

// "Did you mean": cheap enough for an error path over a hundred thousand names.

#include "graph/messages.hpp"
#include "interrupts.hpp"

#include <algorithm>
#include <array>

namespace whisper::graph {

namespace {

constexpr std::size_t longest = 64, most_similar = 3, shortest_part = 3;

// Single-character edits between two names of at most `longest` characters.
std::size_t distance(std::string_view a, std::string_view b) {
    std::array<std::size_t, longest + 1> row;
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            std::size_t const replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
        }
    }
    return row[b.size()];
}

}   // namespace

std::string similar_names(std::string_view name, std::span<const std::string_view> known) {
    if (name.empty() || name.size() > longest) return {};
    std::size_t const tolerance = 1 + name.size() / 6;
    struct candidate {
        std::size_t distance;
        std::string_view name;
    };
    boost::container::small_vector<candidate, most_similar + 1> best;
    interrupt_check check;
    for (std::string_view other : known) {
        check();
        if (other.empty() || other.size() > longest) continue;
        std::size_t apart = tolerance + 1;
        if (other.size() <= name.size() + tolerance && name.size() <= other.size() + tolerance)
            apart = distance(name, other);
        // A part of a long name is a better guess than nothing, but worse than a slip of the finger.
        if (apart > tolerance && (name.size() < shortest_part || other.find(name) == other.npos)) continue;
        auto const place = std::ranges::find_if(best, [&](const candidate &c) { return c.distance > apart; });
        best.insert(place, {apart, other});
        if (best.size() > most_similar) best.pop_back();
    }
    std::string text;
    for (const candidate &c : best) text += (text.empty() ? "similar: " : ", ") + quoted(c.name);
    return text;
}

}   // namespace whisper::graph

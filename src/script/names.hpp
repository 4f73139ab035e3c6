#pragma once
// What revision ids, labels, tiers and profiles may be called.

#include <string_view>

namespace whisper::script {

// Nothing when `name` is valid; otherwise what is wrong with it, as a sentence for DETAIL.
std::string_view name_problem(std::string_view name) noexcept;

// The same for a revision's id, which may be longer.
std::string_view id_problem(std::string_view id) noexcept;

inline constexpr std::string_view name_hint =
    "Names have 1 to 63 letters, digits, underscores, hyphens and dots; \"head\", \"heads\" and \"base\" are taken.";
inline constexpr std::string_view id_hint =
    "Ids have 1 to 255 letters, digits, underscores, hyphens and dots; \"head\", \"heads\" and \"base\" are taken.";

}   // namespace whisper::script

#pragma once
// The arguments of psql's commands, as psql reads them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace whisper::script {

enum class active_kind : std::uint8_t { shell, variable, command };

struct active_argument {
    active_kind kind;
    std::string_view text;   // "`date`", ":name", "\!"
};

// The first part of a command's arguments, up to the end of the line, that psql would not take as text: a shell command
// in backticks, a variable, or a command behind this one. What is in quotes is text, apart from variables whose own
// they are.
std::optional<active_argument> find_active(std::string_view arguments) noexcept;

}   // namespace whisper::script

#include "script/origin.hpp"

#include "script/characters.hpp"

#include <algorithm>
#include <charconv>

namespace whisper::script {

namespace {

constexpr std::string_view marker_command = "\\line ";
constexpr int highest_line = 1'000'000'000;   // more lines than a script can have, and far from overflow

}   // namespace

std::string describe_place(std::string_view file, int line) {
    std::string const number = "line " + std::to_string(line);
    return file.empty() ? number : "file \"" + std::string(file) + "\", " + number;
}

std::optional<line_marker> parse_line_marker(std::string_view command) noexcept {
    if (!command.starts_with(marker_command)) return std::nullopt;
    command.remove_prefix(marker_command.size());
    line_marker found{0, {}};
    auto const [end, error] = std::from_chars(command.data(), command.data() + command.size(), found.line);
    if (error != std::errc() || found.line < 1 || found.line > highest_line) return std::nullopt;
    command.remove_prefix(static_cast<std::size_t>(end - command.data()));
    if (command.size() < 2 || command.front() != ' ') return std::nullopt;
    found.file = command.substr(1);
    return found;
}

void append_line_marker(std::string &script, int line, std::string_view file) {
    script.append(marker_command).append(std::to_string(line)).append(" ");
    std::size_t const start = script.size();
    script.append(file);
    // A file's name may hold a line end, and the rest of it must not become SQL.
    std::replace_if(script.begin() + static_cast<std::ptrdiff_t>(start), script.end(), is_line_end, ' ');
    script += '\n';
}

bool line_origin::accept(std::string_view command, int line) noexcept {
    std::optional<line_marker> const marker = parse_line_marker(command);
    if (!marker) return false;
    file_ = marker->file;
    shift_ = marker->line - (line + 1);
    after_marker_ = true;
    return true;
}

}   // namespace whisper::script

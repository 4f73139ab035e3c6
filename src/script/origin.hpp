#pragma once
// Where the lines of a script come from. Includes leave line markers: "\line 7 lib/types.sql" says that the line below
// it is line 7 of that file.

#include <optional>
#include <string>
#include <string_view>

namespace whisper::script {

// 'file "core/001.sql", line 7', or 'line 7' of a script without a name.
std::string describe_place(std::string_view file, int line);

struct line_marker {
    int line;
    std::string_view file;
};

// Nothing when the psql command is no line marker.
std::optional<line_marker> parse_line_marker(std::string_view command) noexcept;
void append_line_marker(std::string &script, int line, std::string_view file);

// Follows the line markers while a script is read from its start to its end.
class line_origin {
public:
    // What holds before the first marker: the script begins in line `first_line` of `file`.
    explicit line_origin(std::string_view file, int first_line = 1) noexcept : file_(file), shift_(first_line - 1) {}

    // Takes a psql command in line `line` of the script; true when it is a line marker.
    bool accept(std::string_view command, int line) noexcept;
    bool after_marker() const noexcept { return after_marker_; }
    std::string_view file() const noexcept { return file_; }
    // The line of file() that line `line` of the script is.
    int line(int line) const noexcept { return line + shift_; }

private:
    std::string_view file_;
    int shift_;
    bool after_marker_ = false;
};

}   // namespace whisper::script

#pragma once
// Lines of a script that may be markers, and sections put together from them.

#include "script/formats/format.hpp"

#include <functional>
#include <string_view>

namespace whisper::script::formats {

struct script_line {
    std::size_t start, end;   // of the line in the script, without its line end
    int line;                 // 1-based, in `script`
    std::string_view text;    // without blanks around it
};

// Calls `take` with each line that begins outside of strings, quoted names, dollar quotes and COPY data, and whose
// first character that is not a blank is one of '-', '#' and '/'. Throws syntax_error naming `file` where the text
// cannot be cut into tokens and may have such a line further down. O(length).
void for_each_marker_line(std::string_view script, std::string_view file,
                          const std::function<void(const script_line &)> &take);

// Cuts sections out of `script`. A section's line is that of its first character; where it is opened again, a line
// marker keeps the pieces apart, so that errors name the right line. `file` is its path in the pack.
class section_writer {
public:
    section_writer(std::string_view script, std::string_view file) : script_(script), file_(file) {}
    // Opens the section, whose text begins behind the line `marker`.
    void begin(section &into, const script_line &marker);
    void begin_at_start(section &into);
    // Ends the open section, if one is, before the line.
    void end_before(const script_line &marker);
    void end_at_end();
    // Puts `text` in the place of the line: "" or ";".
    void replace(const script_line &marker, std::string_view text);
    bool is_open() const noexcept { return into_ != nullptr; }

private:
    void append(std::size_t end);

    std::string_view script_, file_;
    section *into_ = nullptr;
    std::size_t from_ = 0;
};

// Names by the digits at their beginning, as numbers of any length, and then by the bytes of the rest; as compare().
int compare_numbers(std::string_view a, std::string_view b) noexcept;

}   // namespace whisper::script::formats

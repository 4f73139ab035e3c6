#pragma once
// Markers of other tools: none may ever count as a comment.

#include <span>
#include <string_view>

namespace whisper::script::formats {

struct foreign_marker {
    std::string_view beginning;   // of the line behind its dashes, in small letters with single blanks
    std::string_view tool;        // as it is called
    std::string_view owner;       // the format that understands it; empty when there is none
    bool prose = false;           // a comment may begin like that without being one
};

std::span<const foreign_marker> foreign_markers();

// Throws invalid_pack, naming file, line, tool and what to do, for a line outside of strings that is a marker of
// another tool than `format` (empty for plain files, where lines that are nearly a marker are errors, too), and, in
// plain files, for what a template engine would have to fill in.
void require_no_foreign(std::string_view script, std::string_view file, std::string_view format);

}   // namespace whisper::script::formats

#include "script/splitter.hpp"

#include "script/reader.hpp"

namespace whisper::script {

pieces split(std::string_view script, memory *resource) {
    pieces found(resource);
    split(script, found);
    return found;
}

void split(std::string_view script, pieces &found) {
    script_reader reader(script);
    piece statement{};
    bool open = false;
    auto close = [&] {
        if (open) found.push_back(statement);
        open = false;
    };
    for (;;) {
        event const e = reader.next();
        switch (e.kind) {
            case event_kind::token:
                if (!open) statement = {piece_kind::statement, e.at.line, e.at.offset, 0, 0, 0};
                open = true;
                statement.length = e.at.offset + e.at.length - statement.offset;
                break;
            case event_kind::copy_data:
                statement.kind = piece_kind::copy_data;
                statement.data_offset = e.data_offset;
                statement.data_length = e.data_length;
                close();
                break;
            case event_kind::command: {
                bool const in_statement = open;
                close();
                found.push_back({piece_kind::psql_command, e.at.line, e.at.offset, e.at.length, 0, 0, in_statement});
                break;
            }
            case event_kind::semicolon:
                close();
                break;
            case event_kind::comment:
                break;
            case event_kind::end:
                close();
                return;
        }
    }
}

}   // namespace whisper::script

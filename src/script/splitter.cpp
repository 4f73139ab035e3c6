#include "script/splitter.hpp"

#include <utility>

namespace whisper::script {

bool piece_reader::next(piece &found) {
    if (command_) {
        found = *std::exchange(command_, std::nullopt);
        return true;
    }
    for (bool open = false;;) {
        event const e = reader_.next();
        switch (e.kind) {
            case event_kind::token:
                if (!open) found = {piece_kind::statement, e.at.line, e.at.offset, 0, 0, 0};
                open = true;
                found.length = e.at.offset + e.at.length - found.offset;
                break;
            case event_kind::copy_data:
                found.kind = piece_kind::copy_data;
                found.data_offset = e.data_offset;
                found.data_length = e.data_length;
                return true;
            case event_kind::command: {
                piece const command{piece_kind::psql_command, e.at.line, e.at.offset, e.at.length, 0, 0, open};
                (open ? command_.emplace() : found) = command;
                return true;
            }
            case event_kind::semicolon:
                if (open) return true;
                break;
            case event_kind::comment:
                break;
            case event_kind::end:
                return open;
        }
    }
}

pieces split(std::string_view script, memory *resource) {
    pieces found(resource);
    split(script, found);
    return found;
}

void split(std::string_view script, pieces &found) {
    piece_reader reader(script);
    for (piece p{}; reader.next(p);) found.push_back(p);
}

}   // namespace whisper::script

#pragma once
// "-- migrate:batch table=T key=id size=10000 pause=50ms": one statement that changes many rows, cut into ranges of a
// key.

#include "script/header.hpp"
#include "script/statement.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace whisper::script {

struct batch_options {
    std::string table, key;          // as written, with quotes where they have some
    std::int64_t size = 10000;       // rows a range
    std::int64_t milliseconds = 0;   // to wait after each range
};

// The options behind the marker's name. Throws invalid_pack naming the option and the place.
batch_options parse_batch_options(std::string_view options, const file_place &place);

// How the statement compares its key with an end of the range: ">= :batch_start", "<= :batch_end" and BETWEEN take
// the end in.
struct batch_statement {
    std::string sql;   // with $1 for :batch_start and $2 for :batch_end
    bool start_exclusive = false, end_exclusive = false;
    int line = 1;   // in its file
};

// `first_line` is the line of the section in `file`. Throws invalid_pack when the section is not one UPDATE, DELETE,
// INSERT or MERGE that uses both :batch_start and :batch_end; what compile() throws.
batch_statement compile_batch(const statement_reader &reader, std::string_view section, std::string_view file,
                              int first_line);

// What a batch promises: table and key count for its checksum; size and pause may be tuned at any time.
std::string batch_identity(const batch_options &options);

}   // namespace whisper::script

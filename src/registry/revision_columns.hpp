#pragma once
// The columns of whisper.revision, each told once: how it is written, and how it is read.

#include "pg/spi.hpp"
#include "registry/model.hpp"

namespace whisper::registry {

struct revision_column {
    enum group : unsigned char {
        key,        // never changes
        place,      // may change while the text stays as it was
        contents,   // changes with the text
        derived     // read only, by `expression`
    };
    const char *name;
    group part;
    Oid type;                                    // of what `put` gives
    pg::value (*put)(const revision_record &);   // what belongs to the text finds it in the record
    void (*get)(revision_record &, const pg::rows &, std::size_t row,
                int column) = nullptr;                                           // null: read with the text
    void (*get_text)(revision_text &, const pg::rows &, int column) = nullptr;   // null: is not text
    const char *expression = nullptr;   // selected in place of the column by `get`
};

std::span<const revision_column> revision_columns() noexcept;

}   // namespace whisper::registry

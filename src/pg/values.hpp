#pragma once
// C++ values to Datums and back. Made in CurrentMemoryContext; everything that can raise is guarded.

#include "pg/guard.hpp"

namespace whisper::pg {

using strings = boost::container::vector<std::string>;

struct interval_microseconds {
    int64 microseconds = 0;
};
struct timestamp {
    TimestampTz at = 0;   // microseconds since 2000-01-01 UTC, as the server has it
};
struct bytes {
    std::string_view content;
};

struct value {
    Oid type = InvalidOid;
    Datum datum = 0;
    bool null = true;
};

value to_value(std::string_view text);
value to_value(bytes content);
value to_value(bool flag) noexcept;
value to_value(int32 number) noexcept;
value to_value(int64 number) noexcept;
value to_value(interval_microseconds duration);
value to_value(timestamp moment) noexcept;
value to_value(std::span<const std::string> texts);                 // text[]
value to_value(std::span<const int32> numbers);                     // int4[]
value to_value(std::span<const int64> numbers);                     // int8[]
value to_value(std::span<const Oid> oids);                          // oid[]
value to_value(std::span<const bool> flags);                        // bool[]
value to_value(std::span<const bytes> contents);                    // bytea[]
value to_value(std::span<const timestamp> moments);                 // timestamptz[]
value to_value(std::span<const interval_microseconds> durations);   // interval[]
value texts_or_nulls(std::span<const std::string> texts);           // text[]; '' is NULL
value bytes_or_nulls(std::span<const bytes> contents);              // bytea[]; what is empty is NULL
template <class T>
value to_value(const boost::container::vector<T> &items) {
    return to_value(std::span<const T>(items.data(), items.size()));
}
inline value to_value(const std::string &text) { return to_value(std::string_view(text)); }
inline value to_value(const char *text) { return to_value(std::string_view(text)); }
inline value null_value(Oid type) noexcept { return {type, 0, true}; }
template <class T>
value to_value(const std::optional<T> &maybe) {
    if (maybe) return to_value(*maybe);
    return null_value(to_value(T{}).type);
}
value oid_value(Oid oid) noexcept;           // type oid
value name_value(const std::string &name);   // type name
// '' as NULL: for columns where an empty text says nothing.
value text_or_null(std::string_view text);

// The beginning of the text that has at most `most` bytes and ends with a whole character.
std::string_view whole_characters(std::string_view text, std::size_t most);

std::string text_of(Datum datum);        // text, name is name_of
std::string bytes_of(Datum datum);       // bytea
strings texts_of(Datum datum);           // text[]; NULL elements are left out
int64 microseconds_of(Datum interval);   // days as 24 hours, months as 30 days

std::string current_user_name();   // whose rights are in force
std::string session_role_name();   // who is at work: SET ROLE counts, the engine's own change of rights does not

std::string random_hexadecimal(std::size_t digits);   // from the server's strong random source, at most 64
std::string shown(timestamp moment);                  // as the session prints a timestamptz
timestamp now() noexcept;                             // the clock, not the transaction's start

}   // namespace whisper::pg

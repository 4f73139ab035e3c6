#include "pg/values.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
}

namespace whisper::pg {
namespace {

struct element_type {
    Oid element, array;
    int length;
    bool by_value;
    char alignment;
};

// `convert` makes an element, or leaves the flag set for NULL.
template <class T, class Convert>
value array_value(std::span<const T> items, const element_type &type, Convert convert) {
    int const count = static_cast<int>(items.size());
    const T *const first = items.data();
    Datum const datum = guarded([=] {
        auto *const cells = static_cast<Datum *>(palloc(sizeof(Datum) * (count > 0 ? count : 1)));
        auto *const nulls = static_cast<bool *>(palloc0(sizeof(bool) * (count > 0 ? count : 1)));
        for (int i = 0; i < count; ++i) cells[i] = convert(first[i], nulls[i]);
        int size = count, lower_bound = 1;
        ArrayType *const made = construct_md_array(cells, nulls, count > 0 ? 1 : 0, &size, &lower_bound, type.element,
                                                   type.length, type.by_value, type.alignment);
        pfree(cells);
        pfree(nulls);
        return PointerGetDatum(made);
    });
    return {type.array, datum, false};
}

Datum text_datum(std::string_view text) {
    return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
}

constexpr element_type text_type{TEXTOID, TEXTARRAYOID, -1, false, TYPALIGN_INT};
constexpr element_type bytea_type{BYTEAOID, BYTEAARRAYOID, -1, false, TYPALIGN_INT};   // with the layout of text

// Neither compressed nor out of line: reading it cannot raise.
bool is_plain(const varlena *v) noexcept { return !VARATT_IS_EXTERNAL(v) && !VARATT_IS_COMPRESSED(v); }

// An array without elements, seen without unpacking it: most arrays of the catalog are empty.
bool is_empty_array(Datum datum) noexcept {
    auto const *const plain = reinterpret_cast<const varlena *>(DatumGetPointer(datum));
    if (!is_plain(plain)) return false;
    int dimensions = 0;   // the first field after the length, in an unaligned place when the length is a short one
    std::memcpy(&dimensions, VARDATA_ANY(plain), sizeof(dimensions));
    return dimensions == 0;
}

}   // namespace

value to_value(std::string_view text) {
    return {TEXTOID, PointerGetDatum(call(cstring_to_text_with_len, text.data(), static_cast<int>(text.size()))),
            false};
}

value to_value(bytes content) {
    value made = to_value(content.content);   // bytea and text share their layout
    made.type = BYTEAOID;
    return made;
}

value to_value(bool flag) noexcept { return {BOOLOID, BoolGetDatum(flag), false}; }
value to_value(int32 number) noexcept { return {INT4OID, Int32GetDatum(number), false}; }
value to_value(int64 number) noexcept { return {INT8OID, Int64GetDatum(number), false}; }
value to_value(timestamp moment) noexcept { return {TIMESTAMPTZOID, TimestampTzGetDatum(moment.at), false}; }

value to_value(interval_microseconds duration) {
    auto *const made = static_cast<Interval *>(call(palloc0, sizeof(Interval)));
    made->time = duration.microseconds;
    return {INTERVALOID, IntervalPGetDatum(made), false};
}

value to_value(std::span<const std::string> texts) {
    return array_value(texts, text_type, [](const std::string &text, bool &) { return text_datum(text); });
}

value texts_or_nulls(std::span<const std::string> texts) {
    return array_value(texts, text_type, [](const std::string &text, bool &null) {
        null = text.empty();
        return null ? Datum{} : text_datum(text);
    });
}

value to_value(std::span<const bytes> contents) {
    return array_value(contents, bytea_type, [](bytes b, bool &) { return text_datum(b.content); });
}

value bytes_or_nulls(std::span<const bytes> contents) {
    return array_value(contents, bytea_type, [](bytes b, bool &null) {
        null = b.content.empty();
        return null ? Datum{} : text_datum(b.content);
    });
}

value to_value(std::span<const int32> numbers) {
    return array_value(numbers, {INT4OID, INT4ARRAYOID, 4, true, TYPALIGN_INT},
                       [](int32 n, bool &) { return Int32GetDatum(n); });
}

value to_value(std::span<const int64> numbers) {
    return array_value(numbers, {INT8OID, INT8ARRAYOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE},
                       [](int64 n, bool &) { return Int64GetDatum(n); });
}

value to_value(std::span<const Oid> oids) {
    return array_value(oids, {OIDOID, OIDARRAYOID, 4, true, TYPALIGN_INT},
                       [](Oid o, bool &) { return ObjectIdGetDatum(o); });
}

value to_value(std::span<const bool> flags) {
    return array_value(flags, {BOOLOID, BOOLARRAYOID, 1, true, TYPALIGN_CHAR},
                       [](bool flag, bool &) { return BoolGetDatum(flag); });
}

value to_value(std::span<const timestamp> moments) {
    return array_value(moments, {TIMESTAMPTZOID, TIMESTAMPTZARRAYOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE},
                       [](timestamp t, bool &) { return TimestampTzGetDatum(t.at); });
}

value to_value(std::span<const interval_microseconds> durations) {
    return array_value(durations, {INTERVALOID, INTERVALARRAYOID, sizeof(Interval), false, TYPALIGN_DOUBLE},
                       [](interval_microseconds duration, bool &) {
                           auto *const made = static_cast<Interval *>(palloc0(sizeof(Interval)));
                           made->time = duration.microseconds;
                           return IntervalPGetDatum(made);
                       });
}

value oid_value(Oid oid) noexcept { return {OIDOID, ObjectIdGetDatum(oid), false}; }

value name_value(const std::string &name) {
    const char *const text = name.c_str();
    return {NAMEOID, guarded([=] { return DirectFunctionCall1(namein, CStringGetDatum(text)); }), false};
}

value text_or_null(std::string_view text) { return text.empty() ? null_value(TEXTOID) : to_value(text); }

std::string_view whole_characters(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    int const limit = static_cast<int>(most);
    return text.substr(0, static_cast<std::size_t>(call(pg_mbcliplen, text.data(), limit, limit)));
}

std::string text_of(Datum datum) {
    auto const *const plain = reinterpret_cast<const varlena *>(DatumGetPointer(datum));
    if (is_plain(plain)) return {VARDATA_ANY(plain), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(plain))};
    text *const whole = guarded([=] { return DatumGetTextPP(datum); });
    std::string copy(VARDATA_ANY(whole), VARSIZE_ANY_EXHDR(whole));
    if (PointerGetDatum(whole) != datum) pfree(whole);   // it was fetched for us, and may be large
    return copy;
}

std::string bytes_of(Datum datum) { return text_of(datum); }

strings texts_of(Datum datum) {
    if (is_empty_array(datum)) return {};
    struct cells {
        Datum *items;
        bool *nulls;
        int count;
    };
    cells const c = guarded([=] {
        cells out{};
        deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &out.items, &out.nulls,
                          &out.count);
        return out;
    });
    strings texts;
    texts.reserve(static_cast<std::size_t>(c.count));
    for (int i = 0; i < c.count; ++i)
        if (!c.nulls[i]) texts.push_back(text_of(c.items[i]));
    return texts;
}

int64 microseconds_of(Datum interval) {
    const Interval *const i = DatumGetIntervalP(interval);
    // At most 2^31 * 31 days; in microseconds that can be too many, and what infinity is made of always is.
    int64 const days = static_cast<int64>(i->month) * 30 + i->day;
    int64 whole = 0, sum = 0;
    if (__builtin_mul_overflow(days, USECS_PER_DAY, &whole) || __builtin_add_overflow(whole, i->time, &sum))
        return days < 0 ? PG_INT64_MIN : PG_INT64_MAX;
    return sum;
}

std::string current_user_name() { return call(GetUserNameFromId, GetUserId(), false); }

std::string session_role_name() {
    Oid const role = GetCurrentRoleId();   // invalid when no SET ROLE is in force
    return call(GetUserNameFromId, OidIsValid(role) ? role : GetSessionUserId(), false);
}

std::string random_hexadecimal(std::size_t digits) {
    static constexpr char hexadecimal[] = "0123456789abcdef";
    std::array<unsigned char, 64> noise{};
    if (digits > noise.size() || !pg_strong_random(noise.data(), digits))
        throw failure(sqlstate::internal_error, "could not generate random values");
    std::string text;
    for (std::size_t i = 0; i < digits; ++i) text += hexadecimal[noise[i] & 15];
    return text;
}

std::string shown(timestamp moment) { return call(timestamptz_to_str, moment.at); }

timestamp now() noexcept { return {GetCurrentTimestamp()}; }

}   // namespace whisper::pg

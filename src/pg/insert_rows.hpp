#pragma once
// INSERT of many rows in one statement: a table says once which member of a C++ row goes into which column.

#include "pg/spi.hpp"

namespace whisper::pg {

template <class Row>
struct column {
    const char *name;
    value (*values)(std::span<const Row>);   // an array with an element for each row; null: `expression` gives it
    const char *expression = nullptr;
};

namespace detail {

template <class T, class Row>
boost::container::vector<T> members(std::span<const Row> rows, T Row::*member) {
    boost::container::vector<T> all;
    all.reserve(rows.size());
    for (const Row &row : rows) all.push_back(row.*member);
    return all;
}

template <class Row>
boost::container::vector<bytes> contents(std::span<const Row> rows, std::string Row::*member) {
    boost::container::vector<bytes> all;
    all.reserve(rows.size());
    for (const Row &row : rows) all.push_back({row.*member});
    return all;
}

// INSERT INTO table (columns) SELECT … FROM ROWS FROM (unnest($1), …); names and expressions are the caller's own.
std::string insert_of_rows(const char *table, std::span<const std::pair<const char *, const char *>> columns);

}   // namespace detail

// For a column's `values`: the members as they are; with '' as NULL; as bytea, likewise.
template <auto member, class Row>
value each(std::span<const Row> rows) {
    return to_value(detail::members(rows, member));
}
template <auto member, class Row>
value each_or_null(std::span<const Row> rows) {
    boost::container::vector<std::string> const texts = detail::members(rows, member);
    return texts_or_nulls({texts.data(), texts.size()});
}
template <auto member, class Row>
value each_bytes(std::span<const Row> rows) {
    return to_value(detail::contents(rows, member));
}
template <auto member, class Row>
value each_bytes_or_null(std::span<const Row> rows) {
    boost::container::vector<bytes> const all = detail::contents(rows, member);
    return bytes_or_nulls({all.data(), all.size()});
}

// In the order of the rows. `tail` follows the statement: ON CONFLICT, say. Nothing for no rows.
template <class Row, std::size_t n>
void insert_rows(spi_session &session, const char *table, const column<Row> (&columns)[n], std::span<const Row> rows,
                 const char *tail = "") {
    if (rows.empty()) return;
    std::pair<const char *, const char *> names[n];
    boost::container::small_vector<value, n> values;
    for (std::size_t i = 0; i < n; ++i) {
        names[i] = {columns[i].name, columns[i].expression};
        if (!columns[i].expression) values.push_back(columns[i].values(rows));
    }
    std::string const sql = detail::insert_of_rows(table, names) + tail;
    session.query_catalog(sql.c_str(), std::span<const value>(values.data(), values.size()));
}

}   // namespace whisper::pg

#pragma once
// SQL through SPI: sessions, parameters, rows.

#include "pg/values.hpp"

namespace whisper::pg {

// The values of $1 and so on; valid as long as what they were made of.
class parameters {
public:
    parameters() = default;
    parameters(std::initializer_list<value> values) : values_(values.begin(), values.size()) {}
    parameters(std::span<const value> values) : values_(values) {}
    auto begin() const noexcept { return values_.begin(); }
    auto end() const noexcept { return values_.end(); }
    std::size_t size() const noexcept { return values_.size(); }

private:
    std::span<const value> values_;
};

// The rows of a query. Lives inside the session that made it.
class rows {
public:
    explicit rows(SPITupleTable *table)
        : table_(table), datums_(static_cast<std::size_t>(columns())), nulls_(static_cast<std::size_t>(columns())) {}
    rows(rows &&other) noexcept
        : table_(std::exchange(other.table_, nullptr)),
          datums_(std::move(other.datums_)),
          nulls_(std::move(other.nulls_)),
          current_(other.current_) {}
    rows(const rows &) = delete;
    rows &operator=(const rows &) = delete;
    // An error may have come out of another SPI session within this one, which is the current one until the rollback
    // that ends it and frees these rows, too.
    ~rows() {
        if (table_ && std::uncaught_exceptions() == 0) SPI_freetuptable(table_);
    }

    std::size_t size() const noexcept { return table_ ? table_->numvals : 0; }
    int columns() const noexcept { return table_ ? table_->tupdesc->natts : 0; }
    Oid column_type(int column) const noexcept { return TupleDescAttr(table_->tupdesc, column)->atttypid; }
    std::string column_name(int column) const { return NameStr(TupleDescAttr(table_->tupdesc, column)->attname); }

    // Rows and columns count from 0; a row that is not there is a failure. Reading a row's columns one after the other
    // is cheap. The typed readers expect a value that is not NULL, except where they say otherwise.
    bool is_null(std::size_t row, int column) const;
    Datum datum(std::size_t row, int column) const;
    // As it is, type included; valid as long as the rows are.
    value cell(std::size_t row, int column) const {
        return {column_type(column), datum(row, column), is_null(row, column)};
    }
    bool boolean(std::size_t row, int column) const { return DatumGetBool(datum(row, column)); }
    int32 int4(std::size_t row, int column) const { return DatumGetInt32(datum(row, column)); }
    int64 int8(std::size_t row, int column) const { return DatumGetInt64(datum(row, column)); }
    Oid oid(std::size_t row, int column) const { return DatumGetObjectId(datum(row, column)); }
    timestamp time(std::size_t row, int column) const { return {DatumGetTimestampTz(datum(row, column))}; }
    std::string text(std::size_t row, int column) const;      // text or bytea; NULL gives ''
    strings texts(std::size_t row, int column) const;         // text[]; NULL gives none
    std::string as_text(std::size_t row, int column) const;   // any type, by its output function; NULL gives ''

private:
    void take_apart(std::size_t row) const;

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    SPITupleTable *table_;
    // Of the row read last: finding a column in a tuple walks over those before it.
    mutable boost::container::small_vector<Datum, 24> datums_;
    mutable boost::container::small_vector<bool, 24> nulls_;
    mutable std::size_t current_ = none;
};

// SPI_connect for a scope. Results for the caller are to be made after the session is gone, or in their own context.
class spi_session {
public:
    explicit spi_session(bool non_atomic = false) { call(SPI_connect_ext, non_atomic ? SPI_OPT_NONATOMIC : 0); }
    spi_session(const spi_session &) = delete;
    spi_session &operator=(const spi_session &) = delete;
    ~spi_session() {
        for (auto const &[sql, plan] : plans_) SPI_freeplan(plan);
        SPI_finish();   // returns a code, does not raise
    }

    // The engine's own SQL, where pg::engine_scope or another scope has set its search_path: what has no schema is
    // PostgreSQL's. Throws failure (internal_error) under any other path.
    rows query_catalog(const char *sql, parameters arguments = {});
    // Under whatever search_path is in force: every function, type and operator of ours has its schema. Also for the
    // SQL of others.
    rows query_as_caller(const char *sql, parameters arguments = {}, bool read_only = false);
    // As query_catalog(), for a statement that this session runs many times with values of the same types: it is
    // planned once. `sql` is known by its address.
    rows query_often(const char *sql, parameters arguments);
    // Likewise, as query_as_caller().
    rows query_often_as_caller(const char *sql, parameters arguments);
    // Sees what is committed now, whatever snapshot the transaction keeps.
    rows query_latest(const char *sql);
    // For a statement whose rows nobody wants: they are thrown away as they come. Returns the number of rows
    // processed. Throws failure 2D000 for transaction control.
    uint64 run(const char *sql, bool read_only = false);

private:
    boost::container::small_vector<std::pair<const char *, SPIPlanPtr>, 4> plans_;
};

// A statement planned once and run many times.
class prepared {
public:
    // Valid as long as the session, over the end of its transactions, too.
    prepared(const char *sql, std::span<const Oid> types);
    prepared(const prepared &) = delete;
    prepared &operator=(const prepared &) = delete;
    ~prepared() { SPI_freeplan(plan_); }
    rows execute(parameters arguments);
    // For a statement whose rows nobody wants. Returns the number of rows processed.
    uint64 run(parameters arguments) {
        execute(arguments);
        return SPI_processed;
    }

private:
    SPIPlanPtr plan_;
};

}   // namespace whisper::pg

#include "pg/spi.hpp"

#include "pg/memory.hpp"
#include "pg/settings.hpp"

#include <algorithm>

extern "C" {
#include "catalog/namespace.h"
#include "tcop/dest.h"
#include "utils/snapmgr.h"
}

namespace whisper::pg {
namespace {

struct argument_arrays {
    explicit argument_arrays(parameters arguments) {
        for (const value &v : arguments) {
            types.push_back(v.type);
            datums.push_back(v.datum);
            nulls.push_back(v.null ? 'n' : ' ');
        }
    }
    boost::container::small_vector<Oid, 16> types;
    boost::container::small_vector<Datum, 16> datums;
    boost::container::small_vector<char, 16> nulls;
};

// SPI reports what it will not run (COPY to the client, transaction control) by a code, not by an error.
void check_spi(int code) {
    if (code >= 0) return;
    switch (code) {
        case SPI_ERROR_TRANSACTION:
            throw failure("2D000", "transaction control is not allowed in a migration",
                          "a migration runs inside the transaction of whoever calls it",
                          "remove the statement from the migration");
        case SPI_ERROR_COPY:
            throw failure("0A000", "cannot COPY to or from the client in a migration");
        default:
            throw failure(sqlstate::internal_error, SPI_result_code_string(code));
    }
}

rows take_rows() {
    rows result(SPI_tuptable);
    SPI_tuptable = nullptr;
    return result;
}

void require_own_path(const char *sql) {
    if (std::string_view(namespace_search_path) != engine_search_path)
        throw failure(sqlstate::internal_error, "a query of the engine's runs under another search_path",
                      "search_path is \"" + std::string(namespace_search_path) + "\"; the query: " + sql);
}

}   // namespace

void rows::take_apart(std::size_t row) const {
    if (row == current_) return;
    if (row >= size())
        throw failure(sqlstate::internal_error, "a query gave fewer rows than expected",
                      "Its row " + std::to_string(row + 1) + " was asked for, of " + std::to_string(size()) + ".");
    heap_deform_tuple(table_->vals[row], table_->tupdesc, datums_.data(), nulls_.data());   // does not raise
    current_ = row;
}

bool rows::is_null(std::size_t row, int column) const {
    take_apart(row);
    return nulls_[static_cast<std::size_t>(column)];
}

Datum rows::datum(std::size_t row, int column) const {
    take_apart(row);
    return datums_[static_cast<std::size_t>(column)];
}

std::string rows::text(std::size_t row, int column) const {
    return is_null(row, column) ? std::string() : text_of(datum(row, column));
}

strings rows::texts(std::size_t row, int column) const {
    return is_null(row, column) ? strings() : texts_of(datum(row, column));
}

std::string rows::as_text(std::size_t row, int column) const {
    take_apart(row);
    const char *const shown = call(SPI_getvalue, table_->vals[row], table_->tupdesc, column + 1);
    return shown ? shown : "";
}

rows spi_session::query_catalog(const char *sql, parameters arguments) {
    require_own_path(sql);
    return query_as_caller(sql, arguments);
}

rows spi_session::query_as_caller(const char *sql, parameters arguments, bool read_only) {
    current_context const callers(CurrentMemoryContext);   // SPI goes back to its own
    argument_arrays a(arguments);
    check_spi(call(SPI_execute_with_args, sql, static_cast<int>(a.types.size()), a.types.data(), a.datums.data(),
                   static_cast<const char *>(a.nulls.data()), read_only, 0L));
    return take_rows();
}

rows spi_session::query_often(const char *sql, parameters arguments) {
    require_own_path(sql);
    return query_often_as_caller(sql, arguments);
}

rows spi_session::query_often_as_caller(const char *sql, parameters arguments) {
    argument_arrays a(arguments);
    auto known = std::ranges::find(plans_, sql, &std::pair<const char *, SPIPlanPtr>::first);
    if (known == plans_.end()) {
        plans_.reserve(plans_.size() + 1);   // nothing may throw once the plan is there
        SPIPlanPtr const plan = call(SPI_prepare, sql, static_cast<int>(a.types.size()), a.types.data());
        if (!plan) throw failure(sqlstate::internal_error, SPI_result_code_string(SPI_result));
        check_spi(call(SPI_keepplan, plan));   // only a kept plan hears of changes to what it uses
        plans_.emplace_back(sql, plan);
        known = plans_.end() - 1;
    }
    check_spi(
        call(SPI_execute_plan, known->second, a.datums.data(), static_cast<const char *>(a.nulls.data()), false, 0L));
    return take_rows();
}

rows spi_session::query_latest(const char *sql) {
    guarded([] { PushActiveSnapshot(GetLatestSnapshot()); });
    rows result = query_as_caller(sql, {}, true);   // an error before the pop takes the snapshot with it
    call(PopActiveSnapshot);
    return result;
}

uint64 spi_session::run(const char *sql, bool read_only) {
    current_context const callers(CurrentMemoryContext);   // SPI goes back to its own
    SPIExecuteOptions options{};
    options.read_only = read_only;
    options.dest = None_Receiver;
    check_spi(call(SPI_execute_extended, sql, static_cast<const SPIExecuteOptions *>(&options)));
    return SPI_processed;
}

prepared::prepared(const char *sql, std::span<const Oid> types) {
    boost::container::small_vector<Oid, 16> t(types.begin(), types.end());
    plan_ = call(SPI_prepare, sql, static_cast<int>(t.size()), t.data());
    if (!plan_) throw failure(sqlstate::internal_error, SPI_result_code_string(SPI_result));
    check_spi(call(SPI_keepplan, plan_));   // only a kept plan hears of changes to what it uses
}

rows prepared::execute(parameters arguments) {
    current_context const callers(CurrentMemoryContext);   // SPI goes back to its own
    argument_arrays a(arguments);
    check_spi(call(SPI_execute_plan, plan_, a.datums.data(), static_cast<const char *>(a.nulls.data()), false, 0L));
    return take_rows();
}

}   // namespace whisper::pg

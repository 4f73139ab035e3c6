#include "pg/table_result.hpp"

namespace whisper::pg {

table_result::table_result(FunctionCallInfo fcinfo) {
    guarded([=] { InitMaterializedSRF(fcinfo, 0); });
    info_ = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    MemoryContext const parent = CurrentMemoryContext;
    row_context_ = guarded([=] { return AllocSetContextCreate(parent, "whisper_migrate row", ALLOCSET_SMALL_SIZES); });
}

void table_result::store(std::span<const value> cells) {
    TupleDesc const shape = info_->setDesc;
    if (static_cast<int>(cells.size()) != shape->natts)
        throw failure(sqlstate::internal_error, "a row has another number of columns than its function declares");
    boost::container::small_vector<Datum, 16> datums;
    std::array<bool, 64> nulls{};
    for (std::size_t i = 0; i < cells.size(); ++i) {
        datums.push_back(cells[i].datum);
        nulls[i] = cells[i].null;
    }
    call(tuplestore_putvalues, info_->setResult, shape, datums.data(), nulls.data());
    MemoryContextReset(row_context_);
}

namespace {
[[noreturn]] void refuse_null(const char *name) {
    throw failure(sqlstate::null_value, std::string("argument \"") + name + "\" must not be null");
}
}   // namespace

std::string text_argument(FunctionCallInfo fcinfo, int position, const char *name) {
    if (PG_ARGISNULL(position)) refuse_null(name);
    return text_of(PG_GETARG_DATUM(position));
}

std::optional<std::string> optional_text(FunctionCallInfo fcinfo, int position) {
    if (PG_ARGISNULL(position)) return std::nullopt;
    return text_of(PG_GETARG_DATUM(position));
}

strings texts_argument(FunctionCallInfo fcinfo, int position, const char *name) {
    if (PG_ARGISNULL(position)) refuse_null(name);
    if (guarded([=] { return array_contains_nulls(PG_GETARG_ARRAYTYPE_P(position)); }))
        throw failure(sqlstate::null_value, std::string("argument \"") + name + "\" must not contain nulls");
    return texts_of(PG_GETARG_DATUM(position));
}

std::optional<strings> optional_texts(FunctionCallInfo fcinfo, int position, const char *name) {
    if (PG_ARGISNULL(position)) return std::nullopt;
    return texts_argument(fcinfo, position, name);
}

bool bool_argument(FunctionCallInfo fcinfo, int position, const char *name) {
    if (PG_ARGISNULL(position)) refuse_null(name);
    return PG_GETARG_BOOL(position);
}

}   // namespace whisper::pg

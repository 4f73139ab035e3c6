#pragma once
// Arguments in, rows out: what a set-returning function needs.

#include "pg/values.hpp"

namespace whisper::pg {

// The rows of a set-returning function in materialize mode. Make it first thing, outside any SPI session: the tuple
// store belongs to the caller's query.
class table_result {
public:
    explicit table_result(FunctionCallInfo fcinfo);
    table_result(const table_result &) = delete;
    table_result &operator=(const table_result &) = delete;
    ~table_result() { MemoryContextDelete(row_context_); }

    // One row; the number and types of the cells are those of the function's declaration.
    template <class... Cells>
    void put(const Cells &...cells) {
        MemoryContext const before = MemoryContextSwitchTo(row_context_);
        value const made[] = {to_cell(cells)...};
        MemoryContextSwitchTo(before);
        store(made);
    }

private:
    static value to_cell(const value &v) { return v; }
    template <class T>
    static value to_cell(const T &v) {
        return to_value(v);
    }
    void store(std::span<const value> cells);
    ReturnSetInfo *info_;
    MemoryContext row_context_;
};

// Arguments by position. The required ones throw null_value (22004) naming the parameter.
std::string text_argument(FunctionCallInfo fcinfo, int position, const char *name);
std::optional<std::string> optional_text(FunctionCallInfo fcinfo, int position);
strings texts_argument(FunctionCallInfo fcinfo, int position, const char *name);
std::optional<strings> optional_texts(FunctionCallInfo fcinfo, int position, const char *name);
bool bool_argument(FunctionCallInfo fcinfo, int position, const char *name);

}   // namespace whisper::pg

#pragma once
// A batch section, range by range of its key.

#include "pg/ordered_type.hpp"
#include "script/batch.hpp"
#include "session/workspace.hpp"

namespace whisper::deploy {

class batch_runner {
public:
    // Looks the table and its key up, as the caller. Throws 42P01, 42703; invalid_parameter when the key may be null or
    // no index leads with it; what compile_batch() throws.
    batch_runner(session::workspace &work, const registry::revision_record &revision, int64 run);
    batch_runner(const batch_runner &) = delete;
    batch_runner &operator=(const batch_runner &) = delete;

    // Runs the next range in the transaction at hand, which is to be committed, and remembers how far it came: to the
    // last key that there was when the batch began. Returns false when nothing is left. Whoever repeats it after a
    // rollback repeats the range.
    bool run_next();
    int64 pause() const noexcept { return options_.milliseconds; }
    int64 ranges() const noexcept { return ranges_; }
    std::string progress() const;   // "20000 of about 200000 rows"

private:
    void find_table();
    void require_index() const;
    bool begin();
    pg::rows query_keys(const std::string &sql, pg::parameters arguments);
    std::string is_above(const char *parameter) const;
    pg::rows next_range();

    session::workspace &work_;
    const registry::revision_record &revision_;
    int64 const run_;
    script::batch_options const options_;
    script::batch_statement const statement_;
    std::string checksum_;
    Oid table_ = InvalidOid, key_type_ = InvalidOid;
    std::string table_name_, key_name_;
    pg::ordered_type key_;
    int16 key_column_ = 0;
    std::optional<pg::prepared> range_statement_;
    int64 ranges_ = 0, rows_done_ = 0, rows_total_ = 0;
};

}   // namespace whisper::deploy

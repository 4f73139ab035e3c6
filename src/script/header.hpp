#pragma once
// Comments that mean something in a migration file: "-- key: value" and "-- migrate:section option:value".

#include "script/migration.hpp"

#include <boost/container/small_vector.hpp>

#include <string>
#include <string_view>

namespace whisper::script {

// Where an error is.
struct file_place {
    std::string_view file;
    int line;

    // `message` gets " at line N of file "F"".
    [[noreturn]] void fail(std::string message, std::string_view detail = {}, std::string_view hint = {}) const;
};

struct marker {
    section migration::*target = nullptr;
    bool transactional = true;
    std::string_view batch_options;   // as written
};

// True when nothing but blanks comes before `offset` in its line, which starts at `line_start`.
bool begins_line(std::string_view content, std::size_t offset, std::size_t &line_start) noexcept;

// `comment` with its dashes. True for a section marker, which must then be valid: an ignored one would run the way
// down as part of the way up. Throws invalid_pack.
bool parse_marker(std::string_view comment, const file_place &place, marker &found);

// Takes one header line into the migration; comments that are none are let pass. Throws invalid_pack.
class header_reader {
public:
    header_reader(migration &into, tier_kind kind) : into_(into), kind_(kind) {}
    void add(std::string_view comment, const file_place &place);

private:
    void set(std::string_view key, std::string_view value, const file_place &place);

    migration &into_;
    tier_kind kind_;
    boost::container::small_vector<std::string_view, 6> seen_;
};

// Throws invalid_pack for an invalid revision id, or label where `what` is branch_labels.
void check_name(std::string_view what, std::string_view name, const file_place &place);

}   // namespace whisper::script

#pragma once
// A migration file: header comments, sections, and how to write one.

#include <boost/container/small_vector.hpp>

#include <map>
#include <string>
#include <string_view>

namespace whisper::script {

using strings = boost::container::small_vector<std::string, 1>;

enum class tier_kind : unsigned char { versioned, repeatable };
// "-- rerun: …" in repeatable tiers: of an edited file its new statements run (changed) or all of it (whole).
enum class rerun_mode : unsigned char { changed, whole, always, never };

struct section {
    bool present = false;        // a marker was there (or, with no markers, the whole file for `up`)
    bool transactional = true;   // "transaction:false" after the marker
    int line = 0;                // line of the section's first character in the file
    std::string text;            // as written, without the marker line
    std::string unfilled{};      // the same before placeholders got their values; empty where that is no other text
};

struct migration {
    std::string id;
    bool id_from_header = false;
    // Set when the header has a down_revision line ("base" and an empty list mean a root); otherwise the loader
    // takes the file before it in the tier.
    bool has_down_revision = false;
    strings down_revisions, depends_on, branch_labels;
    std::string message;
    rerun_mode rerun = rerun_mode::changed;
    bool allow_data_loss = false;   // its way up may drop and empty what holds rows
    strings valid_checksums;        // of former texts that count as this one, in hexadecimal; versioned tiers only
    section up, down, verify;
    section batch;                                  // what to run range by range after `up`; versioned tiers only
    std::string batch_options;                      // what stands behind its marker (see batch.hpp)
    std::map<std::string, std::string> filled_in;   // the placeholders that its text had, and their values
};

// The folders in `file_name` count for messages only. Header: comment lines "-- key: value" before the first statement
// or marker; keys revision, down_revision, depends_on, branch_labels, message, rerun, allow_data_loss, valid_checksum
// (lists comma-separated; unknown keys are ordinary comments, a known key twice is an error). Markers: "-- migrate:up",
// "-- migrate:down", "-- migrate:verify", with options after them ("transaction:false"), "-- migrate:batch" with its
// own (see batch.hpp); unknown sections or options, a section twice, and statements before the first marker are errors
// (a marker inside a string, a comment block or a dollar quote is none). With no markers the whole file is `up`.
// Without a `revision` header the id is the file name up to the first '_' (versioned) or without
// ".sql" (repeatable). A byte order mark is skipped, CRLF accepted. Ids and labels: letters, digits, '_', '-', '.',
// at most 255 and 63 bytes, not empty, no "head", "heads", "base"; anything else throws invalid_pack.
// Line markers, which expand_includes() leaves, count as statements, and lines are told by them.
// Throws invalid_parameter when neither header nor file name gives an id, invalid_pack naming file and line;
// syntax_error, naming them too, where the text cannot be cut into tokens.
migration parse_migration(std::string_view content, std::string_view file_name, tier_kind kind);

// The same, without a second copy of a large text: the longest section is `content` itself, cut to size.
migration take_migration(std::string content, std::string_view file_name, tier_kind kind);

// The file that parse_migration() reads back: header (always with the id), then the sections that are present. A line
// end is added to a section that lacks one before the next. Throws invalid_parameter when it would not read back as it
// is, as with a marker in a section's text; invalid_pack for an invalid id or label.
std::string render_migration(const migration &m);

// 'New Personality Field!' -> 'new_personality_field': the slug of a file name, at most 40 bytes, cut between words
// where there are some. Empty when the message has no ASCII letter or digit.
std::string slug(std::string_view message);

}   // namespace whisper::script

#pragma once
// The one error type of the project: what a C++ room throws and the boundary raises.

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace whisper {

// Five characters, as PostgreSQL prints them. Class WM is ours; everything else is the server's own.
namespace sqlstate {
inline constexpr std::string_view unknown_revision = "WM001";
inline constexpr std::string_view ambiguous_revision = "WM002";
inline constexpr std::string_view missing_revision = "WM003";   // a parent or dependency that nobody registered
inline constexpr std::string_view duplicate_revision = "WM004";
inline constexpr std::string_view cycle = "WM005";
inline constexpr std::string_view duplicate_label = "WM006";
inline constexpr std::string_view multiple_heads = "WM007";
inline constexpr std::string_view not_an_ancestor = "WM008";
inline constexpr std::string_view relative_off_end = "WM009";
inline constexpr std::string_view invalid_target = "WM010";
inline constexpr std::string_view checksum_mismatch = "WM011";
inline constexpr std::string_view data_loss = "WM012";
inline constexpr std::string_view not_owner_tier = "WM013";   // a table belongs to another tier or revision
inline constexpr std::string_view invalid_pack = "WM014";     // pack.json, header or section marker
inline constexpr std::string_view irreversible = "WM015";     // no way down
inline constexpr std::string_view verify_failed = "WM016";
inline constexpr std::string_view unknown_tier = "WM017";
inline constexpr std::string_view unknown_profile = "WM018";
inline constexpr std::string_view unsupported_command = "WM019";   // psql-only command in a script
inline constexpr std::string_view changed_statement = "WM020";     // edited statement of a repeatable file
inline constexpr std::string_view not_applied = "WM021";
inline constexpr std::string_view rehearsal_failed = "WM022";   // the pack does not run in an empty database
inline constexpr std::string_view different = "WM023";          // adoption met another shape

inline constexpr std::string_view active_transaction = "25001";
inline constexpr std::string_view invalid_parameter = "22023";
inline constexpr std::string_view null_value = "22004";
inline constexpr std::string_view insufficient_privilege = "42501";
inline constexpr std::string_view serialization_failure = "40001";
inline constexpr std::string_view undefined_file = "58P01";
inline constexpr std::string_view io_error = "58030";
inline constexpr std::string_view internal_error = "XX000";
inline constexpr std::string_view syntax_error = "42601";
inline constexpr std::string_view program_limit = "54000";
}   // namespace sqlstate

// Message style is PostgreSQL's: lower case, no full stop, object names in double quotes.
// The hint is the command that mends it.
struct failure : std::exception {
    std::string_view state;   // one of the constants above, or any five-character literal
    std::string message, detail, hint;
    std::string context;   // where it happened, as PostgreSQL's CONTEXT

    failure(std::string_view sqlstate_, std::string message_, std::string detail_ = {}, std::string hint_ = {})
        : state(sqlstate_), message(std::move(message_)), detail(std::move(detail_)), hint(std::move(hint_)) {}
    const char *what() const noexcept override { return message.c_str(); }
};

}   // namespace whisper

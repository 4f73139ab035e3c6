#include "script/history_rows.hpp"

#include "script/characters.hpp"
#include "script/quote.hpp"
#include "script/strings.hpp"

#include <algorithm>
#include <array>

namespace whisper::script {
namespace {

std::string as_bytes(std::string_view content) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string literal = "'\\x";
    literal.reserve(content.size() * 2 + 32);
    for (char const c : content) {
        auto const byte = static_cast<unsigned char>(c);
        literal += digits[byte >> 4];
        literal += digits[byte & 15];
    }
    return literal + "'::pg_catalog.bytea";
}

// The folder that the file has of its own, or its name, or the id.
std::string own_name(const applied_migration &m) {
    std::size_t const slash = m.file.find_last_of('/');
    std::string_view const base = file_part(m.file);
    if (slash != std::string::npos && (base == "up.sql" || base == "migration.sql"))
        return std::string(file_part(std::string_view(m.file).substr(0, slash)));
    return m.id;
}

std::string number_of(const applied_migration &m) {
    return names_of_revision(version_form::number, m.id, m.file).front();
}

std::string undashed(std::string_view name) {
    std::string digits(name.substr(0, name.find('_')));
    std::erase(digits, '-');
    return digits;
}

column_values flyway_row(const applied_migration &m, std::int64_t rank) {
    bool const repeatable = m.id.starts_with("R__");
    bool const baseline = m.id.starts_with('B');
    std::string const version = m.id.starts_with('V') || baseline ? m.id.substr(1) : m.id;
    return {{"installed_rank", std::to_string(rank)},
            {"version_rank", std::to_string(rank)},
            {"version", repeatable ? "NULL" : quote_literal(version)},
            {"description", quote_literal(m.message)},
            {"type", baseline ? "'SQL_BASELINE'" : "'SQL'"},
            {"script", quote_literal(std::string(file_part(m.file)))},
            {"checksum", std::to_string(line_checksum(m.content))},
            {"installed_by", "CURRENT_USER"},
            {"installed_on", "pg_catalog.now()"},
            {"execution_time", "0"},
            {"success", "true"}};
}

column_values sqlx_row(const applied_migration &m) {
    return {{"version", number_of(m)},
            {"description", quote_literal(m.message)},
            {"installed_on", "pg_catalog.now()"},
            {"success", "true"},
            {"checksum", "pg_catalog.sha384(" + as_bytes(m.content) + ")"},
            {"execution_time", "0"}};
}

column_values prisma_row(const applied_migration &m) {
    return {{"id", "pg_catalog.gen_random_uuid()"},
            {"checksum", "pg_catalog.encode(pg_catalog.sha256(" + as_bytes(m.content) + "), 'hex')"},
            {"finished_at", "pg_catalog.now()"},
            {"migration_name", quote_literal(own_name(m))},
            {"started_at", "pg_catalog.now()"},
            {"applied_steps_count", "1"}};
}

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t c = i;
        for (int bit = 0; bit < 8; ++bit) c = (c & 1) ? 0xEDB88320U ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    return table;
}();

}   // namespace

bool has_row(const tool_history &history, std::string_view id) noexcept {
    return history.form != version_form::flyway || !id.starts_with("after");
}

bool has_one_row(const tool_history &history) noexcept { return history.tool == "golang-migrate"; }

bool writes_rows(const tool_history &history) noexcept {
    for (std::string_view const tool :
         {"golang-migrate", "dbmate or Rails", "goose", "Flyway", "sqlx", "diesel", "Prisma"})
        if (history.tool == tool) return true;
    return false;
}

column_values row_for(const tool_history &history, const applied_migration &m, std::int64_t rank) {
    if (history.tool == "golang-migrate") return {{"version", number_of(m)}, {"dirty", "false"}};
    if (history.tool == "goose") return {{"version_id", number_of(m)}, {"is_applied", "true"}};
    if (history.tool == "Flyway") return flyway_row(m, rank);
    if (history.tool == "sqlx") return sqlx_row(m);
    if (history.tool == "Prisma") return prisma_row(m);
    if (history.tool == "diesel") return {{"version", quote_literal(undashed(own_name(m)))}};
    return {{"version", quote_literal(m.id)}};
}

std::int32_t line_checksum(std::string_view content) noexcept {
    if (content.starts_with(byte_order_mark)) content.remove_prefix(byte_order_mark.size());
    std::uint32_t crc = 0xFFFFFFFFU;
    for (char const c : content)
        if (!is_line_end(c)) crc = crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ (crc >> 8);
    return static_cast<std::int32_t>(crc ^ 0xFFFFFFFFU);
}

}   // namespace whisper::script

#include "registry/section_text.hpp"

#include "pg/memory.hpp"

namespace whisper::registry {
namespace {

constexpr std::size_t part_size = std::size_t{1} << 20;

// A part that is followed by another one may lack a few bytes, as no character is cut.
constexpr std::size_t shortest_full_part = part_size - 8;

void write_section(pg::spi_session &session, const std::string &revision, const char *section, std::string_view text) {
    int32 number = 0;
    for (text.remove_prefix(first_part(text).size()); !text.empty(); text.remove_prefix(first_part(text).size())) {
        pg::memory_scope memory;
        pg::current_context const here(memory.context());
        session.query_catalog(
            "INSERT INTO whisper.section_part (revision, section, part, content) VALUES ($1, $2, $3, $4)",
            {pg::to_value(revision), pg::to_value(section), pg::to_value(++number), pg::to_value(first_part(text))});
    }
}

bool read_section(pg::spi_session &session, const std::string &revision, const char *section, std::string &text) {
    if (text.size() < shortest_full_part) return false;
    pg::rows const all = session.query_catalog(
        R"sql(
            SELECT coalesce(sum(octet_length(content)), 0)::int8 FROM whisper.section_part
            WHERE revision = $1 AND section = $2)sql",
        {pg::to_value(revision), pg::to_value(section)});
    text.reserve(text.size() + static_cast<std::size_t>(all.int8(0, 0)));
    // One after the other, as they are long; whatever numbers they have in a dump that was written by hand.
    for (std::optional<int32> part;;) {
        pg::memory_scope memory;
        pg::current_context const here(memory.context());
        pg::rows const next = session.query_catalog(
            R"sql(
                SELECT content, part FROM whisper.section_part WHERE revision = $1
                AND section = $2 AND ($3 IS NULL OR part > $3)
                ORDER BY part LIMIT 1)sql",
            {pg::to_value(revision), pg::to_value(section), part ? pg::to_value(*part) : pg::null_value(INT4OID)});
        if (next.size() == 0) return true;
        text += next.text(0, 0);
        part = next.int4(0, 1);
    }
}

}   // namespace

std::string_view first_part(std::string_view text) { return pg::whole_characters(text, part_size); }

bool has_parts(const revision_text &text) {
    return text.up.size() > part_size || (text.down && text.down->size() > part_size);
}

void delete_parts(pg::spi_session &session, std::span<const std::string> revisions) {
    session.query_catalog("DELETE FROM whisper.section_part WHERE revision = ANY ($1)", {pg::to_value(revisions)});
}

void write_parts(pg::spi_session &session, const std::string &revision, const revision_text &text) {
    write_section(session, revision, "up", text.up);
    if (text.down) write_section(session, revision, "down", *text.down);
}

bool read_parts(pg::spi_session &session, const std::string &revision, revision_text &text) {
    bool const up = read_section(session, revision, "up", text.up);
    return (text.down && read_section(session, revision, "down", *text.down)) || up;
}

}   // namespace whisper::registry

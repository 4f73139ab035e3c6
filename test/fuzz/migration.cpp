// Migration files: what is read can be written, and reads the same again.

#include "script/migration.hpp"

#include "bytes.hpp"
#include "harnesses.hpp"
#include "require.hpp"
#include "script/characters.hpp"
#include "script/names.hpp"
#include "sql_text.hpp"

namespace whisper::fuzz {

namespace {

using namespace script;

constexpr std::string_view file_names[] = {"001_first.sql", "core/20251011_baseline.sql", "", "x", ".sql", "a/b/_.sql",
                                           "no_suffix",     "caf\xC3\xA9_1.sql"};

bool all_ids(const strings &ids) {
    return std::ranges::all_of(ids, [](const std::string &id) { return id_problem(id).empty(); });
}

bool all_names(const strings &names) {
    return std::ranges::all_of(names, [](const std::string &name) { return name_problem(name).empty(); });
}

void check_section(std::string_view content, const section &s) {
    if (!s.present) {
        require(s.text.empty(), "a section that is not there has no text");
        return;
    }
    std::size_t const lines = static_cast<std::size_t>(lines_before(content, content.size())) + 1;
    require(s.line >= 1 && static_cast<std::size_t>(s.line) <= lines + 1, "a section begins in a line of its file");
    require(content.find(s.text) != std::string_view::npos, "a section is a part of its file");
}

// A section's line is where its text begins; a carriage return alone ends no line.
void check_line(std::string_view content, const section &s) {
    if (!s.present || s.text.empty() || s.line == 1) return;
    std::size_t start = 0;
    for (int line = 1; line < s.line; ++line) start = find_character(content, '\n', start) + 1;
    require(start < content.size(), "a section's line is a line of the file");
    std::string_view const line = content.substr(start, find_character(content, '\n', start) + 1 - start);
    require(line.find(s.text.substr(0, s.text.find('\n'))) != std::string_view::npos,
            "a section's line is where its text begins");
}

void check_round_trip(const script::migration &m, tier_kind kind, bool valid_text) {
    survives(valid_text, {sqlstate::invalid_parameter, sqlstate::invalid_pack, sqlstate::syntax_error}, [&] {
        std::string const file = render_migration(m);
        script::migration const again = parse_migration(file, "elsewhere.sql", tier_kind::repeatable);
        require(again.id == m.id && again.id_from_header, "a written file has its id", file);
        require(again.down_revisions == m.down_revisions && again.depends_on == m.depends_on &&
                    again.branch_labels == m.branch_labels && again.has_down_revision == m.has_down_revision,
                "a written file has its edges", file);
        require(again.message == m.message, "a written file has its message", file);
        require(again.rerun == m.rerun || kind == tier_kind::versioned, "a written file has its rerun mode", file);
        require(normal_form(again.up.text) == normal_form(m.up.text) &&
                    normal_form(again.down.text) == normal_form(m.down.text),
                "a written file has its checksum", file);
        require(render_migration(again) == file, "a written file is written the same again", file);
    });
}

}   // namespace

void migration(std::string_view input) {
    bytes source(input);
    std::uint8_t const choice = source.byte();
    tier_kind const kind = choice & 1 ? tier_kind::repeatable : tier_kind::versioned;
    std::string_view const name = file_names[(choice >> 1) % std::size(file_names)];
    std::string_view const content = source.rest();
    bool const valid_text = is_utf8(content);
    slug(content);
    survives(valid_text, {sqlstate::invalid_pack, sqlstate::invalid_parameter, sqlstate::syntax_error}, [&] {
        script::migration const m = parse_migration(content, name, kind);
        require(id_problem(m.id).empty(), "an id is valid", m.id);
        require(all_ids(m.down_revisions) && all_ids(m.depends_on) && all_names(m.branch_labels),
                "names in the header are valid");
        require(m.message.find_first_of("\r\n") == std::string::npos, "a message is one line", m.message);
        require(m.up.present || m.down.present || m.verify.present, "a file has a section");
        bool const has_line_marker = content.find("\\line ") != std::string_view::npos;
        for (const section *s : {&m.up, &m.down, &m.verify}) {
            if (has_line_marker) continue;
            check_section(content, *s);
            check_line(content, *s);
        }
        check_round_trip(m, kind, valid_text);
    });
}

}   // namespace whisper::fuzz

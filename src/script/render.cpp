#include "error.hpp"
#include "script/characters.hpp"
#include "script/migration.hpp"

#include <algorithm>

namespace whisper::script {

namespace {

constexpr std::size_t longest_slug = 40;

void append_header(std::string &file, std::string_view key, std::string_view value) {
    std::size_t const start = file.size();
    file.append("-- ").append(key).append(": ").append(value);
    std::replace_if(file.begin() + static_cast<std::ptrdiff_t>(start), file.end(), is_line_end, ' ');
    file += '\n';
}

std::string join(const strings &list) {
    std::string joined;
    for (std::string const &name : list) joined.append(joined.empty() ? "" : ", ").append(name);
    return joined;
}

void append_section(std::string &file, std::string_view name, const section &s, std::string_view options = {}) {
    if (!s.present) return;
    if (!file.ends_with('\n')) file += '\n';
    file.append("-- migrate:").append(name);
    if (!options.empty()) file.append(" ").append(options);
    file.append(s.transactional ? "\n" : " transaction:false\n").append(s.text);
}

bool reads_back(const section &written, const section &read) {
    std::string_view text = read.text;
    if (text.size() == written.text.size() + 1) text.remove_suffix(1);   // the line end put before the next marker
    return written.present == read.present &&
           (!written.present || (written.transactional == read.transactional && written.text == text));
}

}   // namespace

std::string render_migration(const migration &m) {
    std::string file;
    append_header(file, "revision", m.id);
    if (m.has_down_revision || !m.down_revisions.empty())
        append_header(file, "down_revision", m.down_revisions.empty() ? "base" : join(m.down_revisions));
    if (!m.depends_on.empty()) append_header(file, "depends_on", join(m.depends_on));
    if (!m.branch_labels.empty()) append_header(file, "branch_labels", join(m.branch_labels));
    if (!m.message.empty()) append_header(file, "message", m.message);
    if (m.rerun == rerun_mode::whole) append_header(file, "rerun", "whole");
    if (m.rerun == rerun_mode::always) append_header(file, "rerun", "always");
    if (m.rerun == rerun_mode::never) append_header(file, "rerun", "never");
    if (m.allow_data_loss) append_header(file, "allow_data_loss", "true");
    if (!m.valid_checksums.empty()) append_header(file, "valid_checksum", join(m.valid_checksums));
    file += '\n';
    section up = m.up;
    if (!m.down.present && !m.verify.present && !m.batch.present)
        up.present = true;   // or the header would be read as the way up
    append_section(file, "up", up);
    append_section(file, "batch", m.batch, m.batch_options);
    append_section(file, "down", m.down);
    append_section(file, "verify", m.verify);

    bool const versioned = m.batch.present || !m.valid_checksums.empty();
    migration const read = parse_migration(file, m.id, versioned ? tier_kind::versioned : tier_kind::repeatable);
    bool const same_header = read.id == m.id && read.down_revisions == m.down_revisions &&
                             read.depends_on == m.depends_on && read.branch_labels == m.branch_labels;
    if (!same_header || !reads_back(up, read.up) || !reads_back(m.down, read.down) ||
        !reads_back(m.verify, read.verify) || !reads_back(m.batch, read.batch))
        throw failure(sqlstate::invalid_parameter, "revision \"" + m.id + "\" cannot be written as a migration file",
                      "A section's text holds a section marker, or does not end before the next section.",
                      "Take lines like \"-- migrate:down\" out of it, and end COPY data with a line \"\\.\".");
    return file;
}

std::string slug(std::string_view message) {
    std::string made;
    for (char const c : message) {
        bool const kept = (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c);
        if (kept)
            made += lower(c);
        else if (!made.empty() && made.back() != '_')
            made += '_';
    }
    if (made.ends_with('_')) made.pop_back();
    if (made.size() <= longest_slug) return made;
    std::size_t const cut = made.rfind('_', longest_slug);
    made.resize(cut == std::string::npos ? longest_slug : cut);
    return made;
}

}   // namespace whisper::script

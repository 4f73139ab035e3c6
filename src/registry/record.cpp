#include "registry/record.hpp"

#include "pg/parse.hpp"
#include "pg/sha256.hpp"
#include "script/batch.hpp"
#include "script/program.hpp"
#include "script/tokens.hpp"

#include <charconv>

namespace whisper::registry {
namespace {

class token_digest final : public script::digest_sink {
public:
    void update(std::string_view bytes) override { hash_.update(bytes); }
    std::string finish() { return hash_.finish(); }

private:
    pg::sha256 hash_;
};

// A value of a placeholder is no part of what was promised: the same file may have another one in the next database.
// Before it is filled in, a text need not be one that can be cut into tokens.
void digest_section(const script::section &s, token_digest &digest) {
    if (s.unfilled.empty()) return script::digest_tokens(s.text, digest);
    token_digest whole;
    try {
        script::digest_tokens(s.unfilled, whole);
        digest.update(whole.finish());
    } catch (const script::lexical_failure &) {
        digest.update(s.unfilled);
    }
}

// Up and down count: both are what was promised when the revision was applied. Verify sections may get better.
std::string checksum_of(const script::migration &m) {
    token_digest digest;
    digest.update(m.up.transactional ? "up:" : "up!");
    digest_section(m.up, digest);
    if (m.down.present) {
        digest.update(m.down.transactional ? "down:" : "down!");
        digest_section(m.down, digest);
    }
    if (m.batch.present) {
        digest.update("batch:" + script::batch_identity(script::parse_batch_options(m.batch_options, {})));
        script::digest_tokens(m.batch.text, digest);
    }
    if (m.allow_data_loss) digest.update("allow_data_loss:");
    return digest.finish();
}

// 64 digits, which the header's reader has checked.
std::string from_hexadecimal(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        unsigned byte = 0;
        std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

// The schema where things are made by a section that sets its search_path; empty while it is the caller's.
class creation_schema {
public:
    void follow(const script::statement_traits &traits) {
        for (const script::setting_change &s : traits.settings) {
            if (s.name != "search_path" && s.name != "all") continue;
            auto const names = pg::parse_names(s.value.value_or(std::string()));
            schema_ = names.empty() || names.front() == "$user" ? std::string() : names.front();
        }
    }
    script::qualified_name place(script::qualified_name name) const {
        if (name.schema.empty()) name.schema = schema_;
        return name;
    }

private:
    std::string schema_;
};

bool is_made_table(const script::statement_traits &traits, const script::statement_object &object) {
    return traits.action == script::statement_action::create && object.type == "table" && !traits.temporary &&
           object.name.schema != "pg_temp";
}

// Read to its end, so that whatever cannot run is said before anything has run.
struct reading {
    bool transactional = true;
    table_names creates;
    int locks = 0;
};

[[noreturn]] void refuse_in_block(const script::action &a, const script::section &section, std::string_view file) {
    throw failure("2D000", a.traits.command + " cannot run between BEGIN and COMMIT",
                  script::describe_place(a.file.empty() ? file : a.file, a.line_in_file(section.line)) +
                      ": the server runs it outside of a transaction block alone.",
                  "put it before the BEGIN or after the COMMIT");
}

reading read_through(const script::section &section, std::string_view file) {
    reading found;
    creation_schema schema;
    script::action_reader reader(pg::server_parser(), section.text, file, section.line);
    for (script::action a{}; reader.next(a);) {
        if (a.traits.needs_top_level && !a.traits.begins_transaction && a.block > script::leading_block)
            refuse_in_block(a, section, file);
        found.transactional &= !a.traits.needs_top_level;
        found.locks += a.traits.locks;
        schema.follow(a.traits);
        for (const script::statement_object &object : a.traits.objects)
            if (is_made_table(a.traits, object)) found.creates.push_back(schema.place(object.name));
    }
    found.transactional &= !reader.divided_by();
    return found;
}

// Where one transaction has to hold what is read.
void require_undivided(const script::section &section, std::string_view file) {
    script::require_undivided(script::compile(pg::server_parser(), section.text, file, section.line), file,
                              section.line);
}

}   // namespace

revision_record make_record(script::migration m, std::string_view tier, std::string_view file) {
    revision_record r;
    r.revision = m.id;
    r.tier = tier;
    r.message = m.message;
    r.down_revisions = m.down_revisions;
    r.depends_on = m.depends_on;
    r.branch_labels = m.branch_labels;
    r.rerun = m.rerun;
    r.allow_data_loss = m.allow_data_loss;
    reading up = read_through(m.up, file);
    r.up_transactional = m.up.transactional && up.transactional;
    r.creates = std::move(up.creates);
    r.lock_count = up.locks;
    r.down_transactional = m.down.transactional && read_through(m.down, file).transactional;
    require_undivided(m.verify, file);
    if (m.batch.present) script::compile_batch(pg::server_parser(), m.batch.text, file, m.batch.line);
    r.batch_options = m.batch_options;
    r.has_down = m.down.present;
    r.has_verify = m.verify.present;
    r.checksum = checksum_of(m);
    for (const std::string &checksum : m.valid_checksums) r.valid_checksums.push_back(from_hexadecimal(checksum));
    for (auto const &[name, value] : m.filled_in) r.placeholders.push_back(name + '=' + value);
    revision_text text;
    text.up = std::move(m.up.text);
    text.up_line = m.up.line;
    if (m.down.present) text.down = std::move(m.down.text);
    text.down_line = m.down.line;
    text.verify = std::move(m.verify.text);
    text.verify_line = m.verify.line;
    text.batch = std::move(m.batch.text);
    text.batch_line = m.batch.line;
    r.text = std::move(text);
    return r;
}

revision_record parse_record(std::string content, std::string_view tier, script::tier_kind kind,
                             std::string_view file) {
    script::migration m = script::take_migration(std::move(content), file, kind);
    bool const implicit = kind == script::tier_kind::versioned && !m.has_down_revision;
    revision_record r = make_record(std::move(m), tier, file);
    r.down_implicit = implicit;
    return r;
}

bool same_content(const revision_record &a, const revision_record &b) noexcept {
    return a.checksum == b.checksum && a.tier == b.tier && a.message == b.message && a.depends_on == b.depends_on &&
           a.branch_labels == b.branch_labels && a.rerun == b.rerun && a.allow_data_loss == b.allow_data_loss &&
           a.down_implicit == b.down_implicit && (a.down_implicit || a.down_revisions == b.down_revisions) &&
           a.has_down == b.has_down && a.has_verify == b.has_verify && a.batch_options == b.batch_options;
}

std::string token_checksum(std::string_view sql) {
    token_digest digest;
    script::digest_tokens(sql, digest);
    return digest.finish();
}

}   // namespace whisper::registry

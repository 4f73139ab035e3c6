#include "registry/migration_file.hpp"

#include "error.hpp"
#include "pg/configuration.hpp"
#include "registry/record.hpp"
#include "script/characters.hpp"
#include "script/includes.hpp"
#include "script/origin.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

bool contains(const script::strings &list, const std::string &wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

class migration_reader {
public:
    migration_reader(const std::string &directory, const script::tier_definition &tier, const migration_source &source)
        : directory_(directory), tier_(tier), source_(source) {}

    revision_record read() {
        revision_record record = source_.tool == script::migration_tool::none ? read_native() : read_of_tool();
        file_entry const whole = with_parts(directory_, source_.entry, parts_);
        record.file = source_.file;
        record.file_size = whole.size;
        record.file_mtime = whole.mtime;
        record.includes = std::move(parts_);
        return record;
    }

private:
    revision_record read_native() { return parse_record(expanded(source_.file), tier_.name, tier_.kind, source_.file); }

    // These tools know no headers and no sections: a comment that looks like one is a comment.
    revision_record read_of_tool() {
        script::migration m;
        m.id = source_.id;
        m.message = source_.message;
        m.up.present = true;
        m.up.line = 1;
        m.up.text = plain(source_.file);
        if (!source_.down_file.empty()) {
            m.down.present = true;
            m.down.line = 1;
            // The record names one file: the marker tells errors that this text is from the other one.
            script::append_line_marker(m.down.text, 1, source_.down_file);
            parts_.push_back(source_.down_file);
            m.down.text += plain(source_.down_file);
        }
        if (tier_.kind == script::tier_kind::repeatable) m.rerun = script::rerun_mode::whole;
        revision_record record = make_record(std::move(m), tier_.name, source_.file);
        record.down_implicit = tier_.kind == script::tier_kind::versioned;
        return record;
    }

    std::string plain(const std::string &file) {
        std::string text = expanded(file);
        if (text.starts_with(script::byte_order_mark)) text.erase(0, script::byte_order_mark.size());
        return text;
    }

    std::string expanded(const std::string &file) {
        std::string content = content_of(file);
        if (source_.tool == script::migration_tool::flyway) script::require_no_placeholders(content, file);
        auto const read = [this](const std::string &path) {
            require_inside(path);
            return content_of(path);
        };
        return script::take_with_includes(std::move(content), file, read, &parts_);
    }

    std::string content_of(const std::string &file) const {
        return pg::to_database_encoding(read_file(directory_ + "/" + file), file);
    }

    // The path stays inside by its text; a symbolic link on the way must not lead outside either.
    void require_inside(const std::string &path) const {
        if (is_inside(directory_ + "/" + path, directory_)) return;
        throw failure(sqlstate::unsupported_command, "included file \"" + path + "\" is outside the pack's folder",
                      "A symbolic link leads there.", "\\i may only read files inside the pack");
    }

    const std::string &directory_;
    const script::tier_definition &tier_;
    const migration_source &source_;
    script::strings parts_;
};

}   // namespace

file_entry with_parts(const std::string &directory, file_entry entry, const script::strings &parts) {
    for (const std::string &path : parts) {
        file_entry const part = stat_file(directory + "/" + path);
        entry.size += part.size;
        entry.mtime = std::max(entry.mtime, part.mtime);
    }
    return entry;
}

bool has_same_files(const revision_record &record, const migration_source &source) {
    if (source.tool == script::migration_tool::none) return true;
    if (record.revision != source.id) return false;
    // The way down may be in a file that is new, or gone.
    return source.down_file.empty() ? !record.has_down : contains(record.includes, source.down_file);
}

revision_record read_migration(const std::string &directory, const script::tier_definition &tier,
                               const migration_source &source) {
    return migration_reader(directory, tier, source).read();
}

}   // namespace whisper::registry

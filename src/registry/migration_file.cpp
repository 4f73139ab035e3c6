#include "registry/migration_file.hpp"

#include "registry/pack_directory.hpp"
#include "registry/record.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

bool contains(const script::strings &list, const std::string &wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

class migration_reader {
public:
    migration_reader(const std::string &directory, const script::pack_definition &pack,
                     const script::tier_definition &tier, const migration_source &source)
        : directory_(directory), pack_(pack), tier_(tier), source_(source) {}

    revision_record read() {
        revision_record record = source_.tool ? read_of_tool() : read_native();
        file_entry const whole = with_parts(directory_, source_.entry, parts_);
        record.file = source_.file;
        record.file_size = whole.size;
        record.file_mtime = whole.mtime;
        record.includes = std::move(parts_);
        return record;
    }

private:
    revision_record read_native() {
        std::string text = read_checked(directory_, source_.file, {});
        text = with_includes(directory_, std::move(text), source_.file, {}, parts_);
        return parse_record(std::move(text), tier_.name, tier_.kind, source_.file);
    }

    revision_record read_of_tool() {
        pack_directory in(directory_, source_.folder, pack_, source_.tool);
        script::migration m = source_.tool->read(in, source_.listed);
        parts_ = in.included();
        for (const std::string &part : source_.parts)
            if (!contains(parts_, part)) parts_.push_back(part);
        // What it says goes into the text.
        bool const has_values = !pack_.placeholders.empty() || !pack_.contexts.empty() || !pack_.label_filter.empty();
        if (has_values && is_file(directory_ + "/pack.json")) parts_.push_back("pack.json");
        auto const &edges = source_.listed.down_revisions;
        if (edges) m.down_revisions = *edges;
        if (source_.listed.depends_on) m.depends_on = *source_.listed.depends_on;
        revision_record record = make_record(std::move(m), tier_.name, source_.file);
        record.down_implicit = tier_.kind == script::tier_kind::versioned && !edges;
        return record;
    }

    const std::string &directory_;
    const script::pack_definition &pack_;
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

bool has_same_files(const std::string &directory, const revision_record &record, const migration_source &source) {
    if (!source.tool) return true;
    if (record.revision != source.listed.id) return false;
    // A part may be new, or gone.
    auto const was_part = [&](const std::string &part) { return contains(record.includes, part); };
    auto const is_there = [&](const std::string &part) {
        return contains(source.parts, part) || is_file(directory + "/" + part);
    };
    return std::ranges::all_of(source.parts, was_part) && std::ranges::all_of(record.includes, is_there);
}

revision_record read_migration(const std::string &directory, const script::pack_definition &pack,
                               const script::tier_definition &tier, const migration_source &source) {
    return migration_reader(directory, pack, tier, source).read();
}

}   // namespace whisper::registry

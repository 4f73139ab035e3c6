#include "registry/reconcile.hpp"

#include "pg/configuration.hpp"
#include "registry/disk.hpp"
#include "registry/record.hpp"
#include "script/includes.hpp"
#include "script/program.hpp"

#include <algorithm>
#include <unordered_map>

namespace whisper::registry {
namespace {

constexpr std::string_view checks_folder = "verify";   // the pack's named checks, not a tier

struct layout {
    script::pack_definition pack;
    bool flat = false;   // the one tier's files are in the directory itself

    std::string folder(const std::string &tier) const { return flat ? std::string() : tier + "/"; }
};

std::string last_component(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path.substr(path.find_last_of('/') + 1);
}

// Without a pack.json each subfolder is a versioned tier, and a folder without any is one tier named after it.
layout derive_layout(const std::string &directory) {
    layout l;
    l.pack.name = last_component(directory);
    for (const std::string &folder : list_directories(directory))
        if (folder != checks_folder) l.pack.tiers.push_back({folder, script::tier_kind::versioned});
    if (l.pack.tiers.empty()) {
        l.flat = true;
        l.pack.tiers.push_back({l.pack.name, script::tier_kind::versioned});
    }
    script::profile_definition all{"default", {}};
    for (const script::tier_definition &t : l.pack.tiers) all.tiers.push_back(t.name);
    l.pack.profiles.push_back(std::move(all));
    l.pack.default_profile = "default";
    return l;
}

layout read_layout(const std::string &directory) {
    std::string const path = directory + "/pack.json";
    if (!is_file(path)) return derive_layout(directory);
    layout l;
    l.pack = script::parse_pack(pg::to_database_encoding(read_file(path), path));
    return l;
}

class reconciler {
public:
    reconciler(registry &r, const std::string &location)
        : r_(r), location_(location), directory_(pg::location_directory(location)), layout_(read_layout(directory_)) {}

    void run() {
        bool const moved = r_.location != location_;
        index_records();
        for (const script::tier_definition &tier : layout_.pack.tiers) read_tier(tier);
        read_checks();
        settle_unseen(moved);
        settle_pack();
    }

private:
    void index_records() {
        seen_.assign(r_.revisions.size(), false);
        for (std::size_t i = 0; i < r_.revisions.size(); ++i) {
            by_id_.emplace(r_.revisions[i].revision, i);
            if (!r_.revisions[i].file.empty()) by_file_.emplace(r_.revisions[i].file, i);
        }
    }

    void read_tier(const script::tier_definition &tier) {
        std::string const folder = layout_.folder(tier.name);
        std::string previous;
        for (const file_entry &entry : list_files(directory_ + "/" + folder, ".sql")) {
            pg::check_interrupts();
            std::string const file = folder + entry.name;
            std::size_t const at = is_current(file, entry, tier) ? by_file_.at(file) : read_one(tier, file, entry);
            revision_record &record = r_.revisions[at];
            if (record.missing) {
                record.missing = false;
                record.unwritten = true;
            }
            follow(record, previous);
            previous = record.revision;
            seen_[at] = true;
        }
    }

    // A file and what it includes count as one: their sizes together, the newest time.
    file_entry with_includes(file_entry entry, const script::strings &includes) const {
        for (const std::string &path : includes) {
            file_entry const part = stat_file(directory_ + "/" + path);
            entry.size += part.size;
            entry.mtime = std::max(entry.mtime, part.mtime);
        }
        return entry;
    }

    // Same place, size and time, and the tier is what it was: not read again.
    bool is_current(const std::string &file, const file_entry &entry, const script::tier_definition &tier) const {
        auto const at = by_file_.find(file);
        if (at == by_file_.end() || r_.location != location_) return false;
        const revision_record &record = r_.revisions[at->second];
        const tier_record *const before = r_.find_tier(tier.name);
        file_entry const whole = record.includes.empty() ? entry : with_includes(entry, record.includes);
        return record.file_size == whole.size && record.file_mtime == whole.mtime && record.tier == tier.name &&
               before && before->kind == tier.kind && !seen_[at->second];
    }

    // The path stays inside by its text; a symbolic link on the way must not lead outside either.
    void require_inside(const std::string &path) const {
        if (is_inside(directory_ + "/" + path, directory_)) return;
        throw failure(sqlstate::unsupported_command, "included file \"" + path + "\" is outside the pack's folder",
                      "A symbolic link leads there.", "\\i may only read files inside the pack");
    }

    std::size_t read_one(const script::tier_definition &tier, const std::string &file, const file_entry &entry) {
        script::strings includes;
        auto const read = [this](const std::string &path) {
            require_inside(path);
            return pg::to_database_encoding(read_file(directory_ + "/" + path), path);
        };
        std::string const content = script::expand_includes(
            pg::to_database_encoding(read_file(directory_ + "/" + file), file), file, read, &includes);
        revision_record fresh = parse_record(content, tier.name, tier.kind, entry.name, file);
        file_entry const whole = with_includes(entry, includes);
        fresh.file = file;
        fresh.file_size = whole.size;
        fresh.file_mtime = whole.mtime;
        fresh.includes = std::move(includes);

        auto const known = by_id_.find(fresh.revision);
        if (known == by_id_.end()) {
            fresh.state = record_state::added;
            fresh.unwritten = true;
            by_id_.emplace(fresh.revision, r_.revisions.size());
            r_.revisions.push_back(std::move(fresh));
            seen_.push_back(false);
            return r_.revisions.size() - 1;
        }
        revision_record &before = r_.revisions[known->second];
        if (seen_[known->second])
            throw failure(sqlstate::duplicate_revision, "revision \"" + fresh.revision + "\" is in two files",
                          "They are \"" + before.file + "\" and \"" + file + "\".",
                          "give one of them another id in its \"-- revision:\" header");
        fresh.registration = before.registration;
        r_.tiers_moved |= before.tier != fresh.tier;
        fresh.state = same_content(before, fresh) ? record_state::unchanged : record_state::changed;
        fresh.unwritten = true;
        if (fresh.down_implicit) fresh.down_revisions = before.down_revisions;
        before = std::move(fresh);
        return known->second;
    }

    void read_checks() {
        boost::container::vector<check_record> wanted;
        bool const is_tier = std::any_of(layout_.pack.tiers.begin(), layout_.pack.tiers.end(),
                                         [](const script::tier_definition &t) { return t.name == checks_folder; });
        std::string const folder = std::string(checks_folder) + "/";
        if (!layout_.flat && !is_tier && is_directory(directory_ + "/" + folder))
            for (const file_entry &entry : list_files(directory_ + "/" + folder, ".sql"))
                wanted.push_back(read_check(folder + entry.name, entry));
        auto const same = [](const check_record &a, const check_record &b) {
            return a.file == b.file && a.file_size == b.file_size && a.file_mtime == b.file_mtime;
        };
        r_.checks_changed =
            !std::equal(wanted.begin(), wanted.end(), r_.checks.begin(), r_.checks.end(), same) || r_.location != location_;
        r_.checks = std::move(wanted);
    }

    check_record read_check(const std::string &file, const file_entry &entry) const {
        for (const check_record &known : r_.checks)
            if (r_.location == location_ && known.file == file && known.file_size == entry.size &&
                known.file_mtime == entry.mtime)
                return known;
        std::string const content = pg::to_database_encoding(read_file(directory_ + "/" + file), file);
        script::migration const m = script::parse_migration(content, entry.name, script::tier_kind::repeatable);
        script::compile(m.up.text, file, m.up.line);
        return {m.id, m.message, m.up.text, file, m.up.line, entry.size, entry.mtime};
    }

    // A file without a down_revision follows the file before it.
    static void follow(revision_record &record, const std::string &previous) {
        if (!record.down_implicit) return;
        script::strings wanted;
        if (!previous.empty()) wanted.push_back(previous);
        if (record.down_revisions == wanted) return;
        record.down_revisions = std::move(wanted);
        record.unwritten = true;
    }

    void settle_unseen(bool moved) {
        boost::container::vector<revision_record> kept;
        bool dropping = false;
        for (std::size_t i = 0; i < r_.revisions.size(); ++i) {
            revision_record &record = r_.revisions[i];
            if (seen_[i] || record.file.empty()) continue;
            // Another pack's revisions that nothing applied are of no more use here.
            if (moved && !r_.find_applied(record.revision)) {
                r_.dropped.push_back(record.revision);
                dropping = true;
                continue;
            }
            record.unwritten |= !record.missing;
            record.missing = true;
            record.state = record_state::missing;
        }
        if (!dropping) return;
        std::sort(r_.dropped.begin(), r_.dropped.end());
        for (revision_record &record : r_.revisions)
            if (!std::binary_search(r_.dropped.begin(), r_.dropped.end(), record.revision))
                kept.push_back(std::move(record));
        r_.revisions = std::move(kept);
    }

    void settle_pack() {
        registry wanted;
        for (const script::tier_definition &t : layout_.pack.tiers) wanted.tiers.push_back({t.name, t.kind});
        for (const script::profile_definition &p : layout_.pack.profiles) wanted.profiles.push_back({p.name, p.tiers});
        // Tiers of revisions that a client registered, or that another pack left applied, stay.
        for (const tier_record &t : r_.tiers) {
            bool const used = std::any_of(r_.revisions.begin(), r_.revisions.end(),
                                          [&](const revision_record &record) { return record.tier == t.name; });
            if (used && !wanted.find_tier(t.name)) wanted.tiers.push_back(t);
        }
        auto const same_tier = [](const tier_record &a, const tier_record &b) {
            return a.name == b.name && a.kind == b.kind;
        };
        auto const same_profile = [](const profile_record &a, const profile_record &b) {
            return a.name == b.name && a.tiers == b.tiers;
        };
        r_.pack_changed =
            r_.pack_name != layout_.pack.name || r_.location != location_ ||
            r_.default_profile != layout_.pack.default_profile || r_.critical_tables != layout_.pack.critical_tables ||
            !std::equal(r_.tiers.begin(), r_.tiers.end(), wanted.tiers.begin(), wanted.tiers.end(), same_tier) ||
            !std::equal(r_.profiles.begin(), r_.profiles.end(), wanted.profiles.begin(), wanted.profiles.end(),
                        same_profile);
        r_.pack_name = layout_.pack.name;
        r_.location = location_;
        r_.default_profile = layout_.pack.default_profile;
        r_.critical_tables = layout_.pack.critical_tables;
        r_.tiers = std::move(wanted.tiers);
        r_.profiles = std::move(wanted.profiles);
    }

    registry &r_;
    std::string const location_, directory_;
    layout const layout_;
    std::unordered_map<std::string, std::size_t> by_id_, by_file_;
    boost::container::vector<bool> seen_;   // by record: a file of this pass is its
};

}  // namespace

std::string current_location(const registry &r) {
    std::string const asked = pg::script_location();
    bool const by_default = asked == pg::bundled_pack;
    return by_default && !r.location.empty() ? r.location : asked;
}

void reconcile(registry &r, const std::string &location) {
    if (!location.empty()) reconciler(r, location).run();
}

}  // namespace whisper::registry

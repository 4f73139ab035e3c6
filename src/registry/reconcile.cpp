#include "registry/reconcile.hpp"

#include "pg/configuration.hpp"
#include "registry/flyway_records.hpp"
#include "registry/former_text.hpp"
#include "registry/layout.hpp"
#include "registry/migration_file.hpp"
#include "registry/order_notice.hpp"
#include "registry/record.hpp"
#include "registry/settle_pack.hpp"
#include "script/program.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace whisper::registry {
namespace {

class reconciler {
public:
    reconciler(registry &r, const std::string &location, const pg::caller &by)
        : r_(r),
          location_(location),
          directory_(pg::location_directory(location)),
          flyway_(by.flyway_history),
          layout_(read_layout(directory_, known_before(by))) {}

    void run() {
        index_records();
        for (const tier_source &tier : layout_.tiers) read_tier(tier);
        for (const tier_source &tier : layout_.tiers) chain(tier);
        tell_orders();
        for (const tier_source &tier : layout_.tiers)
            if (!tier.migrations.empty() && !tool_name(tier.migrations.front()).empty())
                r_.tools.emplace_back(tier.tier.name, tool_name(tier.migrations.front()));
        read_checks();
        settle_unseen();
        settle_pack(r_, layout_, location_);
    }

private:
    layout_context known_before(const pg::caller &by) {
        return {[this](const auto &tier, const auto &folder, const file_entries &files) {
                    return unchanged_plain_of(tier, folder, files);
                },
                [this](const std::string &id) { return r_.find_applied(id) || flyway_.has(id); },
                [this](const std::string &tier) {
                    return flyway_.any() ||
                           std::ranges::any_of(r_.applied, [&](const applied_record &a) { return a.tier == tier; });
                },
                script::parse_placeholders(pg::placeholders()),
                {{"flyway:defaultSchema", by.schema},
                 {"flyway:user", by.user},
                 {"flyway:database", by.database},
                 {":DATABASE_NAME", by.database}}};
    }

    void index_records() {
        seen_.assign(r_.revisions.size(), false);
        for (std::size_t i = 0; i < r_.revisions.size(); ++i) {
            by_id_.emplace(r_.revisions[i].revision, i);
            // Where a file's id was changed there are two that came from it.
            if (r_.revisions[i].file.empty()) continue;
            if (r_.revisions[i].missing)
                by_file_.emplace(r_.revisions[i].file, i);
            else
                by_file_.insert_or_assign(r_.revisions[i].file, i);
        }
    }

    // When files come to a tier.
    void tell_orders() const {
        for (std::size_t i = 0; i < layout_.tiers.size(); ++i)
            if (std::ranges::any_of(by_tier_[i],
                                    [&](std::size_t at) { return r_.revisions[at].state == record_state::added; }))
                tell_order(layout_.tiers[i]);
    }

    std::set<std::string> unchanged_plain_of(const std::string &tier, const std::string &folder,
                                             const file_entries &files) const {
        std::set<std::string> unchanged;
        const tier_record *const known = r_.find_tier(tier);
        if (r_.location != location_ || !known || known->format != "") return unchanged;
        std::unordered_map<std::string_view, const revision_record *> by_file;
        for (const revision_record &record : r_.revisions)
            if (!record.missing && record.tier == tier) by_file.emplace(record.file, &record);
        for (const file_entry &entry : files) {
            auto const at = by_file.find(folder + entry.name);
            if (at != by_file.end() && at->second->file_size == entry.size && at->second->file_mtime == entry.mtime)
                unchanged.insert(entry.name);
        }
        return unchanged;
    }

    void read_tier(const tier_source &tier) {
        auto &records = by_tier_.emplace_back();
        for (const migration_source &source : tier.migrations) {
            pg::check_interrupts();
            std::size_t const at = is_current(source, tier) ? *known_as(source) : read_one(tier, source);
            revision_record &record = r_.revisions[at];
            if (record.missing) {
                record.missing = false;
                record.unwritten = true;
            }
            if (source.listed.depends_on && record.depends_on != *source.listed.depends_on) {
                record.depends_on = *source.listed.depends_on;
                record.unwritten = true;
            }
            records.push_back(at);
            seen_[at] = true;
        }
    }

    // The edges that the files' order gives; after all have been read, as by then it is known which have vanished.
    void chain(const tier_source &tier) {
        bool const repeatable = tier.edge == implicit_edge::last_versioned;
        std::string previous = repeatable ? last_ : std::string();
        std::size_t position = 0;
        for (std::size_t const at : by_tier_[chained_++]) {
            revision_record &record = r_.revisions[at];
            follow(record, tier.edge, behind_vanished(record, previous));
            if (!repeatable || tier.migrations[position].listed.in_order) previous = record.revision;
            ++position;
        }
        if (!repeatable) last_ = std::move(previous);
    }

    // A vanished file keeps its place: what followed it still does, and what is new comes after what it left applied.
    std::string behind_vanished(const revision_record &record, const std::string &previous) {
        if (!record.down_implicit) return previous;
        if (record.state == record_state::added) return last_vanished_above(previous, record.tier);
        if (record.down_revisions.size() != 1) return previous;
        const std::string *below = &record.down_revisions.front();
        while (*below != previous) {
            auto const at = by_id_.find(*below);
            if (at == by_id_.end() || !is_vanished(at->second, record.tier)) return previous;
            const script::strings &next = r_.revisions[at->second].down_revisions;
            if (next.empty()) return previous.empty() ? record.down_revisions.front() : previous;
            below = &next.front();
        }
        return record.down_revisions.front();
    }

    std::string last_vanished_above(std::string below, const std::string &tier) {
        if (!vanished_above_) list_vanished();
        for (auto at = vanished_above_->find(below); at != vanished_above_->end(); at = vanished_above_->find(below)) {
            if (r_.revisions[at->second].tier != tier) break;
            below = r_.revisions[at->second].revision;
        }
        return below;
    }

    void list_vanished() {
        vanished_above_.emplace();
        for (std::size_t i = 0; i < r_.revisions.size(); ++i) {
            const revision_record &record = r_.revisions[i];
            const script::strings &below = record.down_revisions;
            if (below.size() < 2 && is_vanished(i, record.tier))
                vanished_above_->emplace(below.empty() ? std::string() : below.front(), i);
        }
    }

    bool is_vanished(std::size_t i, const std::string &tier) const {
        return !seen_[i] && !r_.revisions[i].file.empty() && r_.revisions[i].tier == tier && has_run(r_.revisions[i]);
    }
    bool has_run(const revision_record &record) const { return record.begun || r_.find_applied(record.revision); }

    // Same place, size and time, and the tier is what it was: not read again.
    bool is_current(const migration_source &source, const tier_source &in) const {
        auto const at = known_as(source);
        if (!at || r_.location != location_) return false;
        const revision_record &record = r_.revisions[*at];
        const tier_record *const before = r_.find_tier(in.tier.name);
        file_entry const whole = with_parts(directory_, source.entry, record.includes);
        return has_same_values(record) && record.file_size == whole.size && record.file_mtime == whole.mtime &&
               has_same_files(directory_, record, source) && record.tier == in.tier.name && before &&
               before->kind == in.tier.kind && before->format == in.format && !seen_[*at];
    }

    // Placeholders may have got other values.
    bool has_same_values(const revision_record &record) const {
        return std::ranges::all_of(record.placeholders, [this](const std::string &filled) {
            auto const at = layout_.pack.placeholders.find(filled.substr(0, filled.find('=')));
            return at != layout_.pack.placeholders.end() && filled == at->first + '=' + at->second;
        });
    }

    // The record that came from the file; of a tool's, which may have several in one file, that of the same id.
    std::optional<std::size_t> known_as(const migration_source &source) const {
        if (source.tool) {
            auto const at = by_id_.find(source.listed.id);
            if (at == by_id_.end() || r_.revisions[at->second].file != source.file) return std::nullopt;
            return at->second;
        }
        auto const at = by_file_.find(source.file);
        return at == by_file_.end() ? std::nullopt : std::optional(at->second);
    }

    std::size_t read_one(const tier_source &tier, const migration_source &source) {
        revision_record fresh = read_migration(directory_, layout_.pack, tier.tier, source);
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
        if (seen_[known->second]) fail_for_two(before, source);
        fresh.registration = before.registration;
        accept_former(r_, fresh);
        r_.tiers_moved |= before.tier != fresh.tier;
        // Edges that the file does not give are no change of it; follow() brings them up to date.
        if (fresh.down_implicit) fresh.down_revisions = before.down_revisions;
        if (tier.edge == implicit_edge::last_versioned || source.listed.depends_on)
            fresh.depends_on = before.depends_on;
        fresh.state = same_content(before, fresh) ? record_state::unchanged : record_state::changed;
        fresh.unwritten = true;
        before = std::move(fresh);
        return known->second;
    }

    [[noreturn]] static void fail_for_two(const revision_record &before, const migration_source &source) {
        bool const named = source.tool != nullptr;
        throw failure(sqlstate::duplicate_revision, "revision \"" + before.revision + "\" is in two files",
                      "They are \"" + before.file + "\" and \"" + source.file + "\".",
                      named ? "ids are unique over all tiers: give one of the files another version or name"
                            : "give one of them another id in its \"-- revision:\" header");
    }

    void read_checks() {
        boost::container::vector<check_record> wanted;
        for (const file_entry &entry : layout_.checks)
            wanted.push_back(read_check(std::string(checks_folder) + "/" + entry.name, entry));
        auto const same = [](const check_record &a, const check_record &b) {
            return a.file == b.file && a.file_size == b.file_size && a.file_mtime == b.file_mtime;
        };
        r_.checks_changed = !std::equal(wanted.begin(), wanted.end(), r_.checks.begin(), r_.checks.end(), same) ||
                            r_.location != location_;
        r_.checks = std::move(wanted);
    }

    check_record read_check(const std::string &file, const file_entry &entry) const {
        for (const check_record &known : r_.checks)
            if (r_.location == location_ && known.file == file && known.file_size == entry.size &&
                known.file_mtime == entry.mtime)
                return known;
        std::string const content = pg::to_database_encoding(read_file(directory_ + "/" + file), file);
        script::migration const m = script::parse_migration(content, entry.name, script::tier_kind::repeatable);
        script::require_undivided(script::compile(script::unread(), m.up.text, file, m.up.line), file, m.up.line);
        return {m.id, m.message, m.up.text, file, m.up.line, entry.size, entry.mtime};
    }

    static void follow(revision_record &record, implicit_edge edge, const std::string &previous) {
        bool const depends = edge == implicit_edge::last_versioned;
        if (!depends && !record.down_implicit) return;
        script::strings &edges = depends ? record.depends_on : record.down_revisions;
        script::strings wanted;
        if (!previous.empty()) wanted.push_back(previous);
        if (edges == wanted) return;
        edges = std::move(wanted);
        record.unwritten = true;
    }

    // The names of vanished records that what a client registered, or what has run, stands on.
    std::unordered_set<std::string_view> needed() const {
        std::unordered_set<std::string_view> names;
        boost::container::vector<const revision_record *> open;
        for (std::size_t i = 0; i < r_.revisions.size(); ++i)
            if (!seen_[i] && (r_.revisions[i].file.empty() || has_run(r_.revisions[i])))
                open.push_back(&r_.revisions[i]);
        while (!open.empty()) {
            const revision_record &record = *open.back();
            open.pop_back();
            for (const script::strings *below : {&record.down_revisions, &record.depends_on})
                for (const std::string &name : *below) {
                    auto const at = by_id_.find(name);
                    if (at != by_id_.end() && !seen_[at->second] && names.insert(name).second)
                        open.push_back(&r_.revisions[at->second]);
                }
        }
        return names;
    }

    // A file that is gone, be it that the location is another one: what has run of it must be kept to be taken back.
    void settle_unseen() {
        if (std::ranges::find(seen_, false) == seen_.end()) return;
        auto const needed_names = needed();
        bool removing = false;
        for (std::size_t i = 0; i < r_.revisions.size(); ++i) {
            revision_record &record = r_.revisions[i];
            if (seen_[i] || record.file.empty()) continue;
            record.unwritten |= !record.missing;
            record.missing = true;
            bool const kept = has_run(record) || needed_names.contains(record.revision);
            record.state = kept ? record_state::missing : record_state::removed;
            removing |= record.state == record_state::removed;
        }
        if (!removing) return;
        boost::container::vector<revision_record> kept;
        for (revision_record &record : r_.revisions)
            (record.state == record_state::removed ? r_.removed : kept).push_back(std::move(record));
        r_.revisions = std::move(kept);
    }

    registry &r_;
    std::string const location_, directory_;
    flyway_records flyway_;
    pack_layout const layout_;
    std::unordered_map<std::string, std::size_t> by_id_, by_file_;
    boost::container::vector<bool> seen_;                                       // by record: a file of this pass is its
    boost::container::vector<boost::container::vector<std::size_t>> by_tier_;   // the records of each tier's files
    std::size_t chained_ = 0;
    std::optional<std::unordered_map<std::string, std::size_t>> vanished_above_;   // applied, by what they follow
    std::string last_;   // the last revision of the tier before
};

}   // namespace

std::string current_location(const registry &r) {
    std::string const asked = pg::script_location();
    bool const by_default = asked == pg::bundled_pack;
    return by_default && !r.location.empty() ? r.location : asked;
}

void reconcile(registry &r, const std::string &location, const pg::caller &by) {
    if (!location.empty()) reconciler(r, location, by).run();
}

}   // namespace whisper::registry

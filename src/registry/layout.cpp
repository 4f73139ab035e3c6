#include "registry/layout.hpp"

#include "error.hpp"
#include "pg/configuration.hpp"
#include "registry/pack_directory.hpp"
#include "script/formats/code_files.hpp"
#include "script/formats/foreign_names.hpp"
#include "script/formats/names.hpp"
#include "script/names.hpp"

#include <algorithm>

namespace whisper::registry {
namespace {

constexpr std::string_view repeatable_suffix = "_repeatable";

std::string last_component(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path.substr(path.find_last_of('/') + 1);
}

// JSON is UTF-8, whatever the encoding of the database. Names of tiers and profiles are ASCII.
script::pack_definition read_pack(const std::string &path) {
    std::string const text = read_file(path);
    auto const convert = [&](std::string &value) { value = pg::to_database_encoding(std::move(value), path); };
    try {
        script::pack_definition pack = script::parse_pack(text);
        std::ranges::for_each(pack.critical_tables, convert);
        std::map<std::string, std::string> placeholders;
        for (auto &[name, value] : pack.placeholders) {
            convert(value);
            placeholders.emplace(pg::to_database_encoding(name, path), std::move(value));
        }
        pack.placeholders = std::move(placeholders);
        return pack;
    } catch (failure &error) {
        convert(error.message);
        convert(error.detail);
        throw;
    }
}

class layout_reader {
public:
    layout_reader(const std::string &directory, const layout_context &context)
        : directory_(directory), context_(context) {}

    pack_layout read() {
        std::string const path = directory_ + "/pack.json";
        if (is_file(path))
            layout_.pack = read_pack(path);
        else
            derive_pack();
        auto &placeholders = layout_.pack.placeholders;
        for (auto const &[name, value] : context_.set) placeholders.insert_or_assign(name, value);
        placeholders.insert(context_.built_in.begin(), context_.built_in.end());
        auto const tiers = layout_.pack.tiers;   // one of them may bring another
        for (const script::tier_definition &tier : tiers) add_tier(tier);
        list_checks();
        return std::move(layout_);
    }

private:
    // Without a pack.json each subfolder is a versioned tier, and a folder without any is one tier named after it.
    void derive_pack() {
        script::pack_definition &pack = layout_.pack;
        pack.name = last_component(directory_);
        for (const std::string &folder : list_directories(directory_))
            if (folder != checks_folder) pack.tiers.push_back({folder, script::tier_kind::versioned});
        file_entries const beside = list_files(directory_, ".sql");
        pack_directory top(directory_, no_folder_, pack);
        script::formats::sql_files(top);   // names that are nearly one are errors
        // Folders of a tool's directory, or with code and data beside the migrations, are no tiers.
        // A plan says itself which files there are, wherever they are.
        bool const in_folders =
            has_migrations_in_folders(beside) && !script::formats::recognize(top, script::formats::certainty::plan);
        if (!beside.empty() && !in_folders) pack.tiers.clear();
        if (!pack.tiers.empty() && !in_folders && script::formats::recognize(top)) pack.tiers.clear();
        if (!pack.tiers.empty() && !beside.empty())
            throw failure(sqlstate::invalid_pack, "directory \"" + directory_ + "\" has migrations and folders",
                          "File \"" + beside.front().name + "\" stands beside folder \"" + pack.tiers.front().name +
                              "\", and no pack.json says which are the tiers.",
                          "move the files into a folder of their own, or write a pack.json");
        for (const script::tier_definition &t : pack.tiers) script::formats::require_no_ways(t.name);
        if (pack.tiers.empty()) {
            flat_ = true;
            pack.tiers.push_back({pack.name, script::tier_kind::versioned});
        }
        script::profile_definition all{"default", {}};
        for (const script::tier_definition &t : pack.tiers) all.tiers.push_back(t.name);
        pack.profiles.push_back(std::move(all));
        pack.default_profile = "default";
    }

    // Whether there are migrations beside folders with migrations.
    bool has_migrations_in_folders(const file_entries &beside) const {
        return !beside.empty() && std::ranges::any_of(layout_.pack.tiers, [this](const script::tier_definition &t) {
            pack_directory in(directory_, t.name + "/", layout_.pack);
            return !script::formats::sql_files(in).empty();
        });
    }

    void add_tier(const script::tier_definition &tier) {
        std::string const folder = flat_ ? std::string() : tier.name + "/";
        file_entries const files = list_files(directory_ + "/" + folder, ".sql");
        pack_directory in(directory_, folder, layout_.pack);
        in.know(context_.is_applied, [&] { return context_.has_history(tier.name); });
        bool const versioned = tier.kind == script::tier_kind::versioned;
        const script::formats::format *const tool = versioned ? tool_of(tier, folder, files) : nullptr;
        tier_source &source = layout_.tiers.emplace_back();
        source.tier = tier;
        if (tool) source.format = tool->name;
        if (versioned) source.edge = implicit_edge::file_before;
        bool const any_name = !tool || tool->name == "numbered";
        if (any_name && tier.format.empty()) script::formats::require_no_ways(script::formats::sql_files(in), folder);
        if (versioned && tier.format != script::formats::plain_name) script::formats::require_no_code(in, tool);
        if (!tool) {
            script::formats::sql_files(in);
            for (const file_entry &entry : files) source.migrations.push_back(native(folder, entry));
            return;
        }
        tier_source repeatable;
        for (script::formats::entry &listed : tool->list(in)) {
            auto &into = listed.repeatable ? repeatable : source;
            into.migrations.push_back(of_tool(*tool, folder, std::move(listed)));
        }
        if (!repeatable.migrations.empty()) add_repeatable_tier(tier.name, std::move(repeatable));
    }

    const script::formats::format *tool_of(const script::tier_definition &tier, const std::string &folder,
                                           const file_entries &files) const {
        if (tier.format == script::formats::plain_name) return nullptr;
        if (const script::formats::format *const named = script::formats::find_format(tier.format)) {
            pack_directory in(directory_, folder, layout_.pack);
            script::formats::require_fit(in, *named);
            return named;
        }
        std::set<std::string> const plain = context_.unchanged(tier.name, folder, files);
        if (!files.empty() && plain.size() == files.size()) return nullptr;
        pack_directory in(directory_, folder, layout_.pack, plain);
        return script::formats::recognize(in);
    }

    static migration_source native(const std::string &folder, const file_entry &entry) {
        migration_source source;
        source.file = folder + entry.name;
        source.entry = entry;
        return source;
    }

    migration_source of_tool(const script::formats::format &tool, const std::string &folder,
                             script::formats::entry listed) const {
        migration_source source;
        source.file = folder + listed.files.front();
        source.entry = stat_file(directory_ + "/" + source.file);
        source.tool = &tool;
        source.folder = folder;
        listed.message = pg::to_database_encoding(std::move(listed.message), source.file);
        for (std::size_t i = 1; i < listed.files.size(); ++i) source.parts.push_back(folder + listed.files[i]);
        source.listed = std::move(listed);
        return source;
    }

    // Versioned and repeatable files of one folder are two tiers, and go together into every profile.
    void add_repeatable_tier(const std::string &beside, tier_source source) {
        script::tier_definition const tier{beside + std::string(repeatable_suffix), script::tier_kind::repeatable};
        auto const is_beside = [&](const script::tier_definition &t) { return t.name == beside; };
        auto const is_taken = [&](const script::tier_definition &t) { return t.name == tier.name; };
        auto &tiers = layout_.pack.tiers;
        if (std::ranges::any_of(tiers, is_taken))
            throw failure(sqlstate::invalid_pack, "tier \"" + tier.name + "\" exists already",
                          "The repeatable files of folder \"" + beside + "\" are the tier of that name.",
                          "give one of the folders another name");
        if (std::string_view const problem = script::name_problem(tier.name); !problem.empty())
            throw failure(sqlstate::invalid_pack, "invalid name \"" + tier.name + "\" for a tier", std::string(problem),
                          std::string(script::name_hint));
        bool const placed = source.migrations.front().listed.depends_on.has_value();
        tiers.insert(std::ranges::find_if(tiers, is_beside) + 1, tier);
        for (script::profile_definition &profile : layout_.pack.profiles)
            if (auto const at = std::ranges::find(profile.tiers, beside); at != profile.tiers.end())
                profile.tiers.insert(at + 1, tier.name);
        source.tier = tier;
        source.edge = placed ? implicit_edge::none : implicit_edge::last_versioned;
        layout_.tiers.push_back(std::move(source));
    }

    void list_checks() {
        auto const is_checks = [](const script::tier_definition &t) { return t.name == checks_folder; };
        // A flat directory has no folders for tiers, even when it is called like this one.
        bool const is_tier = !flat_ && std::ranges::any_of(layout_.pack.tiers, is_checks);
        std::string const folder = directory_ + "/" + std::string(checks_folder);
        if (!is_tier && is_directory(folder) && !holds_parts(std::string(checks_folder) + "/"))
            layout_.checks = list_checks_in(folder);
    }

    file_entries list_checks_in(const std::string &folder) {
        pack_directory in(directory_, std::string(checks_folder) + "/", layout_.pack);
        script::formats::sql_files(in);
        return list_files(folder, ".sql");
    }

    // Whether a tool keeps parts of its migrations in this folder, as Sqitch does in "verify".
    bool holds_parts(const std::string &folder) const {
        return std::ranges::any_of(layout_.tiers, [&](const tier_source &tier) {
            return std::ranges::any_of(tier.migrations, [&](const migration_source &source) {
                return std::ranges::any_of(source.parts,
                                           [&](const std::string &part) { return part.starts_with(folder); });
            });
        });
    }

    const std::string &directory_;
    const layout_context &context_;
    std::string const no_folder_;
    pack_layout layout_;
    bool flat_ = false;   // the one tier's files are in the directory itself
};

}   // namespace

std::string_view tool_name(const migration_source &source) noexcept {
    return source.tool ? source.tool->title : std::string_view();
}

pack_layout read_layout(const std::string &directory, const layout_context &context) {
    return layout_reader(directory, context).read();
}

}   // namespace whisper::registry

#include "script/formats/flyway_files.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/formats/names.hpp"
#include "script/formats/version_names.hpp"
#include "script/names.hpp"

#include <algorithm>
#include <span>

namespace whisper::script::formats {
namespace {

constexpr std::string_view flyway_suffix = ".sql";

// The events that Flyway knows. Those of commands that are not run here never happen.
enum class moment : unsigned char { never, before_repeatable, last, elsewhere };
struct callback_event {
    std::string_view name;
    moment when;
};
constexpr callback_event events[] = {
    {"afterVersioned", moment::before_repeatable},
    {"afterMigrate", moment::last},
    {"beforeMigrate", moment::elsewhere},
    {"beforeEachMigrate", moment::elsewhere},
    {"beforeEachMigrateStatement", moment::elsewhere},
    {"afterEachMigrateStatement", moment::elsewhere},
    {"afterEachMigrateStatementError", moment::elsewhere},
    {"afterEachMigrate", moment::elsewhere},
    {"afterEachMigrateError", moment::elsewhere},
    {"beforeRepeatables", moment::elsewhere},
    {"afterMigrateApplied", moment::elsewhere},
    {"afterMigrateError", moment::elsewhere},
    {"afterMigrateOperationFinish", moment::elsewhere},
    {"beforeUndo", moment::elsewhere},
    {"beforeEachUndo", moment::elsewhere},
    {"beforeEachUndoStatement", moment::elsewhere},
    {"afterEachUndoStatement", moment::elsewhere},
    {"afterEachUndoStatementError", moment::elsewhere},
    {"afterEachUndo", moment::elsewhere},
    {"afterEachUndoError", moment::elsewhere},
    {"afterUndo", moment::elsewhere},
    {"afterUndoError", moment::elsewhere},
    {"afterUndoOperationFinish", moment::elsewhere},
    {"beforeConnect", moment::elsewhere},
    {"afterConnect", moment::elsewhere},
    {"createSchema", moment::elsewhere},
    {"beforeCreateSchema", moment::elsewhere},
};
// before…, after…, after…Error and after…OperationFinish of each.
constexpr std::string_view other_commands[] = {"Clean", "Info", "Validate", "Baseline", "Repair"};

bool is_of_other_command(std::string_view event) {
    bool const after = event.starts_with("after");
    if (!after && !event.starts_with("before")) return false;
    std::string_view command = event.substr(after ? 5 : 6);
    if (after)
        for (std::string_view const ending : {"Error", "OperationFinish"})
            if (command.ends_with(ending)) command.remove_suffix(ending.size());
    return std::ranges::find(other_commands, command) != std::end(other_commands);
}

// "afterMigrate.sql", "afterMigrate__description.sql".
std::optional<moment> callback_of(std::string_view file) {
    std::string_view const stem = file.substr(0, file.size() - flyway_suffix.size());
    std::string_view const event = stem.substr(0, stem.find("__"));
    auto const known = std::ranges::find(events, event, &callback_event::name);
    if (known != std::end(events)) return known->when;
    return is_of_other_command(event) ? std::optional(moment::never) : std::nullopt;
}

[[noreturn]] void refuse_callback(directory &in, const std::string &file) {
    refuse(
        in, flyway, file, 0, "callback that has no place here",
        "of the callbacks of Flyway, \"afterVersioned\" and \"afterMigrate\" are run at every upgrade; put what this "
        "one does into the migrations, or take it out");
}

entry flyway_entry(directory &in, std::string id, const std::string &file) {
    entry made;
    made.id = std::move(id);
    std::ranges::replace(made.id, ' ', '_');
    std::size_t const description = std::min(file.find("__"), file.size() - flyway_suffix.size() - 2) + 2;
    made.message = file.substr(description, file.size() - flyway_suffix.size() - description);
    std::ranges::replace(made.message, '_', ' ');
    made.files.push_back(file);
    if (std::string_view const problem = id_problem(made.id); !problem.empty())
        refuse(in, flyway, file, 0, "invalid revision id \"" + made.id + '"', std::string(id_hint));
    return made;
}

struct sorted_files {
    boost::container::vector<std::string> versions;   // "V", "U" and "R"
    boost::container::vector<std::string> baselines, before_repeatable, last;
};

sorted_files sort_out(directory &in) {
    sorted_files found;
    std::string_view version;
    for (const std::string &file : sql_files(in)) {
        auto const callback = callback_of(file);
        if (callback == moment::elsewhere) refuse_callback(in, file);
        if (callback == moment::never) continue;
        auto &into = callback == moment::before_repeatable ? found.before_repeatable
                     : callback == moment::last            ? found.last
                     : is_baseline(file, version)          ? found.baselines
                                                           : found.versions;
        into.push_back(file);
    }
    return found;
}

std::string_view baseline_version(const std::string &baseline) {
    std::string_view version;
    is_baseline(baseline, version);
    return version;
}

std::string baseline_id(const std::string &baseline) {
    std::string id = 'B' + std::string(baseline_version(baseline));
    std::ranges::replace(id, '_', '.');
    return id;
}

// A fresh database begins with the highest baseline; one that began with one stays with it, and one with a history has
// no use for any.
const std::string *baseline_for(directory &in, const boost::container::vector<std::string> &baselines) {
    const std::string *highest = nullptr;
    for (const std::string &file : baselines) {
        if (in.is_applied(baseline_id(file))) return &file;
        auto const order = highest ? compare_versions(baseline_version(file), baseline_version(*highest))
                                   : std::strong_ordering::greater;
        if (std::is_eq(order))
            throw failure(
                sqlstate::duplicate_revision,
                "files \"" + in.path() + *highest + "\" and \"" + in.path() + file + "\" have the same version",
                "Versions are compared as numbers.", "give one of them another one");
        if (std::is_gt(order)) highest = &file;
    }
    return in.has_history() ? nullptr : highest;
}

void begin_with(directory &in, const std::string &baseline, boost::container::vector<entry> &versions) {
    auto const below = std::remove_if(versions.begin(), versions.end(), [&](const entry &e) {
        return !e.repeatable &&
               std::is_lteq(compare_versions(std::string_view(e.id).substr(1), baseline_version(baseline)));
    });
    versions.erase(below, versions.end());
    versions.insert(versions.begin(), flyway_entry(in, baseline_id(baseline), baseline));
}

void add_callbacks(directory &in, const sorted_files &files, boost::container::vector<entry> &all) {
    if (files.before_repeatable.empty() && files.last.empty()) return;
    auto const callback = [&](const std::string &file) {
        entry made = flyway_entry(in, file.substr(0, file.size() - flyway_suffix.size()), file);
        made.repeatable = true;
        return made;
    };
    boost::container::vector<entry> first;
    for (const std::string &file : files.before_repeatable) first.push_back(callback(file));
    auto const at = std::ranges::find_if(all, [](const entry &e) { return e.repeatable; });
    all.insert(at, first.begin(), first.end());
    for (const std::string &file : files.last) all.push_back(callback(file));
    for (entry &e : all) e.in_order = e.repeatable;
}

// The tool finds its migrations below, too.
void refuse_among_checks(directory &in) {
    constexpr std::string_view checks = "verify";
    const auto &folders = in.list().folders;
    if (!in.path().empty() || std::ranges::find(folders, checks) == folders.end()) return;
    for (const std::string &file : in.list(std::string(checks)).files)
        if (tool_of(std::span(&file, 1)) == migration_tool::flyway)
            refuse(in, flyway, "verify/" + file, 0, "migration in the folder of checks",
                   "put it beside the others, or name it otherwise if it is a check");
}

// "flyway.conf" is the tool's own; others say how the file before their ending is run.
void require_known(directory &in) {
    const auto &files = in.list().files;
    for (const std::string &file : files) {
        if (!file.ends_with(settings_ending) || file == "flyway.conf") continue;
        std::string const script = file.substr(0, file.size() - settings_ending.size());
        if (!script.ends_with(flyway_suffix) || std::ranges::find(files, script) == files.end())
            refuse(in, flyway, file, 0, "settings without a migration",
                   "name it after its migration, like \"V1__name.sql.conf\", or take it out");
    }
    refuse_below(
        in, flyway, [](const std::string &file) { return is_sql(file) || file.ends_with(".sql.conf"); },
        "put it beside the others; a folder of its own is a tier of its own");
    refuse_among_checks(in);
}

void add_settings(directory &in, entry &to) {
    const auto &files = in.list().files;
    strings const scripts = to.files;
    for (const std::string &script : scripts)
        if (std::string const file = script + std::string(settings_ending);
            std::ranges::find(files, file) != files.end())
            to.files.push_back(file);
}

}   // namespace

bool is_baseline(std::string_view file, std::string_view &version) {
    std::size_t const separator = file.find("__");
    if (!file.starts_with('B') || !file.ends_with(flyway_suffix) || separator == file.npos) return false;
    version = file.substr(1, separator - 1);
    return is_flyway_version(version);
}

boost::container::vector<entry> list_flyway(directory &in) {
    require_known(in);
    sorted_files const files = sort_out(in);
    const auto &names = files.versions;
    if (!names.empty() && tool_of({names.data(), names.size()}) != migration_tool::flyway)
        refuse(in, flyway, names.front(), 0, "name of no migration",
               "name it like \"V1__description.sql\", or move it out of the directory");
    auto found = list_versions(in, names);
    if (const std::string *const baseline = baseline_for(in, files.baselines)) begin_with(in, *baseline, found);
    add_callbacks(in, files, found);
    for (entry &made : found) add_settings(in, made);
    return found;
}

script_settings read_settings(directory &in, const std::string &file) {
    std::string const text = in.content(file);
    script_settings found;
    int line = 1;
    for (std::size_t start = 0; start < text.size(); ++line) {
        std::size_t const end = find_character(text, '\n', start);
        std::string_view const setting = trim(std::string_view(text).substr(start, end - start));
        start = end + 1;
        if (setting.empty() || setting.front() == '#' || setting.front() == '!') continue;
        std::size_t const equals = std::min(setting.find('='), setting.size());
        std::string_view const name = trim(setting.substr(0, equals));
        std::string_view const value = trim(setting.substr(std::min(equals + 1, setting.size())));
        bool const no = equals_word(value, "false"), yes = equals_word(value, "true");
        if (name == "executeInTransaction" && (no || yes))
            found.transactional = yes;
        else if (name == "placeholderReplacement" && (no || yes))
            found.placeholders = yes;
        else if (!(name == "shouldExecute" && yes) && !(name == "encoding" && equals_word(value, "utf-8")))
            refuse(in, flyway, file, line, "setting that cannot be followed",
                   "\"executeInTransaction\" and \"placeholderReplacement\" can be; take it out");
    }
    return found;
}

}   // namespace whisper::script::formats

// Flyway: V1.2__name.sql, U1.2__name.sql, R__name.sql, B2__name.sql, callbacks, and ${placeholders}.

#include "script/formats/flyway_files.hpp"
#include "script/formats/placeholders.hpp"
#include "script/formats/version_names.hpp"
#include "script/origin.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

clue recognize_flyway(directory &in) {
    if (clue seen = recognize_versions(in, migration_tool::flyway); seen.sure != certainty::none) return seen;
    std::string_view version;
    for (const std::string &file : in.list().files)
        if (is_baseline(file, version)) return {certainty::names, file, 0};
    return {};
}

class flyway_reader {
public:
    flyway_reader(directory &in, const entry &what) : in_(in), what_(what) {
        made_.id = what.id;
        made_.message = what.message;
    }

    migration read() {
        bool seen = false;
        for (const std::string &file : what_.files) {
            if (file.ends_with(settings_ending)) continue;
            take(file, seen ? made_.down : made_.up, seen);
            seen = true;
        }
        if (what_.repeatable) made_.rerun = what_.id.starts_with('R') ? rerun_mode::whole : rerun_mode::always;
        return std::move(made_);
    }

private:
    void take(const std::string &file, section &into, bool is_down) {
        script_settings const how = settings_of(file);
        std::string unfilled = in_.script(file), text = unfilled;
        if (how.placeholders) {
            text = fill(unfilled, file);
            require_no_placeholders(text, in_.path() + file);
        }
        if (is_down) {
            // The record names one file: the marker tells errors that this text is from the other one.
            std::string marker;
            append_line_marker(marker, 1, in_.path() + file);
            text.insert(0, marker);
            unfilled.insert(0, marker);
        }
        // Of a repeatable file Flyway compares what is run: another value makes it run again.
        if (what_.repeatable) unfilled = text;
        fill_section(into, std::move(text), std::move(unfilled));
        into.transactional = how.transactional;
    }

    script_settings settings_of(const std::string &file) {
        std::string const settings = file + std::string(settings_ending);
        if (std::ranges::find(what_.files, settings) == what_.files.end()) return {};
        return read_settings(in_, settings);
    }

    std::string fill(std::string_view text, const std::string &file) {
        placeholder_values own{{"flyway:filename", file}, {"flyway:table", "flyway_schema_history"}};
        for (const auto &value : in_.placeholders()) own.insert_or_assign(value.first, value.second);
        placeholder_values filled_in;
        std::string result = fill_braces(text, own, filled_in);
        for (const auto &value : filled_in)
            if (in_.placeholders().contains(value.first)) made_.filled_in.insert(value);
        return result;
    }

    directory &in_;
    const entry &what_;
    migration made_;
};

migration read_flyway(directory &in, const entry &what) { return flyway_reader(in, what).read(); }

}   // namespace

const format flyway{"flyway", "Flyway", recognize_flyway, list_flyway, read_flyway};

}   // namespace whisper::script::formats

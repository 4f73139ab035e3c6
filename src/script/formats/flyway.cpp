// Flyway: V1.2__name.sql, U1.2__name.sql, R__name.sql, and ${placeholders}.

#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/formats/version_names.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format flyway;

namespace {

clue recognize_flyway(directory &in) { return recognize_versions(in, migration_tool::flyway); }

void replace_placeholders(std::string &text, const std::map<std::string, std::string> &values) {
    std::size_t at = 0;
    while ((at = text.find("${", at)) != std::string::npos) {
        std::size_t const close = text.find('}', at);
        auto const value = close == std::string::npos ? values.end() : values.find(text.substr(at + 2, close - at - 2));
        if (value == values.end()) {
            at += 2;
            continue;
        }
        text.replace(at, close + 1 - at, value->second);
        at += value->second.size();
    }
}

// What it is given, with values in the places of placeholders.
class filled final : public directory {
public:
    explicit filled(directory &all) : all_(all) {}
    const std::string &path() const override { return all_.path(); }
    const listing &list(const std::string &folder) override { return all_.list(folder); }
    std::string content(const std::string &file) override { return fill_in(all_.content(file), file); }
    std::string script(const std::string &file) override { return fill_in(all_.script(file), file); }
    const std::map<std::string, std::string> &placeholders() const override { return all_.placeholders(); }

private:
    std::string fill_in(std::string text, const std::string &file) const {
        replace_placeholders(text, placeholders());
        require_no_placeholders(text, path() + file);
        return text;
    }
    directory &all_;
};

constexpr std::string_view flyway_settings = ".conf";

// "V1__name.sql.conf" says how that file is run. "flyway.conf" is the tool's own.
void require_known(directory &in) {
    const auto &files = in.list().files;
    for (const std::string &file : files) {
        if (!file.ends_with(flyway_settings) || file == "flyway.conf") continue;
        std::string const script = file.substr(0, file.size() - flyway_settings.size());
        if (!script.ends_with(".sql") || std::ranges::find(files, script) == files.end())
            refuse(in, flyway, file, 0, "settings without a migration",
                   "name it after its migration, like \"V1__name.sql.conf\", or take it out");
    }
    refuse_below(
        in, flyway, [](const std::string &file) { return file.ends_with(".sql") || file.ends_with(".sql.conf"); },
        "put it beside the others; a folder of its own is a tier of its own");
}

boost::container::vector<entry> list_flyway(directory &in) {
    require_known(in);
    auto found = list_versions(in);
    const auto &files = in.list().files;
    for (entry &made : found) {
        strings const scripts = made.files;
        for (const std::string &script : scripts)
            if (std::string const file = script + std::string(flyway_settings);
                std::ranges::find(files, file) != files.end())
                made.files.push_back(file);
    }
    return found;
}

// "executeInTransaction=false"; other settings would change what the file does.
bool flyway_runs_in_transaction(directory &in, const std::string &file) {
    std::string const text = in.content(file);
    bool transactional = true;
    int line = 1;
    for (std::size_t start = 0; start < text.size(); ++line) {
        std::size_t const end = find_character(text, '\n', start);
        std::string_view const setting = trim(std::string_view(text).substr(start, end - start));
        start = end + 1;
        if (setting.empty() || setting.front() == '#' || setting.front() == '!') continue;
        std::size_t const equals = std::min(setting.find('='), setting.size());
        std::string_view const value = trim(setting.substr(std::min(equals + 1, setting.size())));
        bool const no = equals_word(value, "false");
        if (trim(setting.substr(0, equals)) != "executeInTransaction" || (!no && !equals_word(value, "true")))
            refuse(in, flyway, file, line, "setting that cannot be followed",
                   "write \"executeInTransaction=false\", or take it out");
        transactional = !no;
    }
    return transactional;
}

migration read_flyway(directory &in, const entry &what) {
    entry scripts = what;
    while (scripts.files.back().ends_with(flyway_settings)) scripts.files.pop_back();
    filled values(in);
    migration made = read_pair(values, scripts);
    for (std::size_t i = scripts.files.size(); i < what.files.size(); ++i) {
        bool const up = what.files[i] == what.files.front() + std::string(flyway_settings);
        (up ? made.up : made.down).transactional = flyway_runs_in_transaction(in, what.files[i]);
    }
    return made;
}

}   // namespace

const format flyway{"flyway", "Flyway", recognize_flyway, list_flyway, read_flyway};

}   // namespace whisper::script::formats

// diesel: a folder each with up.sql, down.sql and maybe metadata.toml. The version is what stands before the first '_',
// without its hyphens.

#include "script/characters.hpp"
#include "script/formats/folders.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format diesel;

namespace {

constexpr std::string_view diesel_settings = "metadata.toml";

std::string diesel_version(std::string_view folder) {
    std::string version(folder.substr(0, folder.find('_')));
    std::erase(version, '-');
    return version;
}

constexpr folder_rules diesel_rules{"up.sql", "down.sql", diesel_settings,
                                    "diesel's folders hold \"up.sql\" and \"down.sql\"; move other files elsewhere",
                                    diesel_version};

// Hasura's versions are 13 digits: milliseconds.
constexpr std::size_t digits_of_hasura = 13;

bool is_diesels(std::string_view folder) { return diesel_version(folder).size() != digits_of_hasura; }

clue recognize_diesel(directory &in) { return find_in_folders(in, diesel_rules.up, is_diesels); }

boost::container::vector<entry> list_diesel(directory &in) { return list_folders(in, diesel, diesel_rules); }

// "run_in_transaction = false"; nothing else is known to stand there.
bool diesel_runs_in_transaction(directory &in, const std::string &file) {
    std::string const text = in.content(file);
    bool transactional = true;
    int line = 1;
    for (std::size_t start = 0; start < text.size(); ++line) {
        std::size_t const end = find_character(text, '\n', start);
        std::string_view setting = std::string_view(text).substr(start, end - start);
        setting = trim(setting.substr(0, setting.find('#')));
        std::size_t const equals = setting.find('=');
        std::string_view const value = equals == setting.npos ? setting : trim(setting.substr(equals + 1));
        bool const known = trim(setting.substr(0, equals)) == "run_in_transaction" && equals != setting.npos;
        if (!setting.empty() && (!known || (value != "true" && value != "false")))
            refuse(in, diesel, file, line, "unknown setting", "write \"run_in_transaction = false\", or take it out");
        if (known) transactional = value == "true";
        start = end + 1;
    }
    return transactional;
}

migration read_diesel(directory &in, const entry &what) {
    migration made = read_folder(in, what, diesel_rules);
    if (what.files.back().ends_with(diesel_settings))
        made.up.transactional = made.down.transactional = diesel_runs_in_transaction(in, what.files.back());
    return made;
}

}   // namespace

const format diesel{"diesel", "diesel", recognize_diesel, list_diesel, read_diesel};

}   // namespace whisper::script::formats

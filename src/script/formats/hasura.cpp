// Hasura: a folder each, named by 13 digits, with up.sql and down.sql.

#include "script/characters.hpp"
#include "script/formats/folders.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format hasura;

namespace {

std::string hasura_version(std::string_view folder) { return std::string(folder.substr(0, folder.find('_'))); }

constexpr folder_rules hasura_rules{"up.sql",
                                    "down.sql",
                                    {},
                                    "Hasura's folders hold \"up.sql\" and \"down.sql\"; move other files elsewhere",
                                    hasura_version};

bool is_hasuras(std::string_view folder) {
    std::string const version = hasura_version(folder);
    return version.size() == 13 && std::ranges::all_of(version, is_digit);
}

clue recognize_hasura(directory &in) { return find_in_folders(in, hasura_rules.up, is_hasuras); }

// Migrations of its metadata would be left out without a word.
void refuse_yaml(directory &in) {
    for (const std::string &folder : in.list().folders)
        for (const std::string &file : in.list(folder).files)
            if (file == "up.yaml" || file == "down.yaml")
                refuse(in, hasura, folder + '/' + file, 0, "migration in YAML", "write its SQL into \"up.sql\"");
}

boost::container::vector<entry> list_hasura(directory &in) {
    refuse_yaml(in);
    return list_folders(in, hasura, hasura_rules);
}

migration read_hasura(directory &in, const entry &what) { return read_folder(in, what, hasura_rules); }

}   // namespace

const format hasura{"hasura", "Hasura", recognize_hasura, list_hasura, read_hasura};

}   // namespace whisper::script::formats

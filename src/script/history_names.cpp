// Under which names a tool records a migration, and which migration a recorded name is.

#include "script/change_set_name.hpp"
#include "script/strings.hpp"
#include "script/tool_history.hpp"

#include <algorithm>
#include <cctype>

namespace whisper::script {
namespace {

std::string_view folder_part(std::string_view path) noexcept {
    std::size_t const slash = path.find_last_of('/');
    return slash == std::string_view::npos ? std::string_view() : file_part(path.substr(0, slash));
}

std::string_view stem(std::string_view name) noexcept {
    for (std::string_view const ending : {".up.sql", ".sql", ".js", ".ts", ".py", ".go"})
        if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
    return name;
}

bool has_version(std::string_view name) noexcept { return name.starts_with('V') || name.starts_with('B'); }

// "V1.0" -> "V1", "V01_2" -> "V1.2".
std::string flyway_version(std::string_view version) {
    std::string shown(version.substr(0, 1));
    version.remove_prefix(1);
    strings parts;
    while (true) {
        std::size_t const end = std::min(version.find_first_of("._"), version.size());
        std::string_view part = version.substr(0, end);
        part.remove_prefix(std::min(part.find_first_not_of('0'), part.size()));
        parts.emplace_back(part);
        if (end == version.size()) break;
        version.remove_prefix(end + 1);
    }
    while (!parts.empty() && parts.back().empty()) parts.pop_back();
    for (std::size_t i = 0; i < parts.size(); ++i) shown += (i ? "." : "") + (parts[i].empty() ? "0" : parts[i]);
    return shown;
}

// As it may be in an id: other characters than an id can have are underscores.
std::string as_id(std::string_view text) {
    std::string id(text);
    for (char &c : id)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.') c = '_';
    return id;
}

}   // namespace

std::string leading_number(std::string_view name) {
    if (name.size() > 1 && (name[0] == 'V' || name[0] == 'U')) name.remove_prefix(1);
    std::size_t const end = std::min(name.find_first_not_of("0123456789-"), name.size());
    bool const ends = end == name.size() || name[end] == '_' || name[end] == '.';
    std::string number;
    for (char const c : name.substr(0, end))
        if (c != '-') number += c;
    if (!ends || number.empty() || name.front() == '-') return {};
    return number.substr(std::min(number.find_first_not_of('0'), number.size() - 1));
}

strings names_of_revision(version_form form, std::string_view id, std::string_view file) {
    std::string_view const base = file_part(file), folder = folder_part(file);
    strings names;
    switch (form) {
        case version_form::number: {
            std::string number = leading_number(id);
            // An id of a header of its own has nothing to do with how the file is called.
            bool const called_so = base.starts_with(id) || folder.starts_with(id);
            if (number.empty() && called_so) number = leading_number(base);
            if (number.empty() && called_so) number = leading_number(folder);
            names.push_back(number.empty() ? std::string(id) : number);
            break;
        }
        case version_form::name:
            for (std::string_view const name : {id, base, stem(base), folder})
                if (!name.empty() && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
            break;
        case version_form::flyway:
            names.push_back(has_version(id) ? flyway_version(id) : std::string(id));
            break;
        case version_form::id:
        case version_form::changeset:
            names.emplace_back(id);
    }
    return names;
}

strings names_of_version(version_form form, std::string_view version) {
    strings names;
    switch (form) {
        case version_form::number: {
            std::string const number = leading_number(version);
            names.push_back(number.empty() ? std::string(version) : number);
            break;
        }
        case version_form::name:
            names.emplace_back(version);
            if (stem(file_part(version)) != version) names.emplace_back(stem(file_part(version)));
            break;
        case version_form::flyway:
            names.push_back(has_version(version) ? flyway_version(version) : std::string(version));
            // A baseline whose file is gone stands for the version that it was.
            if (version.starts_with('B')) names.push_back('V' + names.back().substr(1));
            break;
        case version_form::changeset: {
            std::size_t const first = version.find("::"), last = version.rfind("::");
            if (first == version.npos) return {std::string(version)};
            std::string_view file = version.substr(0, first);
            std::string_view const author = version.substr(last + 2);
            std::string_view const id = version.substr(first + 2, std::max(last, first + 2) - first - 2);
            // Files are named from some folder above.
            for (std::size_t slash = 0; slash != file.npos && !file.empty(); slash = file.find_first_of("/\\:")) {
                file.remove_prefix(slash > 0 ? slash + 1 : 0);
                names.push_back(change_set_id(file, author, id));
            }
            for (std::string_view const between : {":", ".", "-", "_", "__"}) {
                names.push_back(std::string(author) + std::string(between) + std::string(id));
                names.push_back(as_id(author) + std::string(between) + as_id(id));
            }
            names.emplace_back(id);
            names.push_back(as_id(id));
            break;
        }
        case version_form::id:
            names.emplace_back(version);
    }
    return names;
}

}   // namespace whisper::script

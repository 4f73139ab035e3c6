#include "registry/pack_directory.hpp"

#include "error.hpp"
#include "pg/configuration.hpp"
#include "registry/disk.hpp"
#include "script/characters.hpp"
#include "script/formats/foreign.hpp"
#include "script/formats/liquibase_rules.hpp"
#include "script/includes.hpp"

namespace whisper::registry {
namespace {

std::string without_mark(std::string text) {
    if (text.starts_with(script::byte_order_mark)) text.erase(0, script::byte_order_mark.size());
    return text;
}

// The path stays inside by its text; a symbolic link on the way must not lead outside either.
void require_inside(const std::string &pack, const std::string &path) {
    if (is_inside(pack + "/" + path, pack)) return;
    throw failure(sqlstate::unsupported_command, "included file \"" + path + "\" is outside the pack's folder",
                  "A symbolic link leads there.", "\\i may only read files inside the pack");
}

}   // namespace

std::string read_text(const std::string &pack, const std::string &path) {
    return pg::to_database_encoding(read_file(pack + "/" + path), path);
}

std::string read_checked(const std::string &pack, const std::string &path, std::string_view format) {
    std::string text = read_text(pack, path);
    script::formats::require_no_foreign(text, path, format);
    return text;
}

std::string with_includes(const std::string &pack, std::string content, const std::string &path,
                          std::string_view format, script::strings &included) {
    auto const read = [&](const std::string &file) {
        require_inside(pack, file);
        return read_checked(pack, file, format);
    };
    return script::take_with_includes(std::move(content), path, read, &included);
}

const script::formats::listing &pack_directory::list(const std::string &folder) {
    auto const [at, added] = listings_.try_emplace(folder);
    if (!added) return at->second;
    std::string const path = pack_ + "/" + folder_ + folder;
    for (file_entry &file : list_files(path, {})) at->second.files.push_back(std::move(file.name));
    at->second.folders = list_directories(path);
    return at->second;
}

std::string pack_directory::content(const std::string &file) {
    std::string const path = folder_ + file;
    if (plain_ && plain_->contains(file)) return {};
    // While the tool is not known, the bytes do: a file that is no UTF-8 is told when it is read.
    if (!format_) return without_mark(read_file(pack_ + "/" + path));
    // Plans and settings are no SQL.
    return without_mark(file.ends_with(".sql") ? read_checked(pack_, path, format_->name) : read_text(pack_, path));
}

std::string pack_directory::script(const std::string &file) {
    std::string_view const name = format_ ? format_->name : std::string_view();
    return without_mark(
        with_includes(pack_, read_checked(pack_, folder_ + file, name), folder_ + file, name, included_));
}

// The settings go before pack.json, which all databases share.
script::formats::selection pack_directory::selected() const {
    script::strings const contexts = script::formats::parts_of(pg::contexts());
    std::string const filter = pg::label_filter();
    return {contexts.empty() ? definition_.contexts : contexts, filter.empty() ? definition_.label_filter : filter};
}

}   // namespace whisper::registry

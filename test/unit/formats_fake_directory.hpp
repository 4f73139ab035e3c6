#pragma once
// A directory of migrations that is in memory.

#include "script/formats/format.hpp"
#include "script_test_support.hpp"

#include <map>

namespace whisper::script::formats {

class fake_directory final : public directory {
public:
    explicit fake_directory(std::map<std::string, std::string> files) : files_(std::move(files)) {}
    const std::string &path() const override { return path_; }
    const listing &list(const std::string &folder) override {
        listing &found = listings_[folder];
        found = {};
        std::string const before = folder.empty() ? folder : folder + '/';
        for (const auto &[name, text] : files_) {
            if (!name.starts_with(before)) continue;
            std::string const rest = name.substr(before.size());
            std::size_t const slash = rest.find('/');
            if (slash == rest.npos)
                found.files.push_back(rest);
            else if (found.folders.empty() || found.folders.back() != rest.substr(0, slash))
                found.folders.push_back(rest.substr(0, slash));
        }
        return found;
    }
    std::string content(const std::string &file) override { return files_.at(file); }
    std::string script(const std::string &file) override { return files_.at(file); }
    const std::map<std::string, std::string> &placeholders() const override { return placeholders_; }
    selection selected() const override { return selected_; }
    void give(std::map<std::string, std::string> placeholders) { placeholders_ = std::move(placeholders); }
    void select(selection wanted) { selected_ = std::move(wanted); }

private:
    std::map<std::string, std::string> files_, placeholders_;
    selection selected_;
    std::map<std::string, listing> listings_;
    std::string const path_ = "db/";
};

// All that a directory gives: the tool's name, and its migrations in order.
struct whole {
    std::string tool;
    std::vector<migration> migrations;
};

inline whole read_from(fake_directory in) {
    const format *const tool = recognize(in);
    if (!tool) return {};
    whole result{std::string(tool->name), {}};
    for (const entry &what : tool->list(in)) result.migrations.push_back(tool->read(in, what));
    return result;
}
inline whole read_all(std::map<std::string, std::string> files) { return read_from(fake_directory(std::move(files))); }

}   // namespace whisper::script::formats

#pragma once
// A directory of migrations that is in memory.

#include "script/formats/format.hpp"
#include "script_test_support.hpp"

#include <map>
#include <set>

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
    const std::map<std::string, std::string> &placeholders() const override { return values; }
    bool is_applied(const std::string &id) override { return applied.contains(id); }
    bool has_history() override { return history || !applied.empty(); }
    selection selected() const override { return wanted; }

    std::map<std::string, std::string> values;   // of placeholders
    std::set<std::string> applied;
    bool history = false;
    selection wanted;

private:
    std::map<std::string, std::string> files_;
    std::map<std::string, listing> listings_;
    std::string const path_ = "db/";
};

// All that a directory gives: the tool's name, and its migrations in order.
struct whole {
    std::string tool;
    std::vector<migration> migrations;
};

inline whole read_with(fake_directory &in, const format *tool) {
    if (!tool) return {};
    whole result{std::string(tool->name), {}};
    for (const entry &what : tool->list(in)) result.migrations.push_back(tool->read(in, what));
    return result;
}

inline whole read_from(fake_directory in) { return read_with(in, recognize(in)); }

inline whole read_all(std::map<std::string, std::string> files) {
    fake_directory in(std::move(files));
    return read_with(in, recognize(in));
}

// With the tool that pack.json names.
inline whole read_as(std::string_view format, std::map<std::string, std::string> files) {
    fake_directory in(std::move(files));
    const auto *const tool = find_format(format);
    require_fit(in, *tool);
    return read_with(in, tool);
}

inline std::vector<std::string> ids_of(const whole &w) {
    std::vector<std::string> list;
    for (const migration &m : w.migrations) list.push_back(m.id);
    return list;
}

}   // namespace whisper::script::formats

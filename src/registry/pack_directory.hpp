#pragma once
// A folder of a pack, as readers of other tools' directories see it.

#include "script/formats/format.hpp"
#include "script/pack.hpp"

#include <functional>
#include <set>
#include <utility>

namespace whisper::registry {

class pack_directory final : public script::formats::directory {
public:
    // `folder` is empty, or ends in a slash; the others outlive it. `format` names the reader, whose markers are no
    // foreign ones; null while it is not known, when nothing is refused.
    pack_directory(const std::string &pack, std::string folder, const script::pack_definition &definition,
                   const script::formats::format *format = nullptr)
        : pack_(pack), folder_(std::move(folder)), definition_(definition), format_(format) {}
    // To tell whose the files are: those of `plain` hold no tool's markers, and are not opened.
    pack_directory(const std::string &pack, std::string folder, const script::pack_definition &definition,
                   const std::set<std::string> &plain)
        : pack_(pack), folder_(std::move(folder)), definition_(definition), format_(nullptr), plain_(&plain) {}

    const std::string &path() const override { return folder_; }
    const script::formats::listing &list(const std::string &folder) override;
    std::string content(const std::string &file) override;
    std::string script(const std::string &file) override;
    const std::map<std::string, std::string> &placeholders() const override { return definition_.placeholders; }
    bool is_applied(const std::string &id) override { return is_applied_ && is_applied_(id); }
    bool has_history() override { return has_history_ && has_history_(); }
    // What both of these ask.
    void know(std::function<bool(const std::string &)> is_applied, std::function<bool()> has_history) {
        is_applied_ = std::move(is_applied);
        has_history_ = std::move(has_history);
    }
    script::formats::selection selected() const override;
    // What was included, by paths from the pack's folder.
    const script::strings &included() const noexcept { return included_; }

private:
    const std::string &pack_;
    std::string const folder_;   // callers make it up as they go
    const script::pack_definition &definition_;
    const script::formats::format *format_;
    const std::set<std::string> *plain_ = nullptr;
    std::map<std::string, script::formats::listing> listings_;
    script::strings included_;
    std::function<bool(const std::string &)> is_applied_;
    std::function<bool()> has_history_;
};

// A file of the pack in the database's encoding; `path` is from its folder. Throws undefined_file, io_error, 22021.
std::string read_text(const std::string &pack, const std::string &path);
// The same, in which other tools' markers are errors; `format` is the reader that asks, empty for plain files.
std::string read_checked(const std::string &pack, const std::string &path, std::string_view format);
// `content` with its includes; each is checked likewise, and must lie inside the pack, links followed.
std::string with_includes(const std::string &pack, std::string content, const std::string &path,
                          std::string_view format, script::strings &included);

}   // namespace whisper::registry

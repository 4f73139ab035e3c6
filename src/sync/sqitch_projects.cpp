#include "sync/sqitch_projects.hpp"

#include "pg/configuration.hpp"
#include "registry/disk.hpp"
#include "registry/pack_directory.hpp"
#include "registry/reconcile.hpp"

#include <algorithm>

namespace whisper::sync {
namespace {

constexpr std::string_view tool = "Sqitch";

// The tier's folder, or the directory itself where it has no others.
std::string folder_of(const std::string &directory, const std::string &tier) {
    std::string folder = tier + '/';
    bool const own = registry::is_file(directory + "/pack.json");
    script::pack_definition const none;
    std::string const top;
    registry::pack_directory in(directory, top, none);
    const script::formats::format *const found = own ? nullptr : script::formats::recognize(in);
    return found && found->title == tool ? top : folder;
}

}   // namespace

boost::container::vector<sqitch_project> read_sqitch_projects(const registry::registry &r) {
    boost::container::vector<sqitch_project> projects;
    std::string const location = registry::current_location(r);
    if (location.empty()) return projects;
    std::string const directory = pg::location_directory(location);
    script::pack_definition const none;
    for (const auto &[tier, title] : r.tools) {
        if (title != tool) continue;
        std::string const folder = folder_of(directory, tier);
        // Without a reader it gives the bytes of the files, over which the tool's hashes are.
        registry::pack_directory in(directory, folder, none);
        projects.push_back({tier, script::formats::read_sqitch_records(in)});
    }
    return projects;
}

std::optional<std::string> find_sqitch_revision(const boost::container::vector<sqitch_project> &projects,
                                                std::string_view project, std::string_view change_id, bool &foreign) {
    foreign = true;
    for (const sqitch_project &p : projects) {
        if (p.records.project != project) continue;
        foreign = false;
        auto const at = std::ranges::find(p.records.changes, change_id, &script::formats::sqitch_record::change_id);
        if (at != p.records.changes.end()) return at->revision;
    }
    return std::nullopt;
}

}   // namespace whisper::sync

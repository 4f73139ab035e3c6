#pragma once
// The projects of Sqitch that the pack's tiers are, as their plans have them.

#include "registry/model.hpp"
#include "script/formats/sqitch_record.hpp"

namespace whisper::sync {

struct sqitch_project {
    std::string tier;
    script::formats::sqitch_records records;
};

// None where the pack is no directory: what a client registers has no plan. Throws as reading the files does.
boost::container::vector<sqitch_project> read_sqitch_projects(const registry::registry &r);

// The revision of the change that a row of the tool's table is about. Nothing for one that no plan has; of a project
// that no plan is about, `foreign` is set.
std::optional<std::string> find_sqitch_revision(const boost::container::vector<sqitch_project> &projects,
                                                std::string_view project, std::string_view change_id, bool &foreign);

}   // namespace whisper::sync

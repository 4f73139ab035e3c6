#pragma once
// Sqitch's plan and configuration, as texts.

#include "script/formats/format.hpp"

namespace whisper::script::formats {

// Who has planned something, and when.
struct sqitch_planning {
    std::string time, planner, email;   // the time as the plan has it: 2026-01-31T12:00:00Z
};

struct sqitch_tag {
    std::string name, note;
    sqitch_planning planned;
};

struct sqitch_change {
    std::string name, note;
    int line = 0;
    int instance = 1;   // 2 for the second change of that name
    strings requires_, conflicts;
    boost::container::vector<sqitch_tag> tags;
    sqitch_planning planned;
    bool has_tag(std::string_view tag) const noexcept;
};

struct sqitch_plan {
    std::string project, uri;
    boost::container::vector<sqitch_change> changes;   // in the plan's order, which is the order of deployment
};

// Throws invalid_pack naming file and line for what is no plan, or a change again without a tag between.
sqitch_plan parse_sqitch_plan(std::string_view text, const directory &in, std::string_view file);

struct sqitch_settings {
    std::string registry;   // the schema of the tool's tables
    std::string plan, deploy, revert, verify, reworked_deploy, reworked_revert, reworked_verify, extension;
};

// Paths are relative to the configuration's folder. Throws invalid_pack for another engine than pg.
sqitch_settings parse_sqitch_settings(std::string_view text, const directory &in, std::string_view file);

// Those of the directory, which are in "sqitch.conf".
sqitch_settings read_sqitch_settings(directory &in);

struct sqitch_scripts {
    std::string deploy, revert, verify;
};
// A change that was reworked later keeps its scripts under "name@tag", with the first such tag that has a file.
sqitch_scripts find_sqitch_scripts(directory &in, const sqitch_settings &s, const sqitch_plan &plan, std::size_t at);

// The id of a change: slashes are dots, and a change that was reworked has its number: "users", "users.2".
std::string sqitch_id(const sqitch_change &change);

}   // namespace whisper::script::formats

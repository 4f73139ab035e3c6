#pragma once
// Sqitch's plan and configuration, as texts.

#include "script/formats/format.hpp"

namespace whisper::script::formats {

struct sqitch_change {
    std::string name, note;
    int line = 0;
    int instance = 1;   // 2 for the second change of that name
    strings requires_, conflicts, tags;
};

struct sqitch_plan {
    std::string project;
    boost::container::vector<sqitch_change> changes;   // in the plan's order, which is the order of deployment
};

// Throws invalid_pack naming file and line for what is no plan, or a change again without a tag between.
sqitch_plan parse_sqitch_plan(std::string_view text, const directory &in, std::string_view file);

struct sqitch_settings {
    std::string plan, deploy, revert, verify, reworked_deploy, reworked_revert, reworked_verify, extension;
};

// Paths are relative to the configuration's folder. Throws invalid_pack for another engine than pg.
sqitch_settings parse_sqitch_settings(std::string_view text, const directory &in, std::string_view file);

// The id of a change: slashes are dots, and a change that was reworked has its number: "users", "users.2".
std::string sqitch_id(const sqitch_change &change);

}   // namespace whisper::script::formats

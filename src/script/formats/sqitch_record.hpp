#pragma once
// What Sqitch would write of its changes into its own tables.

#include "script/formats/format.hpp"
#include "script/formats/sqitch_plan.hpp"

namespace whisper::script::formats {

struct sqitch_need {
    std::string name;        // as the tool shows it
    std::string change_id;   // empty where it is another project's
    std::string project, change;
};

struct sqitch_record {
    std::string revision;    // the id here
    std::string change_id;   // the tool's
    std::string script_hash;
    sqitch_change change;
    boost::container::vector<sqitch_need> needs;
    strings tag_ids;   // in the order of change.tags
};

struct sqitch_records {
    std::string project, uri, registry;
    boost::container::vector<sqitch_record> changes;   // in the plan's order
};

// The directory must be one of Sqitch's, and give its files byte for byte, in UTF-8. Throws as reading it does.
sqitch_records read_sqitch_records(directory &in);

bool is_sqitch_change_id(std::string_view text) noexcept;

// Which the tool's own names are: hashes over what the plan says. `uri` may be empty, as may `parent`, the id of the
// change before.
std::string sqitch_change_id(const sqitch_plan &plan, const sqitch_change &change, std::string_view parent);
std::string sqitch_tag_id(const sqitch_plan &plan, const sqitch_tag &tag, std::string_view change_id);

// The position of the change that "change", "change@tag", "@tag" or a change's id means to the tool; nothing for none.
std::optional<std::size_t> find_sqitch_change(const sqitch_plan &plan, std::string_view wanted);

}   // namespace whisper::script::formats

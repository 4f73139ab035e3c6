#include "registry/order_notice.hpp"

#include "pg/guard.hpp"
#include "script/formats/order.hpp"

#include <algorithm>

namespace whisper::registry {

void tell_order(const tier_source &tier) {
    boost::container::vector<std::string> names;
    for (const migration_source &source : tier.migrations) {
        if (source.listed.down_revisions) return;   // a plan says it
        names.push_back(source.tool ? source.listed.files.front() : source.entry.name);
    }
    auto const note = script::formats::find_order(names);
    if (!note) return;
    std::string const files = "File \"" + note->first + "\" comes before file \"" + note->second + "\"";
    if (note->by_number)
        pg::notice("files of tier \"" + tier.tier.name + "\" are in the order of their numbers",
                   files + ", although its name sorts behind it.");
    else
        pg::notice("files of tier \"" + tier.tier.name + "\" are in the order of their names, not of their numbers",
                   files + ", although its number is the greater one.",
                   "give the numbers of new files as many digits as the longest one has");
}

}   // namespace whisper::registry

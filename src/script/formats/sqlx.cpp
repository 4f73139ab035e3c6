// sqlx: 1_name.sql, or 1_name.up.sql and 1_name.down.sql; "-- no-transaction" at the beginning of a file.

#include "script/formats/lines.hpp"
#include "script/formats/names.hpp"
#include "script/formats/sections.hpp"
#include "script/origin.hpp"

#include <algorithm>

namespace whisper::script::formats {

extern const format sqlx;

namespace {

constexpr std::string_view sqlx_no_transaction = "-- no-transaction", up_ending = ".up.sql", down_ending = ".down.sql";

clue recognize_sqlx(directory &in) {
    return find_marker(
        in, [](std::string_view body) { return body == "no-transaction"; }, true);
}

// The names of the ways up only, listed as one migration each.
class sqlx_ways_up final : public directory {
public:
    explicit sqlx_ways_up(directory &all) : all_(all) {
        for (const std::string &file : all.list().files)
            if (!file.ends_with(down_ending)) listing_.files.push_back(file);
    }
    const std::string &path() const override { return all_.path(); }
    const listing &list(const std::string &) override { return listing_; }
    std::string content(const std::string &file) override { return all_.content(file); }
    std::string script(const std::string &file) override { return all_.script(file); }
    const std::map<std::string, std::string> &placeholders() const override { return all_.placeholders(); }

private:
    directory &all_;
    listing listing_;
};

std::string number_of(std::string_view file) { return std::string(file.substr(0, file.find('_'))); }

boost::container::vector<entry> list_sqlx(directory &in) {
    sqlx_ways_up ups(in);
    auto found = list_by_number(ups, sqlx, {true, "_"});
    for (entry &made : found)
        if (made.message.ends_with(".up")) made.message.resize(made.message.size() - 3);
    for (const std::string &file : in.list().files) {
        if (!file.ends_with(down_ending)) continue;
        auto const same = std::ranges::find_if(found, [&](const entry &e) {
            return compare_numbers(e.id, number_of(file)) == 0 && e.files.front().ends_with(up_ending);
        });
        if (same == found.end() || same->files.size() > 1)
            refuse(in, sqlx, file, 0, "way down without a way up of its own", "put the way up beside it, or remove it");
        same->files.push_back(file);
    }
    return found;
}

void take(directory &in, const std::string &file, section &into) {
    std::string text = in.content(file);
    into.transactional = !text.starts_with(sqlx_no_transaction);
    into.text += text;
}

migration read_sqlx(directory &in, const entry &what) {
    migration made;
    made.id = what.id;
    made.message = what.message;
    fill(made.up, {});
    take(in, what.files.front(), made.up);
    if (what.files.size() > 1) {
        fill(made.down, {});
        append_line_marker(made.down.text, 1, in.path() + what.files[1]);
        take(in, what.files[1], made.down);
    }
    return made;
}

}   // namespace

const format sqlx{"sqlx", "sqlx", recognize_sqlx, list_sqlx, read_sqlx, true};

}   // namespace whisper::script::formats

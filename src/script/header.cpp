#include "script/header.hpp"

#include "error.hpp"
#include "script/batch.hpp"
#include "script/characters.hpp"
#include "script/dotted_name.hpp"
#include "script/names.hpp"
#include "script/strings.hpp"

#include <algorithm>
#include <array>

namespace whisper::script {

namespace {

constexpr std::string_view marker_word = "migrate:";
constexpr std::string_view marker_hint =
    "Write \"-- migrate:up\", \"-- migrate:down\" or \"-- migrate:verify\", with \"transaction:false\" after it if "
    "the section must run outside a transaction, or \"-- migrate:batch\" with its options.";
constexpr std::array header_keys =
    std::to_array<std::string_view>({"revision", "down_revision", "depends_on", "branch_labels", "message", "rerun",
                                     "allow_data_loss", "allow_invalid", "valid_checksum"});

std::string_view comment_text(std::string_view comment) { return trim(comment.substr(2)); }

// The text up to white space, taken off the front.
std::string_view take_word(std::string_view &text) {
    text = trim(text);
    auto const end = std::ranges::find_if(text, is_space);
    std::string_view const word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(word.size());
    return word;
}

strings parse_list(std::string_view what, std::string_view value, const file_place &place) {
    strings list;
    while (!value.empty()) {
        std::size_t const comma = value.find(',');
        std::string_view const name = trim(value.substr(0, comma));
        if (name == "base" && comma == std::string_view::npos && list.empty() && what == "down_revision") return list;
        check_name(what, name, place);
        list.emplace_back(name);
        if (comma == std::string_view::npos) break;
        value.remove_prefix(comma + 1);
        if (value.empty()) check_name(what, value, place);
    }
    boost::container::small_vector<std::string_view, 8> sorted(list.begin(), list.end());
    std::ranges::sort(sorted);
    if (auto const twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
        place.fail(std::string(what) + " names " + in_quotes(*twice) + " twice");
    return list;
}

strings parse_checksums(std::string_view value, tier_kind kind, const file_place &place) {
    if (kind == tier_kind::repeatable)
        place.fail("valid_checksum is for versioned tiers only", "A repeatable file may be edited at any time.");
    strings list = parse_list("valid_checksum", value, place);
    for (const std::string &checksum : list)
        if (checksum.size() != 64 || checksum.find_first_not_of("0123456789abcdef") != std::string::npos)
            place.fail("invalid checksum " + in_quotes(checksum), "A checksum has 64 digits from 0 to 9 and a to f.",
                       "Copy it from SELECT encode(checksum, 'hex') FROM whisper.applied.");
    return list;
}

rerun_mode parse_rerun(std::string_view value, tier_kind kind, const file_place &place) {
    if (kind != tier_kind::repeatable)
        place.fail("rerun is for repeatable tiers only", "A revision of a versioned tier runs once.");
    if (value == "changed") return rerun_mode::changed;
    if (value == "whole") return rerun_mode::whole;
    if (value == "always") return rerun_mode::always;
    if (value != "never")
        place.fail("invalid value for rerun: " + in_quotes(value), {},
                   R"(Write "changed", "whole", "always" or "never".)");
    return rerun_mode::never;
}

}   // namespace

void file_place::fail(std::string message, std::string_view detail, std::string_view hint) const {
    message += " at line " + std::to_string(line);
    if (!file.empty()) message += " of file " + in_quotes(file);
    throw failure(sqlstate::invalid_pack, std::move(message), std::string(detail), std::string(hint));
}

void check_name(std::string_view what, std::string_view name, const file_place &place) {
    bool const label = what == "branch_labels";
    if (std::string_view const problem = label ? name_problem(name) : id_problem(name); !problem.empty())
        place.fail("invalid name " + in_quotes(name) + " for " + std::string(what), problem,
                   label ? name_hint : id_hint);
}

bool begins_line(std::string_view content, std::size_t offset, std::size_t &line_start) noexcept {
    line_start = offset;
    while (line_start > 0 && is_space(content[line_start - 1]) && !is_line_end(content[line_start - 1])) --line_start;
    return line_start == 0 || is_line_end(content[line_start - 1]) || content.substr(0, line_start) == byte_order_mark;
}

bool parse_marker(std::string_view comment, const file_place &place, marker &found) {
    std::string_view rest = comment_text(comment);
    if (!equals_word(rest.substr(0, marker_word.size()), marker_word)) return false;
    rest.remove_prefix(marker_word.size());
    std::string_view const name = !rest.empty() && is_space(rest.front()) ? std::string_view() : take_word(rest);
    if (name == "up")
        found.target = &migration::up;
    else if (name == "down")
        found.target = &migration::down;
    else if (name == "verify")
        found.target = &migration::verify;
    else if (name == "batch")
        found.target = &migration::batch;
    else
        place.fail("unknown section " + in_quotes(name), {}, marker_hint);

    found.transactional = true;
    found.batch_options = {};
    if (found.target == &migration::batch) {
        found.batch_options = trim(rest);
        parse_batch_options(found.batch_options, place);
        return true;
    }
    bool given = false;
    for (std::string_view option = take_word(rest); !option.empty(); option = take_word(rest)) {
        if (option != "transaction:false" && option != "transaction:true")
            place.fail("unknown section option " + in_quotes(option), {}, marker_hint);
        if (given) place.fail("section option \"transaction\" given twice");
        given = true;
        found.transactional = option == "transaction:true";
    }
    return true;
}

void header_reader::add(std::string_view comment, const file_place &place) {
    std::string_view const text = comment_text(comment);
    std::size_t const colon = text.find(':');
    if (colon == std::string_view::npos) return;
    auto const key = std::ranges::find(header_keys, trim(text.substr(0, colon)));
    if (key == header_keys.end()) return;
    if (std::ranges::find(seen_, *key) != seen_.end()) place.fail("header key " + in_quotes(*key) + " given twice");
    seen_.push_back(*key);
    set(*key, trim(text.substr(colon + 1)), place);
}

void header_reader::set(std::string_view key, std::string_view value, const file_place &place) {
    if (key == "revision") {
        check_name(key, value, place);
        into_.id = value;
        into_.id_from_header = true;
    } else if (key == "down_revision") {
        into_.down_revisions = parse_list(key, value, place);
        into_.has_down_revision = true;
    } else if (key == "depends_on") {
        into_.depends_on = parse_list(key, value, place);
    } else if (key == "branch_labels") {
        into_.branch_labels = parse_list(key, value, place);
    } else if (key == "message") {
        into_.message = value;
    } else if (key == "valid_checksum") {
        into_.valid_checksums = parse_checksums(value, kind_, place);
    } else if (key == "allow_data_loss") {
        if (value != "true" && value != "false")
            place.fail("invalid value for allow_data_loss: " + in_quotes(value), {}, R"(Write "true" or "false".)");
        into_.allow_data_loss = value == "true";
    } else if (key == "allow_invalid") {
        into_.allow_invalid = split_name_list(value);
        for (const std::string &name : into_.allow_invalid)
            if (!parse_dotted_name(name))
                place.fail("invalid name " + in_quotes(name) + " for allow_invalid", {},
                           "Write NAME, TABLE.NAME or SCHEMA.TABLE.NAME, with commas between several.");
    } else {
        into_.rerun = parse_rerun(value, kind_, place);
    }
}

}   // namespace whisper::script

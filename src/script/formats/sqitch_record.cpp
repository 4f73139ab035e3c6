#include "script/formats/sqitch_record.hpp"

#include "script/characters.hpp"
#include "script/formats/folders.hpp"
#include "script/sha1.hpp"

#include <algorithm>

namespace whisper::script::formats {
namespace {

constexpr std::size_t id_length = 40;

// A web address as the tool has it in its hashes: scheme and host in small letters, no port that is the usual one, and
// a path.
std::string canonical_uri(std::string_view uri) {
    std::size_t const colon = uri.find(':');
    if (colon == uri.npos) return std::string(uri);
    std::string scheme(uri.substr(0, colon));
    std::ranges::transform(scheme, scheme.begin(), lower);
    std::string_view rest = uri.substr(colon + 1);
    if (!rest.starts_with("//")) return scheme + ':' + std::string(rest);
    rest.remove_prefix(2);
    std::size_t const end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string host(rest.substr(0, end));
    rest.remove_prefix(end);
    std::size_t const user = host.rfind('@');
    std::transform(host.begin() + static_cast<std::ptrdiff_t>(user == host.npos ? 0 : user), host.end(),
                   host.begin() + static_cast<std::ptrdiff_t>(user == host.npos ? 0 : user), lower);
    bool const web = scheme == "http" || scheme == "https";
    std::string_view const usual = scheme == "http" ? ":80" : ":443";
    if (web && host.ends_with(usual)) host.resize(host.size() - usual.size());
    if (web && host.ends_with(':')) host.pop_back();
    return scheme + "://" + host + (web && rest.empty() ? "/" : "") + std::string(rest);
}

std::string hashed(std::string_view kind, const std::string &text) {
    std::string whole(kind);
    whole += ' ' + std::to_string(text.size());
    whole += '\0';
    return sha1(whole + text);
}

std::string beginning(const sqitch_plan &plan) {
    return "project " + plan.project + '\n' + (plan.uri.empty() ? "" : "uri " + canonical_uri(plan.uri) + '\n');
}

std::string ending(const sqitch_planning &planned, std::string_view needs, const std::string &note) {
    return "planner " + planned.planner + " <" + planned.email + ">\ndate " + planned.time + std::string(needs) +
           (note.empty() ? "" : "\n\n" + note);
}

// Without the project where it is the plan's own.
std::string shown(const sqitch_plan &plan, std::string_view wanted) {
    std::size_t const colon = wanted.find(':');
    bool const own = colon != wanted.npos && wanted.substr(0, colon) == plan.project;
    return std::string(own ? wanted.substr(colon + 1) : wanted);
}

std::string listed(const sqitch_plan &plan, std::string_view heading, std::string_view sign, const strings &names) {
    std::string text;
    for (const std::string &name : names)
        text +=
            (text.empty() ? '\n' + std::string(heading) : "") + "\n  " + std::string(sign) + ' ' + shown(plan, name);
    return text;
}

}   // namespace

bool is_sqitch_change_id(std::string_view text) noexcept {
    return text.size() == id_length && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string sqitch_change_id(const sqitch_plan &plan, const sqitch_change &change, std::string_view parent) {
    std::string const needs =
        listed(plan, "requires", "+", change.requires_) + listed(plan, "conflicts", "-", change.conflicts);
    return hashed("change", beginning(plan) + "change " + change.name + '\n' +
                                (parent.empty() ? "" : "parent " + std::string(parent) + '\n') +
                                ending(change.planned, needs, change.note));
}

std::string sqitch_tag_id(const sqitch_plan &plan, const sqitch_tag &tag, std::string_view change_id) {
    return hashed("tag", beginning(plan) + "tag @" + tag.name + "\nchange " + std::string(change_id) + '\n' +
                             ending(tag.planned, {}, tag.note));
}

std::optional<std::size_t> find_sqitch_change(const sqitch_plan &plan, std::string_view wanted) {
    std::size_t const sign = wanted.find('@');
    std::string_view const name = wanted.substr(0, sign);
    std::size_t const count = plan.changes.size();
    if (is_sqitch_change_id(wanted)) {
        std::string parent;
        for (std::size_t i = 0; i < count; ++i)
            if (parent = sqitch_change_id(plan, plan.changes[i], parent); parent == wanted) return i;
        return std::nullopt;
    }
    std::size_t tagged = count;
    if (sign != wanted.npos) {
        std::string_view const tag = wanted.substr(sign + 1);
        for (tagged = 0; tagged < count && !plan.changes[tagged].has_tag(tag);) ++tagged;
        if (tagged == count) return std::nullopt;
        if (name.empty()) return tagged;
    }
    // With a tag the last of that name up to it, without one the first of all.
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < count && (sign == wanted.npos ? !found : i <= tagged); ++i)
        if (plan.changes[i].name == name) found = i;
    return found;
}

sqitch_records read_sqitch_records(directory &in) {
    sqitch_settings const s = read_sqitch_settings(in);
    sqitch_plan const plan = parse_sqitch_plan(in.content(s.plan), in, s.plan);
    sqitch_records records{plan.project, plan.uri, s.registry, {}};
    std::string parent;
    for (std::size_t at = 0; at < plan.changes.size(); ++at) {
        const sqitch_change &change = plan.changes[at];
        sqitch_record &made = records.changes.emplace_back();
        made.revision = sqitch_id(change);
        made.change = change;
        made.change_id = parent = sqitch_change_id(plan, change, parent);
        std::string const script = find_sqitch_scripts(in, s, plan, at).deploy;
        if (has_file(in, script)) made.script_hash = sha1(in.content(script));
        for (const sqitch_tag &tag : change.tags) made.tag_ids.push_back(sqitch_tag_id(plan, tag, made.change_id));
        for (const std::string &wanted : change.requires_) {
            sqitch_need need{shown(plan, wanted), {}, {}, {}};
            std::size_t const colon = need.name.find(':');
            if (colon != need.name.npos) {
                need.project = need.name.substr(0, colon);
                need.change = need.name.substr(colon + 1);
            } else if (auto const found = find_sqitch_change(plan, need.name); found && *found < at) {
                need.change_id = records.changes[*found].change_id;
            }
            made.needs.push_back(std::move(need));
        }
    }
    return records;
}

}   // namespace whisper::script::formats

#include "script/pack.hpp"

#include "error.hpp"
#include "script/characters.hpp"
#include "script/formats/format.hpp"
#include "script/names.hpp"
#include "script/strings.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace whisper::script {

namespace {

using json = nlohmann::ordered_json;
using names = boost::container::vector<std::string>;

constexpr int deepest_value = 8;          // a pack has three levels: more is a mistake, whatever it holds
constexpr std::size_t most_keys = 1000;   // of one object, which the JSON library searches from its start
constexpr int most_objects = 10'000;      // after each of which the JSON library walks through the list it is in

[[noreturn]] void fail(std::string message, std::string_view detail = {}, std::string_view hint = {}) {
    throw failure(sqlstate::invalid_pack, std::move(message), std::string(detail), std::string(hint));
}

// The library stops inside a character, and quotes a part of it.
std::string whole_characters(std::string_view text) {
    std::string kept;
    for (std::size_t i = 0; i < text.size();) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::size_t const length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        std::size_t end = i + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
        if (end == i + length) kept += text.substr(i, length);
        i = end;
    }
    return kept;
}

// A value and where it is, as "tiers[1].kind".
struct place {
    const json &value;
    std::string path;

    place member(const char *key) const { return {value.at(key), path.empty() ? key : path + '.' + key}; }
    place element(std::size_t i) const { return {value.at(i), path + '[' + std::to_string(i) + ']'}; }

    void expect(json::value_t type, std::string_view type_name) const {
        if (value.type() == type) return;
        fail((path.empty() ? "pack.json" : in_quotes(path) + " in pack.json") + " must be " + std::string(type_name),
             std::string("It is ") + value.type_name() + '.');
    }
    std::string string() const {
        expect(json::value_t::string, "a string");
        return value.get<std::string>();
    }
    std::string name() const {
        std::string text = string();
        if (std::string_view const problem = name_problem(text); !problem.empty())
            fail("invalid name " + in_quotes(text) + " for " + in_quotes(path) + " in pack.json", problem, name_hint);
        return text;
    }
    void expect_keys(std::initializer_list<std::string_view> known) const {
        expect(json::value_t::object, "an object");
        for (auto const &[key, unused] : value.items())
            if (std::ranges::find(known, key) == known.end())
                fail("unknown key " + in_quotes(path.empty() ? key : path + '.' + key) + " in pack.json");
    }
    bool has(const char *key) const { return value.contains(key); }
};

// Refuses what the JSON library would let pass: a key given twice (the last one would win) and any depth.
class strict_parser {
public:
    explicit strict_parser(std::string_view text) : text_(text) {}

    json parse() {
        try {
            return json::parse(text_, [this](int depth, json::parse_event_t event, json &value) {
                return check(depth, event, value);
            });
        } catch (const json::parse_error &error) {
            std::size_t const bytes = std::min(error.byte > 0 ? error.byte - 1 : 0, text_.size());
            fail("invalid JSON at line " + std::to_string(1 + count_lines(text_.substr(0, bytes))) + " of pack.json",
                 "The parser says: " + reason(error.what()) + '.');
        } catch (const json::exception &error) {   // a number out of range: the library does not say where
            fail("invalid JSON in pack.json", "The parser says: " + reason(error.what()) + '.');
        }
    }

private:
    // Without the library's own name, number and place in front.
    static std::string reason(std::string_view what) {
        if (what.starts_with("[json.exception.")) what.remove_prefix(what.find("] ") + 2);
        if (what.starts_with("parse error at ")) what.remove_prefix(what.find(": ") + 2);
        return whole_characters(what);
    }

    bool check(int depth, json::parse_event_t event, const json &value) {
        if (depth > deepest_value) fail("pack.json is nested too deeply");
        if (event == json::parse_event_t::object_start) {
            keys_.emplace_back();
            if (++objects_ > most_objects) fail("pack.json has more than 10000 objects");
        }
        if (event == json::parse_event_t::object_end) keys_.pop_back();
        if (event == json::parse_event_t::key) add_key(value.get<std::string>());
        if (value.is_string() && value.get_ref<const std::string &>().find('\0') != std::string::npos)
            fail("pack.json has a string with a zero character", "No name in a database has one.");
        return true;
    }

    void add_key(const std::string &key) {
        if (!keys_.back().insert(key).second) fail("key " + in_quotes(key) + " given twice in one object of pack.json");
        if (keys_.back().size() > most_keys) fail("an object of pack.json has more than 1000 keys");
    }

    std::string_view text_;
    boost::container::vector<std::set<std::string>> keys_;   // of the objects that are open
    int objects_ = 0;
};

void refuse_twice(std::string_view what, names sorted) {
    std::ranges::sort(sorted);
    if (auto const twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
        fail(std::string(what) + ' ' + in_quotes(*twice) + " given twice in pack.json");
}

std::string read_format(const place &at) {
    std::string name = at.string();
    if (name != formats::plain_name && !formats::find_format(name))
        fail("unknown format " + in_quotes(name) + " for " + in_quotes(at.path) + " in pack.json",
             "The formats are " + formats::format_names() + ".", "write one of them, or leave the key out");
    return name;
}

void read_tiers(const place &at, const std::string &format, pack_definition &pack) {
    at.expect(json::value_t::array, "an array");
    if (at.value.empty()) fail("\"tiers\" in pack.json names no tier");
    names taken;
    for (std::size_t i = 0; i < at.value.size(); ++i) {
        place const entry = at.element(i);
        entry.expect_keys({"name", "kind", "format"});
        if (!entry.has("name")) fail("\"" + entry.path + "\" in pack.json has no name");
        tier_definition tier{entry.member("name").name(), tier_kind::versioned, {}};
        if (tier.name.front() == '.')
            fail("invalid name " + in_quotes(tier.name) + " for " + in_quotes(entry.path + ".name") + " in pack.json",
                 "A tier is a folder, and its name must not start with a dot.");
        if (entry.has("kind")) {
            std::string const kind = entry.member("kind").string();
            if (kind != "versioned" && kind != "repeatable")
                fail("unknown kind " + in_quotes(kind) + " for " + in_quotes(entry.path + ".kind") + " in pack.json",
                     {}, "Write \"versioned\" or \"repeatable\".");
            if (kind == "repeatable") tier.kind = tier_kind::repeatable;
        }
        if (tier.kind == tier_kind::versioned) tier.format = format;
        if (entry.has("format")) {
            if (tier.kind == tier_kind::repeatable)
                fail(in_quotes(entry.path + ".format") + " in pack.json is of a repeatable tier",
                     "Other tools' files are read in versioned tiers.", "take it out, or make the tier versioned");
            tier.format = read_format(entry.member("format"));
        }
        taken.push_back(tier.name);
        pack.tiers.push_back(std::move(tier));
    }
    refuse_twice("tier", std::move(taken));
}

// `tier_names` are the pack's, sorted.
void read_profile(const place &at, std::string name, const names &tier_names, pack_definition &pack) {
    at.expect(json::value_t::array, "an array");
    if (at.value.empty()) fail(in_quotes(at.path) + " in pack.json names no tier");
    names wanted;
    for (std::size_t i = 0; i < at.value.size(); ++i) {
        wanted.push_back(at.element(i).string());
        if (!std::ranges::binary_search(tier_names, wanted.back()))
            fail("unknown tier " + in_quotes(wanted.back()) + " for " + in_quotes(at.element(i).path) + " in pack.json",
                 {}, "Name a tier of the list \"tiers\".");
    }
    refuse_twice("tier of " + in_quotes(at.path), wanted);
    std::ranges::sort(wanted);
    profile_definition profile{std::move(name), {}};
    for (tier_definition const &tier : pack.tiers)
        if (std::ranges::binary_search(wanted, tier.name)) profile.tiers.push_back(tier.name);
    pack.profiles.push_back(std::move(profile));
}

void read_profiles(const place &top, pack_definition &pack) {
    if (top.has("profiles")) {
        place const at = top.member("profiles");
        at.expect(json::value_t::object, "an object");
        names tier_names;
        for (const tier_definition &tier : pack.tiers) tier_names.push_back(tier.name);
        std::ranges::sort(tier_names);
        for (auto const &[key, value] : at.value.items()) {
            std::string const path = at.path + '.' + key;
            if (std::string_view const problem = name_problem(key); !problem.empty())
                fail("invalid name " + in_quotes(key) + " for a profile in pack.json", problem, name_hint);
            read_profile({value, path}, key, tier_names, pack);
        }
    }
    if (pack.profiles.empty()) {
        profile_definition everything{"default", {}};
        for (tier_definition const &tier : pack.tiers) everything.tiers.push_back(tier.name);
        pack.profiles.push_back(std::move(everything));
    }
    pack.default_profile =
        top.has("default_profile") ? top.member("default_profile").string() : pack.profiles.front().name;
    if (std::ranges::find(pack.profiles, pack.default_profile, &profile_definition::name) == pack.profiles.end())
        fail("unknown profile " + in_quotes(pack.default_profile) + " for \"default_profile\" in pack.json", {},
             "Name a profile of the list \"profiles\".");
}

void read_critical_tables(const place &at, pack_definition &pack) {
    at.expect(json::value_t::array, "an array");
    names tables;
    for (std::size_t i = 0; i < at.value.size(); ++i) {
        tables.push_back(at.element(i).string());
        if (tables.back().empty()) fail(in_quotes(at.element(i).path) + " in pack.json is empty");
    }
    refuse_twice("critical table", tables);
    pack.critical_tables.assign(tables.begin(), tables.end());
}

void read_placeholders(const place &at, pack_definition &pack) {
    at.expect(json::value_t::object, "an object");
    for (auto const &[key, value] : at.value.items())
        pack.placeholders.emplace(key, place{value, at.path + '.' + key}.string());
}

void read_contexts(const place &at, pack_definition &pack) {
    at.expect(json::value_t::array, "an array");
    for (std::size_t i = 0; i < at.value.size(); ++i) pack.contexts.push_back(at.element(i).string());
}

}   // namespace

pack_definition parse_pack(std::string_view text) {
    json const root = strict_parser(text).parse();
    place const top{root, {}};
    top.expect_keys({"name", "tiers", "profiles", "default_profile", "critical_tables", "format", "placeholders",
                     "contexts", "label_filter"});
    for (const char *const required : {"name", "tiers"})
        if (!top.has(required)) fail("pack.json has no key " + in_quotes(required));
    pack_definition pack;
    pack.name = top.member("name").name();
    read_tiers(top.member("tiers"), top.has("format") ? read_format(top.member("format")) : std::string(), pack);
    read_profiles(top, pack);
    if (top.has("critical_tables")) read_critical_tables(top.member("critical_tables"), pack);
    if (top.has("placeholders")) read_placeholders(top.member("placeholders"), pack);
    if (top.has("contexts")) read_contexts(top.member("contexts"), pack);
    if (top.has("label_filter")) pack.label_filter = top.member("label_filter").string();
    return pack;
}

std::map<std::string, std::string> parse_placeholders(std::string_view text) {
    pack_definition pack;
    if (trim(text).empty()) return {};
    try {
        read_placeholders({strict_parser(text).parse(), "placeholders"}, pack);
    } catch (const failure &) {
        throw failure(sqlstate::invalid_parameter, "invalid value for parameter \"whisper_migrate.placeholders\"",
                      "It is a JSON object of names and their values, which are strings.",
                      "write it like '{\"owner\": \"app\"}'");
    }
    return std::move(pack.placeholders);
}

}   // namespace whisper::script

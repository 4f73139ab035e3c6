#include "script/pack.hpp"

#include "script_test_support.hpp"

#include <ctime>

namespace whisper::script {
namespace {

TEST(pack, reads_everything) {
    pack_definition const pack = parse_pack(R"({
        "name": "whisperengine",
        "tiers": [{"name": "core", "kind": "versioned"}, {"kind": "repeatable", "name": "enrichment"},
                  {"name": "advanced", "kind": "repeatable"}],
        "profiles": {"research": ["advanced", "core", "enrichment"], "minimal": ["core"]},
        "default_profile": "minimal",
        "critical_tables": ["characters", "public.notes"]})");
    EXPECT_EQ(pack.name, "whisperengine");
    ASSERT_EQ(pack.tiers.size(), 3u);
    EXPECT_EQ(pack.tiers[0].name, "core");
    EXPECT_EQ(pack.tiers[0].kind, tier_kind::versioned);
    EXPECT_EQ(pack.tiers[1].name, "enrichment");
    EXPECT_EQ(pack.tiers[1].kind, tier_kind::repeatable);
    ASSERT_EQ(pack.profiles.size(), 2u);
    EXPECT_EQ(pack.profiles[0].name, "research");
    EXPECT_EQ(pack.profiles[0].tiers, (strings{"core", "enrichment", "advanced"}));   // in tier order
    EXPECT_EQ(pack.profiles[1].tiers, (strings{"core"}));
    EXPECT_EQ(pack.default_profile, "minimal");
    EXPECT_EQ(pack.critical_tables, (strings{"characters", "public.notes"}));
}

TEST(pack, needs_only_name_and_tiers) {
    pack_definition const pack =
        parse_pack("\xEF\xBB\xBF{\"name\": \"a\", \"tiers\": [{\"name\": \"x\"}, {\"name\": \"y\"}]}");
    ASSERT_EQ(pack.profiles.size(), 1u);
    EXPECT_EQ(pack.profiles[0].name, "default");
    EXPECT_EQ(pack.profiles[0].tiers, (strings{"x", "y"}));
    EXPECT_EQ(pack.default_profile, "default");
    EXPECT_TRUE(pack.critical_tables.empty());
    EXPECT_EQ(pack.tiers[0].kind, tier_kind::versioned);
}

TEST(pack, names_the_format_of_a_tier_and_of_the_others) {
    pack_definition const pack = parse_pack(R"({"name": "a", "format": "flyway", "placeholders": {"owner": "app"},
        "tiers": [{"name": "x"}, {"name": "y", "format": "goose"}, {"name": "z", "format": "plain"},
                  {"name": "r", "kind": "repeatable"}]})");
    EXPECT_EQ(pack.tiers[0].format, "flyway");
    EXPECT_EQ(pack.tiers[1].format, "goose");
    EXPECT_EQ(pack.tiers[2].format, "plain");
    EXPECT_EQ(pack.tiers[3].format, "");
    EXPECT_EQ(pack.placeholders.at("owner"), "app");
    failure const unknown =
        failure_of([] { parse_pack(R"({"name": "a", "tiers": [{"name": "x", "format": "flywheel"}]})"); });
    EXPECT_EQ(unknown.message, "unknown format \"flywheel\" for \"tiers[0].format\" in pack.json");
    EXPECT_NE(unknown.detail.find("\"flyway\""), std::string::npos);
    EXPECT_EQ(failure_of([] {
                  parse_pack(R"({"name": "a", "tiers": [{"name": "x", "kind": "repeatable", "format": "goose"}]})");
              }).state,
              sqlstate::invalid_pack);
}

TEST(pack, reads_the_setting_with_placeholders) {
    EXPECT_TRUE(parse_placeholders("").empty());
    EXPECT_TRUE(parse_placeholders(" \n").empty());
    EXPECT_EQ(parse_placeholders(R"({"a": "b", "flyway:user": ""})").size(), 2u);
    for (std::string_view const wrong : {"a", "[]", R"({"a": 1})", R"({"a": "b", "a": "c"})", "{"}) {
        failure const f = failure_of([&] { parse_placeholders(wrong); });
        EXPECT_EQ(f.state, sqlstate::invalid_parameter) << wrong;
        EXPECT_EQ(f.message, "invalid value for parameter \"whisper_migrate.placeholders\"");
    }
}

TEST(pack, takes_the_first_profile_by_default) {
    EXPECT_EQ(
        parse_pack(R"({"name": "a", "tiers": [{"name": "x"}], "profiles": {"z": ["x"], "b": ["x"]}})").default_profile,
        "z");
}

struct error_case {
    std::string_view json, message;
};

void PrintTo(const error_case &c, std::ostream *out) { *out << c.json; }

class pack_error : public testing::TestWithParam<error_case> {};

TEST_P(pack_error, says_where) {
    failure const f = failure_of([] { parse_pack(GetParam().json); });
    EXPECT_EQ(f.state, sqlstate::invalid_pack);
    EXPECT_EQ(f.message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(syntax, pack_error,
                         testing::Values(error_case{"", "invalid JSON at line 1 of pack.json"},
                                         error_case{"{\n\"name\": \"a\",\n}", "invalid JSON at line 3 of pack.json"},
                                         error_case{"{\n\"name\": 'a'}", "invalid JSON at line 2 of pack.json"},
                                         error_case{"{\"name\": \"\xFF\"}", "invalid JSON at line 1 of pack.json"},
                                         error_case{"{}\n\n{}", "invalid JSON at line 3 of pack.json"},
                                         error_case{"{\"name\": 1e999}", "invalid JSON in pack.json"},
                                         error_case{"[[[[[[[[[[[[1]]]]]]]]]]]]", "pack.json is nested too deeply"},
                                         error_case{R"({"name": "a", "name": "b"})",
                                                    "key \"name\" given twice in one object of pack.json"},
                                         error_case{R"({"tiers": [{"name": "a", "name": "a"}]})",
                                                    "key \"name\" given twice in one object of pack.json"}));

INSTANTIATE_TEST_SUITE_P(
    content, pack_error,
    testing::Values(
        error_case{"[]", "pack.json must be an object"}, error_case{"{}", "pack.json has no key \"name\""},
        error_case{R"({"name": "a"})", "pack.json has no key \"tiers\""},
        error_case{R"({"name": "a", "tier": []})", "unknown key \"tier\" in pack.json"},
        error_case{R"({"name": 1, "tiers": []})", "\"name\" in pack.json must be a string"},
        error_case{R"({"name": "", "tiers": []})", "invalid name \"\" for \"name\" in pack.json"},
        error_case{R"({"name": "a", "tiers": {}})", "\"tiers\" in pack.json must be an array"},
        error_case{R"({"name": "a", "tiers": []})", "\"tiers\" in pack.json names no tier"},
        error_case{R"({"name": "a", "tiers": ["x"]})", "\"tiers[0]\" in pack.json must be an object"},
        error_case{R"({"name": "a", "tiers": [{"kind": "versioned"}]})", "\"tiers[0]\" in pack.json has no name"},
        error_case{R"({"name": "a", "tiers": [{"name": "x", "order": 1}]})",
                   "unknown key \"tiers[0].order\" in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}, {"name": "../y"}]})",
                   "invalid name \"../y\" for \"tiers[1].name\" in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": ".."}]})",
                   "invalid name \"..\" for \"tiers[0].name\" in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x", "kind": "both"}]})",
                   "unknown kind \"both\" for \"tiers[0].kind\" in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x", "kind": null}]})",
                   "\"tiers[0].kind\" in pack.json must be a string"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}, {"name": "x"}]})", "tier \"x\" given twice in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "profiles": []})",
                   "\"profiles\" in pack.json must be an object"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "profiles": {"p": "x"}})",
                   "\"profiles.p\" in pack.json must be an array"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "profiles": {"p": []}})",
                   "\"profiles.p\" in pack.json names no tier"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "profiles": {"a b": ["x"]}})",
                   "invalid name \"a b\" for a profile in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "profiles": {"p": ["x", "y"]}})",
                   "unknown tier \"y\" for \"profiles.p[1]\" in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "profiles": {"p": ["x", "x"]}})",
                   "tier of \"profiles.p\" \"x\" given twice in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "default_profile": "p"})",
                   "unknown profile \"p\" for \"default_profile\" in pack.json"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "critical_tables": [1]})",
                   "\"critical_tables[0]\" in pack.json must be a string"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "critical_tables": [""]})",
                   "\"critical_tables[0]\" in pack.json is empty"},
        error_case{R"({"name": "a", "tiers": [{"name": "x"}], "critical_tables": ["t", "t"]})",
                   "critical table \"t\" given twice in pack.json"}));

TEST(pack, refuses_any_depth_and_any_number_of_keys_and_objects) {
    EXPECT_EQ(failure_of([] { parse_pack(std::string(1'000'000, '[')); }).message, "pack.json is nested too deeply");
    std::string many = "{";
    for (int i = 0; i < 100'000; ++i) many += "\"k" + std::to_string(i) + "\": 1,";
    EXPECT_EQ(failure_of([&] { parse_pack(many); }).message, "an object of pack.json has more than 1000 keys");
    std::string objects = R"({"name": "a", "tiers": [)";
    for (int i = 0; i < 100'000; ++i) objects += R"({"name": "t)" + std::to_string(i) + "\"},";
    EXPECT_EQ(failure_of([&] { parse_pack(objects); }).message, "pack.json has more than 10000 objects");
}

// Names are looked up, not searched for: 2,000 tiers in two profiles.
TEST(pack, reads_many_tiers) {
    std::string tiers, names;
    for (int i = 0; i < 2'000; ++i) {
        std::string const name = "\"t" + std::to_string(i) + "\"";
        tiers += std::string(i ? "," : "") + "{\"name\":" + name + "}";
        names += std::string(i ? "," : "") + name;
    }
    std::string profiles;
    for (int i = 0; i < 2; ++i)
        profiles += std::string(i ? "," : "") + "\"p" + std::to_string(i) + "\":[" + names + "]";
    std::clock_t const start = std::clock();
    pack_definition const pack =
        parse_pack("{\"name\":\"a\",\"tiers\":[" + tiers + "],\"profiles\":{" + profiles + "}}");
    EXPECT_EQ(pack.profiles[1].tiers.size(), 2'000u);
    EXPECT_EQ(pack.profiles[1].tiers[1'999], "t1999");
    EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 20);
}

TEST(pack, quotes_whole_characters_of_the_parser) {
    failure const f = failure_of([] { parse_pack("{\"name\": \"\\u12\xC3\xA9\"}"); });
    EXPECT_TRUE(f.detail.ends_with("last read: '\"\\u12'.")) << f.detail;
    failure const whole = failure_of([] { parse_pack("{\"caf\xC3\xA9\": \"\xE2\x82\xAC\\x\"}"); });
    EXPECT_TRUE(whole.detail.ends_with("last read: '\"\xE2\x82\xAC\\x'.")) << whole.detail;
}

TEST(pack, refuses_zero_characters) {
    for (std::string_view const text :
         {R"({"name": "a", "tiers": [{"name": "x"}], "critical_tables": ["t\u0000u"]})", R"({"a\u0000b": 1})"})
        EXPECT_EQ(failure_of([&] { parse_pack(text); }).message, "pack.json has a string with a zero character");
}

TEST(pack, repeats_what_the_parser_says) {
    failure const f = failure_of([] { parse_pack("{\n]"); });
    EXPECT_TRUE(f.detail.starts_with("The parser says: syntax error")) << f.detail;
    EXPECT_EQ(failure_of([] { parse_pack("[1e999]"); }).detail, "The parser says: number overflow parsing '1e999'.");
}

}   // namespace
}   // namespace whisper::script

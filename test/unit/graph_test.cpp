// Building, looking up, branches and sets.

#include "graph_fixture.hpp"

namespace whisper::graph {

namespace {

void build(std::initializer_list<row> rows) { sample{rows}; }

TEST(graph_build, keeps_what_was_registered) {
    sample const s{{"a", {}, {}, {"lab", "other"}}, {"b", {"a"}}, {"c", {"a"}}, {"d", {"b", "c"}, {"a"}, {}, "core"}};
    EXPECT_EQ(s.graph.size(), 4u);
    EXPECT_EQ(s.ids(s.graph.parents(s.at("d"))), (names{"b", "c"}));
    EXPECT_EQ(s.ids(s.graph.dependencies(s.at("d"))), (names{"a"}));
    EXPECT_EQ(s.ids(s.graph.children(s.at("a"))), (names{"b", "c"}));
    EXPECT_EQ(s.ids(s.graph.dependents(s.at("a"))), (names{"d"}));
    EXPECT_EQ(s.graph.labels(s.at("a")).size(), 2u);
    EXPECT_EQ(s.graph.labels(s.at("a"))[1], "other");
    EXPECT_TRUE(s.graph.labels(s.at("b")).empty());
    EXPECT_EQ(s.graph.tier(s.at("d")), "core");
    EXPECT_EQ(s.graph.tier(s.at("a")), "");
    EXPECT_TRUE(s.graph.is_branch_point(s.at("a")));
    EXPECT_TRUE(s.graph.is_merge_point(s.at("d")));
    EXPECT_FALSE(s.graph.is_merge_point(s.at("b")));
}

TEST(graph_build, an_edge_named_twice_is_one) {
    sample const s{{"a"}, {"b", {"a", "a"}, {"a", "a"}}};
    EXPECT_EQ(s.graph.parents(s.at("b")).size(), 1u);
    EXPECT_EQ(s.graph.dependencies(s.at("b")).size(), 1u);
    EXPECT_FALSE(s.graph.is_merge_point(s.at("b")));
}

TEST(graph_build, children_may_come_before_parents) {
    sample const s{{"b", {"a"}}, {"a"}};
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"heads"})), (names{"+a", "+b"}));
}

TEST(graph_build, empty_graph) {
    sample const s{};
    EXPECT_TRUE(s.graph.heads().empty());
    EXPECT_TRUE(s.up(s.exactly({}), {"heads"}).steps.empty());
    EXPECT_TRUE(s.up(s.exactly({}), {"head"}).steps.empty());
    EXPECT_TRUE(s.down(s.exactly({}), "base").steps.empty());
    check_heads(s.graph, s.exactly({}));
}

TEST(graph_build, refuses_duplicate_revision) {
    failure const error = failure_of([] { build({{"a"}, {"b"}, {"a"}}); });
    EXPECT_EQ(error.state, sqlstate::duplicate_revision);
    EXPECT_EQ(error.message, "revision \"a\" is registered twice");
}

TEST(graph_build, refuses_missing_parent_and_dependency) {
    failure error = failure_of([] { build({{"a", {"gone"}}}); });
    EXPECT_EQ(error.state, sqlstate::missing_revision);
    EXPECT_EQ(error.message, "revision \"gone\" is not registered");
    EXPECT_EQ(error.detail, "revision \"a\" names it as down_revision");
    error = failure_of([] { build({{"a", {}, {"gone"}}}); });
    EXPECT_EQ(error.state, sqlstate::missing_revision);
    EXPECT_EQ(error.detail, "revision \"a\" names it as depends_on");
}

TEST(graph_build, a_label_is_a_dependency_but_no_parent) {
    sample const s{{"a", {}, {}, {"lab"}}, {"b", {}, {"lab"}}};
    EXPECT_EQ(s.ids(s.graph.dependencies(s.at("b"))), (names{"a"}));
    EXPECT_EQ(failure_of([] { build({{"a", {}, {}, {"lab"}}, {"b", {"lab"}}}); }).state, sqlstate::missing_revision);
}

TEST(graph_build, refuses_self_loop_and_cycle) {
    failure error = failure_of([] { build({{"x"}, {"a", {"a"}}}); });
    EXPECT_EQ(error.state, sqlstate::cycle);
    EXPECT_EQ(error.message, "revision \"a\" needs itself");
    error = failure_of([] { build({{"a", {"c"}}, {"b", {"a"}}, {"c", {"b"}}, {"d", {"c"}}}); });
    EXPECT_EQ(error.state, sqlstate::cycle);
    EXPECT_EQ(error.detail, "\"a\" needs \"c\" needs \"b\" needs \"a\"");
    // The walk starts outside of the cycle and must report only the cycle.
    error = failure_of([] { build({{"d", {"c"}}, {"b", {}, {"c"}}, {"c", {"b"}}}); });
    EXPECT_EQ(error.detail, "\"c\" needs \"b\" needs \"c\"");
}

TEST(graph_build, refuses_duplicate_label) {
    failure error = failure_of([] { build({{"a", {}, {}, {"lab"}}, {"b", {}, {}, {"lab"}}}); });
    EXPECT_EQ(error.state, sqlstate::duplicate_label);
    EXPECT_EQ(error.detail, "revisions \"a\" and \"b\" both declare it");
    EXPECT_EQ(failure_of([] { build({{"a", {}, {}, {"lab", "lab"}}}); }).state, sqlstate::duplicate_label);
    EXPECT_EQ(failure_of([] { build({{"a", {}, {}, {"b"}}, {"b"}}); }).state, sqlstate::duplicate_label);
    EXPECT_EQ(failure_of([] { build({{"a", {}, {}, {"core"}, "core"}}); }).state, sqlstate::duplicate_label);
}

TEST(graph_lookup, exact_id_wins_over_prefix) {
    sample const s{{"abcd"}, {"abcde"}, {"abcdef"}};
    EXPECT_EQ(s.graph.resolve("abcd"), s.at("abcd"));
    EXPECT_EQ(s.graph.resolve("abcde"), s.at("abcde"));
}

TEST(graph_lookup, prefixes) {
    sample const s{{"5228ee1af938"}, {"5228ff00aa11"}, {"aaaa11112222"}};
    EXPECT_EQ(s.graph.resolve("5228e"), s.at("5228ee1af938"));
    EXPECT_EQ(s.graph.resolve("aaaa"), s.at("aaaa11112222"));
    failure error = failure_of([&] { s.graph.resolve("5228"); });
    EXPECT_EQ(error.state, sqlstate::ambiguous_revision);
    EXPECT_EQ(error.message, "revision \"5228\" is ambiguous");
    EXPECT_EQ(error.detail, "it may be any of \"5228ee1af938\", \"5228ff00aa11\"");
    error = failure_of([&] { s.graph.resolve("aaa"); });
    EXPECT_EQ(error.state, sqlstate::unknown_revision);
    EXPECT_EQ(error.hint, "an abbreviated revision needs at least 4 characters");
}

TEST(graph_lookup, unknown_revision_names_similar_ones) {
    sample const s{{"5228ee1af938"}, {"aaaa11112222"}, {"add_users"}};
    failure error = failure_of([&] { s.graph.resolve("5228ee1af939"); });
    EXPECT_EQ(error.state, sqlstate::unknown_revision);
    EXPECT_EQ(error.message, "revision \"5228ee1af939\" does not exist");
    EXPECT_EQ(error.detail, "similar: \"5228ee1af938\"");
    EXPECT_EQ(failure_of([&] { s.graph.resolve("users"); }).detail, "similar: \"add_users\"");
    EXPECT_EQ(failure_of([&] { s.graph.resolve("zzzzzzzz"); }).detail, "");
}

TEST(graph_lookup, prefix_within_a_branch) {
    sample const s{{"some_core", {}, {}, {}, "core"}, {"some_more", {}, {}, {}, "more"}};
    EXPECT_EQ(s.graph.resolve("some", "core"), s.at("some_core"));
    EXPECT_EQ(s.graph.resolve("some", "more"), s.at("some_more"));
    EXPECT_EQ(failure_of([&] { s.graph.resolve("some_more", "core"); }).message,
              "revision \"some_more\" is not on branch \"core\"");
    EXPECT_EQ(failure_of([&] { s.graph.resolve("some", "cor"); }).state, sqlstate::unknown_revision);
    EXPECT_EQ(failure_of([&] { s.graph.resolve("core"); }).hint, "use \"core@head\" or \"core@heads\"");
}

TEST(graph_branches, label_covers_its_branch) {
    //  a - b - c1 - d1 - e     lab on c1, other on d2; e merges
    //       \- c2 - d2 -/ \- f
    sample const s{{"a"},          {"b", {"a"}}, {"c1", {"b"}, {}, {"lab"}},    {"d1", {"c1"}},
                   {"c2", {"b"}},  {"d2", {"c2"}, {}, {"other"}}, {"e", {"d1", "d2"}}, {"f", {"e"}}};
    EXPECT_EQ(s.members(s.graph.members("lab")), (names{"c1", "d1"}));
    EXPECT_EQ(s.members(s.graph.members("other")), (names{"c2", "d2"}));
    EXPECT_EQ(s.members(s.graph.lineage("lab")), (names{"a", "b", "c1", "d1", "e", "f"}));
    EXPECT_EQ(s.ids(s.graph.heads("lab")), (names{"f"}));
    EXPECT_EQ(s.ids(s.graph.bases("lab")), (names{"a"}));
    EXPECT_EQ(s.members(s.graph.lineage("d2")), (names{"a", "b", "c2", "d2", "e", "f"}));
    EXPECT_TRUE(s.graph.is_branch("lab"));
    EXPECT_FALSE(s.graph.is_branch("c1"));
    failure const error = failure_of([&] { s.graph.members("othre"); });
    EXPECT_EQ(error.state, sqlstate::unknown_revision);
    EXPECT_EQ(error.message, "branch \"othre\" does not exist");
}

TEST(graph_branches, tier_is_all_of_its_nodes) {
    sample const s{{"c1", {}, {}, {}, "core"},     {"c2", {"c1"}, {}, {}, "core"}, {"x1", {"c2"}, {}, {}, "extra"},
                   {"x2", {}, {"c1"}, {}, "extra"}};
    EXPECT_EQ(s.members(s.graph.members("extra")), (names{"x1", "x2"}));
    EXPECT_EQ(s.ids(s.graph.heads("core")), (names{"c2"}));   // its child is of another tier
    EXPECT_EQ(s.ids(s.graph.bases("extra")), (names{"x1", "x2"}));
    EXPECT_TRUE(s.graph.is_branch("core"));
    EXPECT_FALSE(s.graph.is_branch(""));
}

TEST(graph_sets, closure_and_current) {
    sample const s{{"a1"}, {"a2", {"a1"}}, {"b1"}, {"b2", {"b1"}, {"a2"}}};
    node_set const applied = s.closure({"b2"});
    EXPECT_EQ(applied.count(), 4u);
    EXPECT_EQ(s.ids(s.graph.current_heads(applied)), (names{"b2"}));
    EXPECT_EQ(s.ids(s.graph.current_tips(applied)), (names{"a2", "b2"}));
    node_set copy = applied;
    copy.erase(s.at("a1"));
    copy.erase(s.at("a1"));
    EXPECT_EQ(copy.count(), 3u);
    EXPECT_EQ(applied.count(), 4u);
}

}  // namespace

}  // namespace whisper::graph

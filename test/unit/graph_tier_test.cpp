// Tiers: order, targets and what a profile leaves out.

#include "graph_fixture.hpp"

namespace whisper::graph {

namespace {

// A versioned tier and two repeatable ones; x2 needs something of core's head, y1 of x1.
sample pack() {
    return {{"c1", {}, {}, {}, "core"}, {"c2", {"c1"}, {}, {}, "core"},   {"x0", {}, {}, {}, "extra"},
            {"x1", {}, {}, {}, "extra"}, {"x2", {}, {"c2"}, {}, "extra"}, {"y0", {}, {}, {}, "more"},
            {"y1", {}, {"x1"}, {}, "more"}};
}

TEST(tier_order, is_registration_order_up_and_its_reverse_down) {
    sample const s = pack();
    plan const up = s.up(s.exactly({}), {"heads"});
    EXPECT_EQ(s.steps(up), (names{"+c1", "+c2", "+x0", "+x1", "+x2", "+y0", "+y1"}));
    node_set const all = s.closure({"c2", "x0", "x1", "x2", "y0", "y1"});
    EXPECT_EQ(s.steps(s.down(all, "base")), (names{"-y1", "-y0", "-x2", "-x1", "-x0", "-c2", "-c1"}));
}

TEST(tier_order, an_edge_comes_before_registration_order) {
    sample const s{{"x0", {}, {"x2"}, {}, "x"}, {"x1", {}, {}, {}, "x"}, {"x2", {}, {}, {}, "x"},
                   {"x3", {}, {}, {}, "x"}};
    names const up = s.steps(s.up(s.exactly({}), {"x@heads"}));
    EXPECT_EQ(up, (names{"+x1", "+x2", "+x0", "+x3"}));
}

TEST(tier_order, dependencies_inside_a_tier_do_not_disturb_it) {
    sample const s{{"x0", {}, {}, {}, "x"}, {"x1", {}, {}, {}, "x"}, {"x2", {}, {}, {}, "x"},
                   {"x3", {}, {"x1"}, {}, "x"}};
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"x@heads"})), (names{"+x0", "+x1", "+x2", "+x3"}));
}

TEST(tier_targets, name_the_tier_like_a_label) {
    sample const s = pack();
    node_set const all = s.closure({"c2", "x0", "x1", "x2", "y0", "y1"});
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"core@head"})), (names{"+c1", "+c2"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"core@+1"})), (names{"+c1"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"core@head-1"})), (names{"+c1"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"extra@heads"})), (names{"+c1", "+c2", "+x0", "+x1", "+x2"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"more@y1"})), (names{"+x1", "+y1"}));
    // core's own head is c2, although x2 stands on it.
    EXPECT_EQ(s.steps(s.down(all, "core@-1")), (names{"-x2", "-c2"}));
    EXPECT_EQ(s.steps(s.down(all, "core@c1")), (names{"-x2", "-c2"}));
    EXPECT_EQ(s.steps(s.down(all, "core@base")), (names{"-x2", "-c2", "-c1"}));
    EXPECT_EQ(s.steps(s.down(all, "extra@base")), (names{"-y1", "-x2", "-x1", "-x0"}));
    EXPECT_EQ(s.steps(s.down(all, "-1")), (names{"-y1"}));
    failure const error = failure_of([&] { s.up(s.exactly({}), {"extra@head"}); });
    EXPECT_EQ(error.state, sqlstate::multiple_heads);
    EXPECT_EQ(error.detail, "heads: \"x0\", \"x1\", \"x2\"");
    EXPECT_EQ(failure_of([&] { s.up(s.exactly({}), {"head"}); }).hint,
              "use \"heads\", or name one tier, as in \"core@heads\"");
    EXPECT_EQ(failure_of([&] { s.up(s.exactly({}), {"core@x0"}); }).message,
              "revision \"x0\" is not on branch \"core\"");
}

TEST(tier_targets, a_tier_does_not_reach_into_another_by_a_child) {
    sample const s{{"c1", {}, {}, {}, "core"}, {"x1", {"c1"}, {}, {}, "extra"}};
    EXPECT_TRUE(s.down(s.closure({"x1"}), "core@c1").steps.empty());
    EXPECT_EQ(s.steps(s.down(s.closure({"x1"}), "c1")), (names{"-x1"}));
}

TEST(deferral, what_needs_a_tier_that_is_left_out_waits) {
    sample const s = pack();
    node_set allowed = s.graph.members("core");
    for (index i = 0; i < s.graph.size(); ++i)
        if (s.graph.tier(i) == "more") allowed.insert(i);
    plan const p = s.up(s.exactly({}), {"heads"}, &allowed);
    EXPECT_EQ(s.steps(p), (names{"+c1", "+c2", "+y0"}));
    EXPECT_EQ(s.deferred(p), (names{"y1 waits for x1"}));
    EXPECT_EQ(s.ids(p.heads_after), (names{"c2", "y0"}));
}

TEST(deferral, what_is_applied_already_does_not_defer) {
    sample const s = pack();
    node_set const allowed = s.graph.members("more");
    plan const p = s.up(s.exactly({"x1"}), {"more@heads"}, &allowed);
    EXPECT_EQ(s.steps(p), (names{"+y0", "+y1"}));
    EXPECT_TRUE(p.deferred.empty());
}

TEST(deferral, passes_on_upwards) {
    sample const s{{"a", {}, {}, {}, "x"}, {"b", {"a"}, {}, {}, "y"}, {"c", {"b"}, {}, {}, "y"},
                   {"d", {}, {}, {}, "y"}};
    node_set const allowed = s.graph.members("y");
    plan const p = s.up(s.exactly({}), {"y@heads"}, &allowed);
    EXPECT_EQ(s.steps(p), (names{"+d"}));
    EXPECT_EQ(s.deferred(p), (names{"b waits for a", "c waits for a"}));
}

TEST(deferral, a_named_target_outside_is_deferred_itself) {
    sample const s = pack();
    node_set const allowed = s.graph.members("core");
    EXPECT_EQ(s.deferred(s.up(s.exactly({}), {"x0"}, &allowed)), (names{"x0 waits for x0"}));
    EXPECT_EQ(s.deferred(s.up(s.exactly({}), {"more@y0"}, &allowed)), (names{"y0 waits for y0"}));
    EXPECT_TRUE(s.up(s.exactly({}), {"heads"}, &allowed).deferred.empty());
}

}  // namespace

}  // namespace whisper::graph

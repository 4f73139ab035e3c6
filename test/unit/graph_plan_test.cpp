// Plans: what Alembic's cases leave open.

#include "graph_fixture.hpp"

namespace whisper::graph {

namespace {

sample diamond() {
    return {{"a"}, {"b", {"a"}}, {"c1", {"b"}, {}, {"left"}}, {"c2", {"b"}, {}, {"right"}}, {"m", {"c1", "c2"}}};
}

TEST(downgrade, one_step_from_a_merge_leaves_its_parents) {
    sample const s = diamond();
    for (const char *target : {"-1", "m-1", "left@-1", "head-1"}) {
        plan const p = s.down(s.closure({"m"}), target);
        EXPECT_EQ(s.steps(p), (names{"-m"})) << target;
        EXPECT_EQ(s.ids(p.heads_after), (names{"c1", "c2"})) << target;
    }
}

TEST(downgrade, two_steps_over_a_merge_are_ambiguous) {
    sample const s = diamond();
    failure const error = failure_of([&] { s.down(s.closure({"m"}), "-2"); });
    EXPECT_EQ(error.state, sqlstate::ambiguous_revision);
    EXPECT_EQ(error.detail, "it may lead to any of \"c1\", \"c2\"");
    EXPECT_EQ(error.hint, "name the revision to go to, as in \"c1\"");
}

TEST(downgrade, merge_with_a_redundant_parent_leaves_one_head) {
    sample const s{{"a"}, {"b", {"a"}}, {"c", {"b"}}, {"m", {"c", "a"}}};
    plan const one = s.down(s.closure({"m"}), "-1");
    EXPECT_EQ(s.steps(one), (names{"-m"}));
    EXPECT_EQ(s.ids(one.heads_after), (names{"c"}));
    // Only one revision is on top each time, so more steps are clear as well.
    EXPECT_EQ(s.steps(s.down(s.closure({"m"}), "-3")), (names{"-m", "-c", "-b"}));
    EXPECT_EQ(s.steps(s.down(s.closure({"m"}), "-4")), (names{"-m", "-c", "-b", "-a"}));
    EXPECT_EQ(failure_of([&] { s.down(s.closure({"m"}), "-5"); }).state, sqlstate::relative_off_end);
    EXPECT_EQ(s.ids(s.up(s.exactly({}), {"m"}).heads_after), (names{"m"}));
}

TEST(downgrade, of_several_heads_the_last_registered_goes) {
    sample const s = diamond();
    EXPECT_EQ(s.steps(s.down(s.closure({"c1", "c2"}), "-1")), (names{"-c2"}));
    EXPECT_EQ(s.steps(s.down(s.closure({"c1", "c2"}), "left@-1")), (names{"-c1"}));
}

TEST(downgrade, undoes_dependents) {
    sample const s{{"x1"}, {"x2", {"x1"}}, {"y1"}, {"y2", {"y1"}, {"x2"}}, {"y3", {"y2"}}};
    plan const p = s.down(s.closure({"y3"}), "x1");
    EXPECT_EQ(s.steps(p), (names{"-y3", "-y2", "-x2"}));
    EXPECT_EQ(s.ids(p.heads_after), (names{"x1", "y1"}));
}

TEST(downgrade, errors) {
    sample const s = diamond();
    failure error = failure_of([&] { s.down(s.closure({"c1"}), "c2"); });
    EXPECT_EQ(error.state, sqlstate::not_an_ancestor);
    EXPECT_EQ(error.detail, "heads: \"c1\"");
    EXPECT_EQ(error.hint, "use whisper_upgrade('c2') to go up");
    EXPECT_EQ(failure_of([&] { s.down(s.closure({"c1"}), "+1"); }).state, sqlstate::relative_off_end);
    EXPECT_EQ(failure_of([&] { s.down(s.closure({"c1"}), "-4"); }).detail, "only 3 steps are possible from \"c1\"");
    EXPECT_EQ(failure_of([&] { s.down(s.exactly({}), "-1"); }).state, sqlstate::relative_off_end);
    EXPECT_EQ(failure_of([&] { s.down(s.exactly({}), ""); }).state, sqlstate::invalid_target);
    EXPECT_EQ(failure_of([&] { s.down(s.exactly({}), "nope@-1"); }).message, "branch \"nope\" does not exist");
    EXPECT_EQ(failure_of([&] { s.down(s.exactly({}), "nope@base"); }).message, "branch \"nope\" does not exist");
}

TEST(upgrade, several_heads) {
    sample const s{{"a"}, {"b1", {"a"}}, {"b2", {"a"}}};
    failure error = failure_of([&] { s.up(s.exactly({}), {"head"}); });
    EXPECT_EQ(error.state, sqlstate::multiple_heads);
    EXPECT_EQ(error.message, "several heads are present");
    EXPECT_EQ(error.detail, "heads: \"b1\", \"b2\"");
    EXPECT_EQ(error.hint, "name one of them, use \"heads\", or create a merge with whisper_merge(ARRAY['b1','b2'])");
    error = failure_of([&] { s.up(s.closure({"b1", "b2"}), {"+1"}); });
    EXPECT_EQ(error.state, sqlstate::multiple_heads);
    EXPECT_EQ(error.hint, "name the one to start from, as in \"b1@+1\"");
}

TEST(upgrade, relative_targets) {
    sample const s = diamond();
    EXPECT_EQ(s.steps(s.up(s.closure({"a"}), {"+1"})), (names{"+b"}));
    EXPECT_EQ(s.steps(s.up(s.closure({"a"}), {"left@+2"})), (names{"+b", "+c1"}));
    EXPECT_EQ(s.steps(s.up(s.closure({"c1"}), {"right@+1"})), (names{"+c2"}));
    EXPECT_EQ(s.steps(s.up(s.closure({"c1"}), {"c1+1"})), (names{"+c2", "+m"}));
    EXPECT_EQ(s.steps(s.up(s.closure({"a"}), {"c2-1"})), (names{"+b"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"right@base+3"})), (names{"+a", "+b", "+c2"}));
    failure const forks = failure_of([&] { s.up(s.closure({"b"}), {"+1"}); });
    EXPECT_EQ(forks.state, sqlstate::ambiguous_revision);
    EXPECT_EQ(forks.message, "relative step up from \"b\" is ambiguous");
    failure const off = failure_of([&] { s.up(s.closure({"c1"}), {"+2"}); });
    EXPECT_EQ(off.state, sqlstate::relative_off_end);
    EXPECT_EQ(off.message, "relative step +2 goes beyond the last revision");
    EXPECT_EQ(off.detail, "only 1 step is possible from \"c1\"");
    EXPECT_EQ(failure_of([&] { s.up(s.closure({"c1"}), {"-1"}); }).hint, "use whisper_downgrade('-1')");
    EXPECT_EQ(failure_of([&] { s.up(s.closure({"c1"}), {"m-1"}); }).state, sqlstate::ambiguous_revision);
}

TEST(upgrade, malformed_targets) {
    sample const s = diamond();
    for (const char *target : {"", "@head", "left@", "+0", "-0", "b+99999999999999999999", ":", "a:b:c", "a:", ":b"})
        EXPECT_EQ(failure_of([&] { s.up(s.exactly({}), {target}); }).state, sqlstate::invalid_target) << target;
    for (const char *target : {"+", "b+", "left@@head", "b+1x", "he", "Head"})
        EXPECT_EQ(failure_of([&] { s.up(s.exactly({}), {target}); }).state, sqlstate::unknown_revision) << target;
    EXPECT_EQ(failure_of([&] { s.up(s.exactly({}), {}); }).state, sqlstate::invalid_target);
}

TEST(upgrade, an_id_may_look_like_a_relative_target) {
    sample const s{{"2024-01"}, {"2024-02", {"2024-01"}}, {"2024-03", {"2024-02"}}};
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"2024-02"})), (names{"+2024-01", "+2024-02"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"2024-03-2"})), (names{"+2024-01"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"2024-02@2024-01+1"})), (names{"+2024-01", "+2024-02"}));
}

TEST(upgrade, list_of_targets_may_repeat_and_imply_each_other) {
    sample const s = diamond();
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"c1", "b", "c1"})), (names{"+a", "+b", "+c1"}));
    EXPECT_EQ(s.ids(s.up(s.closure({"a"}), {"c2", "c1"}).heads_after), (names{"c1", "c2"}));
}

TEST(upgrade, ranges) {
    sample const s = diamond();
    EXPECT_EQ(s.steps(s.up(s.closure({"b"}), {"b:m"})), (names{"+c2", "+c1", "+m"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({}), {"base:b"})), (names{"+a", "+b"}));
    EXPECT_EQ(s.steps(s.up(s.closure({"a"}), {"a:+1"})), (names{"+b"}));
    EXPECT_EQ(s.steps(s.up(s.closure({"c1"}), {"c1:m"})), (names{"+c2", "+m"}));
    failure error = failure_of([&] { s.up(s.closure({"b"}), {"a:m"}); });
    EXPECT_EQ(error.state, sqlstate::invalid_target);
    EXPECT_EQ(error.message, "the database does not stand at \"a\"");
    EXPECT_EQ(error.detail, "it stands at \"b\"");
    EXPECT_EQ(failure_of([&] { s.up(s.closure({"a"}), {"base:m"}); }).state, sqlstate::invalid_target);
    EXPECT_EQ(failure_of([&] { s.up(s.closure({"c1"}), {"c1:c2"}); }).state, sqlstate::not_an_ancestor);
}

TEST(downgrade, ranges) {
    sample const s = diamond();
    EXPECT_EQ(s.steps(s.down(s.closure({"m"}), "m:c1")), (names{"-m"}));
    EXPECT_EQ(s.steps(s.down(s.closure({"c1", "c2"}), "c1:b")), (names{"-c1"}));
    EXPECT_EQ(s.steps(s.down(s.closure({"c1", "c2"}), "c1:-1")), (names{"-c1"}));
    EXPECT_EQ(s.steps(s.down(s.closure({"c1"}), "c1:base")), (names{"-c1", "-b", "-a"}));
    EXPECT_EQ(failure_of([&] { s.down(s.closure({"m"}), "c1:b"); }).state, sqlstate::invalid_target);
    EXPECT_EQ(failure_of([&] { s.down(s.closure({"m"}), "m:"); }).state, sqlstate::invalid_target);
}

TEST(gaps, are_filled_going_up_and_kept_in_order) {
    sample const s{{"a"}, {"b", {"a"}}, {"c", {"b"}}, {"d", {"c"}}};
    EXPECT_EQ(s.steps(s.up(s.exactly({"b"}), {"heads"})), (names{"+a", "+c", "+d"}));
    EXPECT_EQ(s.steps(s.up(s.exactly({"a", "d"}), {"d"})), (names{"+b", "+c"}));
    EXPECT_EQ(s.steps(s.down(s.exactly({"a", "c", "d"}), "base")), (names{"-d", "-c", "-a"}));
    EXPECT_EQ(s.steps(s.down(s.exactly({"b", "d"}), "a")), (names{"-d", "-b"}));
    EXPECT_EQ(s.ids(s.down(s.exactly({"a", "c"}), "b").heads_after), (names{"a"}));
}

TEST(stamp, replaces_the_branch_and_keeps_the_others) {
    sample const s = diamond();
    stamp_plan const up = s.stamp(s.closure({"c1"}), {"m"});
    EXPECT_EQ(s.steps(up), (names{"=m"}));
    EXPECT_EQ(up.applied_after.count(), 5u);
    stamp_plan const side = s.stamp(s.closure({"c1"}), {"c2"});
    EXPECT_EQ(s.ids(side.heads_after), (names{"c1", "c2"}));
    stamp_plan const down = s.stamp(s.closure({"m"}), {"c1"});
    EXPECT_EQ(s.members(down.applied_after), (names{"a", "b", "c1"}));
    stamp_plan const purged = s.stamp(s.closure({"c1"}), {"c2"}, true);
    EXPECT_EQ(s.members(purged.applied_after), (names{"a", "b", "c2"}));
    EXPECT_EQ(s.steps(purged), (names{"=c2"}));
}

TEST(stamp, base_forgets) {
    sample const s{{"x1", {}, {}, {"x"}}, {"x2", {"x1"}}, {"y1"}, {"y2", {"y1"}, {"x1"}}};
    EXPECT_EQ(s.stamp(s.closure({"x2", "y2"}), {"base"}).applied_after.count(), 0u);
    stamp_plan const p = s.stamp(s.closure({"x2", "y2"}), {"x@base"});
    EXPECT_EQ(s.members(p.applied_after), (names{"y1"}));
    EXPECT_EQ(s.ids(p.heads_after), (names{"y1"}));
    EXPECT_TRUE(p.steps.empty());
}

TEST(stamp, errors) {
    sample const s = diamond();
    EXPECT_EQ(failure_of([&] { s.stamp(s.exactly({}), {"+1"}); }).state, sqlstate::invalid_target);
    EXPECT_EQ(failure_of([&] { s.stamp(s.exactly({}), {"a:b"}); }).state, sqlstate::invalid_target);
    EXPECT_EQ(failure_of([&] { s.stamp(s.exactly({}), {"nope"}); }).state, sqlstate::unknown_revision);
}

TEST(resolve_target, single_and_range) {
    sample const s = diamond();
    EXPECT_EQ(s.ids(resolve_target(s.graph, "left")), (names{"c1"}));
    EXPECT_EQ(s.ids(resolve_target(s.graph, "base")), names{});
    EXPECT_EQ(s.ids(resolve_target(s.graph, "base+2")), (names{"b"}));
    EXPECT_EQ(s.ids(resolve_target(s.graph, "c2-1")), (names{"b"}));
    EXPECT_EQ(s.ids(resolve_target(s.graph, "b:c1")), (names{"b", "c1"}));
    EXPECT_EQ(s.ids(resolve_target(s.graph, ":b")), (names{"a", "b"}));
    EXPECT_EQ(s.ids(resolve_target(s.graph, "c1:")), (names{"c1", "m"}));
    EXPECT_EQ(failure_of([&] { resolve_target(s.graph, "c2:c1"); }).state, sqlstate::not_an_ancestor);
}

TEST(check_heads, says_what_is_missing) {
    sample const s{{"a"}, {"b1", {"a"}}, {"b2", {"a"}}};
    check_heads(s.graph, s.closure({"b1", "b2"}));
    failure const error = failure_of([&] { check_heads(s.graph, s.closure({"b1"})); });
    EXPECT_EQ(error.state, sqlstate::not_applied);
    EXPECT_EQ(error.detail, "not applied: \"b2\"; current: \"b1\"");
}

}  // namespace

}  // namespace whisper::graph

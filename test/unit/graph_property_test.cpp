// What must hold for every graph, tried on generated ones.

#include "graph_fixture.hpp"
#include "graph_shapes.hpp"

#include <algorithm>
#include <numeric>

namespace whisper::graph {

namespace {

constexpr std::string_view everything = "heads";

node_set nothing(const revision_graph &graph) { return node_set(graph.size()); }

node_set all(const revision_graph &graph) {
    node_set result(graph.size());
    for (index i = 0; i < graph.size(); ++i) result.insert(i);
    return result;
}

// A random set, closed downwards or with gaps.
node_set some(const revision_graph &graph, std::mt19937 &random, bool gaps) {
    node_set picked(graph.size());
    for (index i = 0; i < graph.size(); ++i)
        if (random() % 4 == 0) picked.insert(i);
    if (gaps) return picked;
    indexes heads;
    for (index i = 0; i < graph.size(); ++i)
        if (picked.contains(i) && random() % 4 == 0) heads.push_back(i);
    return graph.closure(view(heads));
}

// Positions in the plan, 0 for what is not in it; fails on a repeated step.
std::vector<std::size_t> positions(const revision_graph &graph, const plan &p) {
    std::vector<std::size_t> result(graph.size(), 0);
    for (std::size_t n = 0; n < p.steps.size(); ++n) {
        EXPECT_EQ(result[p.steps[n].revision], 0u);
        result[p.steps[n].revision] = n + 1;
    }
    return result;
}

// No step may come on the wrong side of another that is above it, directly or through anything.
void expect_order(const revision_graph &graph, const plan &p, bool up) {
    auto const at = positions(graph, p);
    // Registration order is topological in generated graphs, so one pass carries the extreme position upwards.
    std::vector<std::size_t> latest(graph.size(), 0), earliest(graph.size(), graph.size() + 1);
    for (index i = 0; i < graph.size(); ++i) {
        auto const carry = [&](index below) {
            latest[i] = std::max({latest[i], latest[below], at[below]});
            earliest[i] = std::min({earliest[i], earliest[below], at[below] ? at[below] : graph.size() + 1});
        };
        std::ranges::for_each(graph.parents(i), carry);
        std::ranges::for_each(graph.dependencies(i), carry);
        if (at[i] == 0) continue;
        if (up)
            EXPECT_GT(at[i], latest[i]) << graph.id(i);
        else
            EXPECT_LT(at[i], earliest[i]) << graph.id(i);
    }
}

void apply(node_set &applied, const plan &p) {
    for (const step &s : p.steps) {
        if (s.way == direction::up)
            EXPECT_TRUE(applied.insert(s.revision));
        else {
            EXPECT_TRUE(applied.contains(s.revision));
            applied.erase(s.revision);
        }
    }
}

void expect_heads(const revision_graph &graph, const node_set &applied, const plan &p) {
    indexes const heads = graph.current_heads(applied);
    EXPECT_TRUE(std::ranges::equal(heads, p.heads_after));
}

class random_dags : public testing::TestWithParam<bool> {
protected:
    template <class Check>
    static void for_each_graph(Check check) {
        for (std::uint32_t seed = 0; seed < 300; ++seed) {
            dag_options const options{.bases = 0.1, .merges = 0.3, .dependencies = 0.2, .reach = 2 + seed % 20,
                                      .tiers = GetParam()};
            revision_graph const graph(random_dag_shape(1 + seed % 60, seed, options));
            std::mt19937 random(seed);
            SCOPED_TRACE(seed);
            check(graph, random);
            if (testing::Test::HasFailure()) return;
        }
    }
};

TEST_P(random_dags, upgrade_then_downgrade_returns_to_empty) {
    for_each_graph([](const revision_graph &graph, std::mt19937 &random) {
        for (bool gaps : {false, true}) {
            node_set applied = some(graph, random, gaps);
            plan const up = plan_upgrade(graph, applied, std::span(&everything, 1));
            expect_order(graph, up, true);
            apply(applied, up);
            EXPECT_EQ(applied.count(), graph.size());
            expect_heads(graph, applied, up);
            check_heads(graph, applied);
            plan const down = plan_downgrade(graph, applied, "base");
            expect_order(graph, down, false);
            apply(applied, down);
            EXPECT_EQ(applied.count(), 0u);
            EXPECT_TRUE(down.heads_after.empty());
        }
    });
}

TEST_P(random_dags, upgrade_applies_the_closure_and_no_more) {
    for_each_graph([](const revision_graph &graph, std::mt19937 &random) {
        node_set applied = some(graph, random, true);
        auto const goal = static_cast<index>(random() % graph.size());
        std::string_view const target = graph.id(goal);
        plan const up = plan_upgrade(graph, applied, std::span(&target, 1));
        node_set const needed = graph.closure(std::span(&goal, 1));
        for (const step &s : up.steps) EXPECT_TRUE(needed.contains(s.revision) && !applied.contains(s.revision));
        apply(applied, up);
        for (index i = 0; i < graph.size(); ++i) EXPECT_TRUE(!needed.contains(i) || applied.contains(i));
        expect_order(graph, up, true);
        expect_heads(graph, applied, up);
    });
}

TEST_P(random_dags, downgrade_leaves_nothing_above_what_it_undid) {
    for_each_graph([](const revision_graph &graph, std::mt19937 &random) {
        node_set applied = some(graph, random, false);
        for (index i = 0; i < graph.size(); ++i) {
            if (!applied.contains(i) || random() % 4 != 0) continue;
            node_set now = applied;
            plan const down = plan_downgrade(graph, now, graph.id(i));
            expect_order(graph, down, false);
            apply(now, down);
            expect_heads(graph, now, down);
            EXPECT_TRUE(now.contains(i));
            auto const is_applied = [&](index other) { return now.contains(other); };
            EXPECT_TRUE(std::ranges::none_of(graph.children(i), is_applied));
            // What is left still has all that it needs.
            for (index j = 0; j < graph.size(); ++j) {
                if (!now.contains(j)) continue;
                EXPECT_TRUE(std::ranges::all_of(graph.parents(j), is_applied));
                EXPECT_TRUE(std::ranges::all_of(graph.dependencies(j), is_applied));
            }
        }
    });
}

TEST_P(random_dags, one_step_down_always_works_and_undoes_a_head) {
    for_each_graph([](const revision_graph &graph, std::mt19937 &) {
        node_set applied = all(graph);
        while (applied.count() > 0) {
            index const head = graph.current_heads(applied).back();
            plan const down = plan_downgrade(graph, applied, "-1");
            ASSERT_EQ(down.steps.size(), 1u);
            EXPECT_EQ(down.steps[0].revision, head);
            apply(applied, down);
            expect_heads(graph, applied, down);
        }
        EXPECT_EQ(failure_of([&] { plan_downgrade(graph, applied, "-1"); }).state, sqlstate::relative_off_end);
    });
}

TEST_P(random_dags, deferral_leaves_out_exactly_what_is_blocked) {
    for_each_graph([](const revision_graph &graph, std::mt19937 &random) {
        node_set applied = some(graph, random, false), allowed(graph.size());
        for (index i = 0; i < graph.size(); ++i)
            if (random() % 5 != 0) allowed.insert(i);
        plan const up = plan_upgrade(graph, applied, std::span(&everything, 1), &allowed);
        expect_order(graph, up, true);
        apply(applied, up);
        expect_heads(graph, applied, up);
        std::vector<bool> waits(graph.size(), false);
        for (const deferred_revision &d : up.deferred) {
            waits[d.revision] = true;
            EXPECT_FALSE(applied.contains(d.waits_for) || allowed.contains(d.waits_for));
            EXPECT_TRUE(graph.closure(std::span(&d.revision, 1)).contains(d.waits_for));
        }
        auto const is_applied = [&](index i) { return applied.contains(i); };
        for (index i = 0; i < graph.size(); ++i) {
            bool const ready = std::ranges::all_of(graph.parents(i), is_applied) &&
                               std::ranges::all_of(graph.dependencies(i), is_applied);
            EXPECT_EQ(applied.contains(i), ready && (allowed.contains(i) || applied.contains(i)));
            EXPECT_EQ(waits[i], !applied.contains(i) && allowed.contains(i));
        }
    });
}

TEST_P(random_dags, stamping_a_revision_records_its_closure) {
    for_each_graph([](const revision_graph &graph, std::mt19937 &random) {
        node_set const applied = some(graph, random, false);
        auto const goal = static_cast<index>(random() % graph.size());
        std::string_view const target = graph.id(goal);
        stamp_plan const stamped = plan_stamp(graph, applied, std::span(&target, 1));
        node_set const needed = graph.closure(std::span(&goal, 1));
        for (index i = 0; i < graph.size(); ++i) EXPECT_TRUE(!needed.contains(i) || stamped.applied_after.contains(i));
        expect_heads(graph, stamped.applied_after, stamped);
        stamp_plan const again = plan_stamp(graph, stamped.applied_after, std::span(&target, 1));
        EXPECT_TRUE(again.steps.empty());
        EXPECT_TRUE(std::ranges::equal(again.heads_after, stamped.heads_after));
    });
}

INSTANTIATE_TEST_SUITE_P(tiers, random_dags, testing::Bool(),
                         [](const auto &info) { return info.param ? "with_tiers" : "plain"; });

TEST(tiered_dags, follow_registration_order) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        revision_graph const graph(random_dag_shape(200, seed, {.tiers = true}));
        plan const up = plan_upgrade(graph, nothing(graph), std::span(&everything, 1));
        ASSERT_EQ(up.steps.size(), graph.size());
        for (index i = 0; i < graph.size(); ++i) ASSERT_EQ(up.steps[i].revision, i) << seed;
    }
}

void expect_there_and_back(const revision_graph &graph) {
    plan const up = plan_upgrade(graph, nothing(graph), std::span(&everything, 1));
    ASSERT_EQ(up.steps.size(), graph.size());
    plan const down = plan_downgrade(graph, all(graph), "base");
    ASSERT_EQ(down.steps.size(), graph.size());
    for (std::size_t i = 0; i < graph.size(); ++i)
        ASSERT_EQ(down.steps[i].revision, up.steps[graph.size() - 1 - i].revision);
}

TEST(deep_graphs, chain_of_a_hundred_thousand) {
    auto nodes = chain_shape(100'000);
    revision_graph const graph(nodes);
    expect_there_and_back(graph);
    EXPECT_EQ(plan_downgrade(graph, all(graph), "-99999").steps.size(), 99'999u);
    std::string_view const up = "base+100000";
    EXPECT_EQ(plan_upgrade(graph, nothing(graph), std::span(&up, 1)).steps.size(), 100'000u);
    std::ranges::reverse(nodes);
    expect_there_and_back(revision_graph(nodes));
    nodes.back().down_revisions.push_back(nodes.front().id);
    EXPECT_EQ(failure_of([&] { revision_graph{nodes}; }).state, sqlstate::cycle);
}

// A ladder blocks at every rung, which uses up the budget of the exact search and exercises what comes after it.
TEST(deep_graphs, crossing_branches) {
    std::vector<node> nodes = chain_shape(40'000);
    for (std::size_t i = 2; i < nodes.size(); ++i) nodes[i].down_revisions.front() = shape_id(i - 2);
    for (std::size_t i = 5; i < nodes.size(); i += 3) nodes[i].depends_on.push_back(shape_id(i - 5));
    revision_graph const plain(nodes);
    expect_there_and_back(plain);
    expect_order(plain, plan_downgrade(plain, all(plain), "base"), false);
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].tier = i % 7 == 0 ? "" : "t";
    std::ranges::reverse(nodes);
    expect_there_and_back(revision_graph(nodes));
    dag_options const wide{.bases = 0.05, .merges = 0.3, .dependencies = 0.3, .reach = 0};
    revision_graph const dag(random_dag_shape(30'000, 1, wide));
    expect_there_and_back(dag);
    expect_order(dag, plan_downgrade(dag, all(dag), "base"), false);
}

}  // namespace

}  // namespace whisper::graph

// The cases of test/data/revision_graphs.json, one test each. They state what Alembic does; see there for the format.

#include "error.hpp"
#include "graph/graph.hpp"
#include "graph/plan.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace whisper::graph {

namespace {

using nlohmann::json;
using steps = std::vector<std::pair<std::string, std::string>>;

// A list may be written as one string, null or nothing.
std::vector<std::string> list(const json &object, const char *key) {
    if (!object.contains(key) || object[key].is_null()) return {};
    if (object[key].is_string()) return {object[key].get<std::string>()};
    return object[key].get<std::vector<std::string>>();
}

strings as_strings(const std::vector<std::string> &from) { return strings(from.begin(), from.end()); }

std::vector<json> load_cases() {
    std::ifstream file(WHISPER_TEST_DATA "/revision_graphs.json");
    return json::parse(file).get<std::vector<json>>();
}

struct outcome {
    steps taken;
    std::vector<std::string> heads;
};

class revision_graph_case : public testing::TestWithParam<json> {
protected:
    std::vector<node> nodes() const {
        std::vector<node> result;
        for (const json &r : GetParam()["revisions"])
            result.push_back({r["id"], {}, as_strings(list(r, "down")), as_strings(list(r, "depends_on")),
                              as_strings(list(r, "branch_labels"))});
        return result;
    }

    static node_set applied(const revision_graph &graph) {
        indexes heads;
        for (const std::string &id : list(GetParam(), "heads"))
            if (auto const i = graph.find(id)) heads.push_back(*i);
        return graph.closure(view(heads));
    }

    static std::vector<std::string> names(const revision_graph &graph, const indexes &from) {
        std::vector<std::string> result;
        for (index i : from) result.emplace_back(graph.id(i));
        return result;
    }

    static outcome of(const revision_graph &graph, const plan &p) {
        static constexpr const char *words[] = {"up", "down", "stamp"};
        outcome result;
        for (const step &s : p.steps)
            result.taken.emplace_back(words[static_cast<int>(s.way)], std::string(graph.id(s.revision)));
        result.heads = names(graph, p.heads_after);
        return result;
    }

    static outcome show(const revision_graph &graph, const indexes &shown, const node_set &now) {
        outcome result;
        for (index i : shown) result.taken.emplace_back("show", std::string(graph.id(i)));
        result.heads = names(graph, graph.current_heads(now));
        return result;
    }

    // A step that comes before one it needs, when going up, or after one, when going down; empty when there is none.
    std::string out_of_order(const steps &taken) const {
        std::vector<node> const registered = nodes();
        revision_graph const graph(registered);
        for (std::size_t i = 0; i < taken.size(); ++i)
            for (std::size_t j = i + 1; j < taken.size(); ++j) {
                bool const up = taken[i].first == "up";
                if (!up && taken[i].first != "down") continue;
                index const first = *graph.find(taken[up ? i : j].second);
                if (graph.closure(std::span(&first, 1)).contains(*graph.find(taken[up ? j : i].second)))
                    return taken[i].second + ", " + taken[j].second;
            }
        return {};
    }

    outcome run() const {
        std::string const operation = GetParam()["op"];
        std::vector<node> const registered = nodes();
        revision_graph const graph(registered);
        node_set const now = applied(graph);
        std::vector<std::string> const texts = list(GetParam(), "target");
        std::vector<std::string_view> const targets(texts.begin(), texts.end());
        if (operation == "upgrade") return of(graph, plan_upgrade(graph, now, targets));
        if (operation == "downgrade") return of(graph, plan_downgrade(graph, now, targets.at(0)));
        if (operation == "stamp") return of(graph, plan_stamp(graph, now, targets));
        if (operation == "stamp_purge") return of(graph, plan_stamp(graph, now, targets, true));
        if (operation == "show") return show(graph, resolve_target(graph, targets.at(0)), now);
        if (operation == "current") return show(graph, graph.current_tips(now), now);
        if (operation == "heads") return {{}, names(graph, graph.heads())};
        EXPECT_EQ(operation, "check_heads");
        check_heads(graph, now);
        return {};
    }
};

steps expected_steps(const json &one_case) {
    steps result;
    for (const json &s : one_case["expect_steps"]) {
        // A stamp names its revisions as a list.
        auto const revisions =
            s[1].is_array() ? s[1].get<std::vector<std::string>>() : std::vector{s[1].get<std::string>()};
        for (const std::string &revision : revisions) result.emplace_back(s[0].get<std::string>(), revision);
    }
    return result;
}

TEST_P(revision_graph_case, has_the_expected_outcome) {
    const json &expected = GetParam();
    if (expected["expect_error"].get<bool>()) {
        try {
            run();
            FAIL() << "no error";
        } catch (const failure &error) {
            EXPECT_EQ(error.state.substr(0, 2), "WM") << error.message;
            EXPECT_FALSE(error.message.empty());
        }
        return;
    }
    outcome found = run();
    if (!expected["expect_steps"].is_null()) {
        steps wanted = expected_steps(expected);
        if (!expected["order_exact"].get<bool>()) {
            EXPECT_EQ(out_of_order(found.taken), "");
            std::ranges::sort(wanted);
            std::ranges::sort(found.taken);
        }
        EXPECT_EQ(found.taken, wanted);
    }
    if (!expected["expect_heads"].is_null()) {
        auto wanted = expected["expect_heads"].get<std::vector<std::string>>();
        std::ranges::sort(wanted);
        std::ranges::sort(found.heads);
        EXPECT_EQ(found.heads, wanted);
    }
}

std::string test_name(const testing::TestParamInfo<json> &info) {
    std::string name = info.param["name"];
    std::ranges::replace_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return std::to_string(info.index) + "_" + name;
}

INSTANTIATE_TEST_SUITE_P(alembic, revision_graph_case, testing::ValuesIn(load_cases()), test_name);

TEST(revision_graph_cases, are_all_there) { EXPECT_EQ(load_cases().size(), 94u); }

}  // namespace

}  // namespace whisper::graph

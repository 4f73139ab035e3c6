// Building and planning have to stay linear: watch the complexity lines.

#include "graph/plan.hpp"

#include "../unit/graph_shapes.hpp"

#include <benchmark/benchmark.h>

#include <malloc.h>

namespace whisper::graph {

namespace {

enum shape { chain, dag, tiered_dag, wide_dag };

std::vector<node> nodes_for(shape kind, std::size_t size) {
    switch (kind) {
    case chain: return chain_shape(size);
    case dag: return random_dag_shape(size, 7);
    case tiered_dag: return random_dag_shape(size, 7, {.tiers = true});
    case wide_dag: break;
    }
    return random_dag_shape(size, 7, {.bases = 0.05, .merges = 0.3, .dependencies = 0.2, .reach = 0});
}

template <shape Kind>
void build(benchmark::State &state) {
    auto const nodes = nodes_for(Kind, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        revision_graph const graph(nodes);
        benchmark::DoNotOptimize(graph.size());
    }
    state.SetComplexityN(state.range(0));
}

template <shape Kind>
void upgrade(benchmark::State &state) {
    revision_graph const graph(nodes_for(Kind, static_cast<std::size_t>(state.range(0))));
    node_set const applied(graph.size());
    std::string_view const target = "heads";
    for (auto _ : state) benchmark::DoNotOptimize(plan_upgrade(graph, applied, std::span(&target, 1)).steps.size());
    state.SetComplexityN(state.range(0));
}

template <shape Kind>
void downgrade(benchmark::State &state) {
    revision_graph const graph(nodes_for(Kind, static_cast<std::size_t>(state.range(0))));
    node_set applied(graph.size());
    for (index i = 0; i < graph.size(); ++i) applied.insert(i);
    for (auto _ : state) benchmark::DoNotOptimize(plan_downgrade(graph, applied, "base").steps.size());
    state.SetComplexityN(state.range(0));
}

void sizes(benchmark::internal::Benchmark *b) {
    b->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->Complexity();
}

BENCHMARK(build<chain>)->Apply(sizes);
BENCHMARK(build<dag>)->Apply(sizes);
BENCHMARK(upgrade<chain>)->Apply(sizes);
BENCHMARK(upgrade<dag>)->Apply(sizes);
BENCHMARK(upgrade<tiered_dag>)->Apply(sizes);
BENCHMARK(upgrade<wide_dag>)->Apply(sizes);
BENCHMARK(downgrade<chain>)->Apply(sizes);
BENCHMARK(downgrade<dag>)->Apply(sizes);
BENCHMARK(downgrade<tiered_dag>)->Apply(sizes);
BENCHMARK(downgrade<wide_dag>)->Apply(sizes);

}  // namespace

}  // namespace whisper::graph

int main(int argc, char **argv) {
    // Memory stays with the process between iterations: otherwise large blocks go back to the kernel each time, and
    // the larger graphs would be charged with page faults that the smaller ones do not have.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}

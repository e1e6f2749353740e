// What the loop pays for keeping a notification: build/bench/tests/bench/store_bench
#include <benchmark/benchmark.h>

#include <string>

#include "ipe/store.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

OutboxRow Telemetry(std::int64_t number) {
  OutboxRow row;
  row.container = "3303/0/5700";
  row.body = R"({"m2m:cin":{"rn":"@name@","con":")" + std::to_string(number) +
             R"(","cnf":"text/plain:0","lbl":["LWM2M-Time:1700000000"]}})";
  return row;
}

StoreOptions OptionsIn(const testing::TemporaryDirectory& directory, bool sync_full) {
  StoreOptions options;
  options.directory = directory / "state";
  options.sync_full = sync_full;
  return options;
}

MessageKey KeyOf(std::int64_t number) {
  return {"tokentok", static_cast<std::uint16_t>(number), static_cast<std::uint64_t>(number)};
}

std::string EndpointOf(std::int64_t number) {
  return "urn:dev:ops:sim-" + std::to_string(number % 1000);
}

// One notification of one value with its message key, committed alone.
void Append(benchmark::State& state) {
  const testing::TemporaryDirectory directory;
  const auto store = Store::Open(OptionsIn(directory, state.range(0) != 0));
  if (!store) return state.SkipWithError(store.error().detail.c_str());
  std::int64_t number = 0;
  for (auto _ : state) {
    ++number;
    if (!(*store)->Append(EndpointOf(number), {Telemetry(number)}, KeyOf(number))) {
      state.SkipWithError("append failed");
    }
  }
}
BENCHMARK(Append)->ArgName("sync_full")->Arg(0)->Arg(1);

// The same with the outbox at its bound: each append sheds.
void AppendWhenFull(benchmark::State& state) {
  const testing::TemporaryDirectory directory;
  StoreOptions options = OptionsIn(directory, false);
  options.max_bytes = 8u << 20;
  const auto store = Store::Open(options);
  if (!store) return state.SkipWithError(store.error().detail.c_str());
  std::int64_t number = 0;
  while ((*store)->shed_rows() == 0) {
    ++number;
    if (!(*store)->Append(EndpointOf(number), {Telemetry(number)})) break;
  }
  for (auto _ : state) {
    ++number;
    if (!(*store)->Append(EndpointOf(number), {Telemetry(number)}, KeyOf(number))) {
      state.SkipWithError("append failed");
    }
  }
}
BENCHMARK(AppendWhenFull);

// Deleting what the CSE has taken, in groups of 64; the time is of one group.
void Delivered(benchmark::State& state) {
  const testing::TemporaryDirectory directory;
  const auto store = Store::Open(OptionsIn(directory, false));
  if (!store) return state.SkipWithError(store.error().detail.c_str());
  std::int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<OutboxRow> rows;
    for (int i = 0; i < 64; ++i) rows.push_back(Telemetry(++number));
    const auto ids = (*store)->Append(EndpointOf(number), rows);
    state.ResumeTiming();
    if (!ids || !(*store)->Delivered(*ids)) state.SkipWithError("delete failed");
  }
}
BENCHMARK(Delivered);

}  // namespace
}  // namespace ipe

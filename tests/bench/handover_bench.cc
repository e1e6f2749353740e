// What threads pay for handing work to each other: build/bench/tests/bench/handover_bench
#include <benchmark/benchmark.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "ipe/concurrency/mailbox.h"
#include "ipe/concurrency/worker_pool.h"

namespace ipe {
namespace {

// Posted and run on one thread: what is paid without waking anybody.
void MailboxTurn(benchmark::State& state) {
  std::size_t wakes = 0, ran = 0;
  Mailbox mailbox([&wakes] { ++wakes; });
  const auto batch = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    for (std::size_t i = 0; i < batch; ++i) mailbox.Post([&ran] { ++ran; });
    mailbox.Drain();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(ran));
}
BENCHMARK(MailboxTurn)->ArgName("batch")->Arg(1)->Arg(64);

// A thread that waits for its mailbox, as the loop does.
class Waiting {
 public:
  void Wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_one();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return woken_; });
    woken_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

// From the loop to a worker and back through the mailbox, so many under way at a time.
void WorkerAndBack(benchmark::State& state) {
  Waiting waiting;
  Mailbox mailbox([&waiting] { waiting.Wake(); });
  WorkerPool workers(4);
  const auto batch = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    std::size_t returned = 0;
    for (std::size_t i = 0; i < batch; ++i) {
      workers.Post(JobClass::kNews, [&] { mailbox.Post([&returned] { ++returned; }); });
    }
    while (returned < batch) {
      waiting.Wait();
      mailbox.Drain();
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(WorkerAndBack)->ArgName("under_way")->Arg(1)->Arg(8)->UseRealTime();

}  // namespace
}  // namespace ipe

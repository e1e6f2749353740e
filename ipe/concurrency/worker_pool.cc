#include "ipe/concurrency/worker_pool.h"

#include <array>
#include <condition_variable>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "ipe/concurrency/guarded.h"

namespace ipe {
namespace {

using Job = std::function<void()>;

struct Queues {
  std::array<std::deque<Job>, 2> by_class;  // urgent, and not
  bool stopping = false;

  std::size_t size() const {
    std::size_t jobs = 0;
    for (const auto& queue : by_class) jobs += queue.size();
    return jobs;
  }
  std::optional<Job> TakeFirst() {
    for (auto& queue : by_class) {
      if (queue.empty()) continue;
      Job job = std::move(queue.front());
      queue.pop_front();
      return job;
    }
    return std::nullopt;
  }
};

}  // namespace

class WorkerPool::State {
 public:
  explicit State(std::size_t threads) {
    threads_.Lock()->reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.Lock()->emplace_back([this] { Work(); });
  }

  void Post(JobClass job_class, Job job) {
    {
      auto queues = queues_.Lock();
      if (queues->stopping) return;
      queues->by_class[job_class == JobClass::kUrgent ? 0 : 1].push_back(std::move(job));
    }
    work_.notify_one();
  }

  std::size_t waiting() { return queues_.Lock()->size(); }

  void Stop() {
    std::array<std::deque<Job>, 2> dropped;  // destroyed after the lock: their captures may post
    {
      auto queues = queues_.Lock();
      queues->stopping = true;
      queues->by_class.swap(dropped);
    }
    work_.notify_all();
    auto threads = threads_.Lock();  // a second caller waits here for the first
    for (std::thread& thread : *threads) thread.join();
    threads->clear();
  }

 private:
  void Work() {
    while (auto job = NextJob()) (*job)();
  }

  std::optional<Job> NextJob() {
    auto queues = queues_.Lock();
    work_.wait(queues.lock(), [&] { return queues->stopping || queues->size() > 0; });
    return queues->stopping ? std::nullopt : queues->TakeFirst();
  }

  Guarded<Queues> queues_;
  std::condition_variable work_;
  Guarded<std::vector<std::thread>> threads_;
};

WorkerPool::WorkerPool(std::size_t threads) : state_(std::make_unique<State>(threads)) {}
WorkerPool::~WorkerPool() { Stop(); }
void WorkerPool::Post(JobClass job_class, std::function<void()> job) {
  state_->Post(job_class, std::move(job));
}
std::size_t WorkerPool::waiting() const { return state_->waiting(); }
void WorkerPool::Stop() { state_->Stop(); }

}  // namespace ipe

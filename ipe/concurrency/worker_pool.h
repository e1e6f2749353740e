// Threads that may block on the CSE.
#ifndef IPE_CONCURRENCY_WORKER_POOL_H_
#define IPE_CONCURRENCY_WORKER_POOL_H_

#include <cstddef>
#include <functional>
#include <memory>

namespace ipe {

// Smaller is sooner.
enum class JobClass { kUrgent = 0, kNews = 1, kBackground = 2 };

// Runs jobs on a fixed number of threads, urgent ones first, each class in order of arrival. The
// order per endpoint comes from its poster, which has at most one job of an endpoint under way:
// that bounds the queue too. Thread-safe. The destructor runs what has started, drops the rest and
// joins.
class WorkerPool {
 public:
  explicit WorkerPool(std::size_t threads);
  ~WorkerPool();
  void Post(JobClass job_class, std::function<void()> job);
  std::size_t waiting() const;
  // No further job starts; blocks until the running ones have ended.
  void Stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ipe

#endif  // IPE_CONCURRENCY_WORKER_POOL_H_

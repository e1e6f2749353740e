// Threads that may block on the CSE.
#ifndef IPE_CONCURRENCY_WORKER_POOL_H_
#define IPE_CONCURRENCY_WORKER_POOL_H_

#include <cstddef>
#include <functional>
#include <memory>

namespace ipe {

// Smaller is more urgent.
enum class JobClass {
  kUrgent = 0,    // an application waits for it
  kAwaited = 1,   // a device does, for the verdict on its Register or De-register
  kNews = 2,      // what a device has told
  kBuilding = 3,  // trees of endpoints for which nobody waits
  kBackground = 4
};
constexpr std::size_t kJobClasses = 5;

// Runs jobs on a fixed number of threads, urgent ones first, all others in order of arrival: whose
// turn it is JobTurns has decided. The
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

// Tasks posted to the loop thread.
#ifndef IPE_CONCURRENCY_MAILBOX_H_
#define IPE_CONCURRENCY_MAILBOX_H_

#include <functional>
#include <vector>

#include "ipe/concurrency/guarded.h"

namespace ipe {

// Post() from any thread; Drain() on the loop thread only. Bounded by its posters: each has a
// bounded number of tasks under way (workers one each, notify server its threads, admin server its
// threads).
class Mailbox {
 public:
  using Task = std::function<void()>;

  // `wake` interrupts the loop's wait; called on the posting thread, once per batch.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Post(Task task);
  // Runs what was posted before the call, in order; returns how many.
  std::size_t Drain();

 private:
  std::function<void()> wake_;
  Guarded<std::vector<Task>> tasks_;
};

}  // namespace ipe

#endif  // IPE_CONCURRENCY_MAILBOX_H_

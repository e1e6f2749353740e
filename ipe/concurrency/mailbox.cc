#include "ipe/concurrency/mailbox.h"

#include <utility>

namespace ipe {

void Mailbox::Post(Task task) {
  bool first = false;
  {
    auto tasks = tasks_.Lock();
    first = tasks->empty();
    tasks->push_back(std::move(task));
  }
  // Outside the lock: what wakes the loop may be slow. A batch that is drained before this call
  // costs the loop one turn for nothing, never a task.
  if (first) wake_();
}

std::size_t Mailbox::Drain() {
  std::vector<Task> batch;
  tasks_.Lock()->swap(batch);
  for (Task& task : batch) task();
  return batch.size();
}

}  // namespace ipe

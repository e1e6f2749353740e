// Data inside its lock.
#ifndef IPE_CONCURRENCY_GUARDED_H_
#define IPE_CONCURRENCY_GUARDED_H_

#include <mutex>
#include <utility>

namespace ipe {

// Thread-safe: the value can be reached only while its mutex is held.
//   Guarded<std::deque<Task>> tasks;
//   tasks.Lock()->push_back(task);
template <typename T>
class Guarded {
 public:
  class Access {
   public:
    T* operator->() { return value_; }
    T& operator*() { return *value_; }
    std::unique_lock<std::mutex>& lock() { return lock_; }  // for condition variables

   private:
    friend class Guarded;
    Access(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };

  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}
  Access Lock() { return Access(mutex_, value_); }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace ipe

#endif  // IPE_CONCURRENCY_GUARDED_H_

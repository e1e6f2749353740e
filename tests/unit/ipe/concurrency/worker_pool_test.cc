#include "ipe/concurrency/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>

#include "ipe/concurrency/guarded.h"

namespace ipe {
namespace {

// Keeps the only thread of a pool busy until it is let go.
class Occupation {
 public:
  explicit Occupation(WorkerPool& pool) {
    std::promise<void> started;
    auto has_started = started.get_future();
    pool.Post(JobClass::kUrgent, [&started, end = end_.get_future().share()] {
      started.set_value();
      end.wait();
    });
    has_started.wait();
  }
  void End() { end_.set_value(); }

 private:
  std::promise<void> end_;
};

TEST(WorkerPoolTest, RunsUrgentJobsFirstAndAllOthersInOrder) {
  WorkerPool pool(1);
  Occupation occupation(pool);
  Guarded<std::string> ran;
  std::promise<void> done;
  const auto job = [&ran](char name) { return [&ran, name] { *ran.Lock() += name; }; };
  pool.Post(JobClass::kBackground, job('c'));
  pool.Post(JobClass::kNews, job('d'));
  pool.Post(JobClass::kUrgent, job('a'));
  pool.Post(JobClass::kBuilding, job('e'));
  pool.Post(JobClass::kUrgent, job('b'));
  pool.Post(JobClass::kBackground, [&done] { done.set_value(); });
  EXPECT_EQ(pool.waiting(), 6u);
  occupation.End();
  done.get_future().wait();
  EXPECT_EQ(*ran.Lock(), "abcde");
  EXPECT_EQ(pool.waiting(), 0u);
}

TEST(WorkerPoolTest, RunsJobsOnAllItsThreads) {
  WorkerPool pool(2);
  std::promise<void> first;
  std::promise<void> second;
  // Each waits for the other: one thread could not do it.
  std::promise<void> done;
  pool.Post(JobClass::kNews, [&] {
    first.set_value();
    second.get_future().wait();
    done.set_value();
  });
  pool.Post(JobClass::kNews, [&] {
    first.get_future().wait();
    second.set_value();
  });
  done.get_future().wait();
  pool.Stop();
}

TEST(WorkerPoolTest, StopWaitsForWhatRunsAndDropsWhatWaits) {
  WorkerPool pool(1);
  Occupation occupation(pool);
  std::atomic<bool> waiting_ran{false};
  pool.Post(JobClass::kUrgent, [&waiting_ran] { waiting_ran = true; });
  auto stopped = std::async(std::launch::async, [&pool] { pool.Stop(); });
  while (pool.waiting() > 0) std::this_thread::yield();
  EXPECT_EQ(stopped.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  occupation.End();
  stopped.get();
  EXPECT_FALSE(waiting_ran);
  pool.Post(JobClass::kUrgent, [&waiting_ran] { waiting_ran = true; });
  EXPECT_EQ(pool.waiting(), 0u);
  pool.Stop();
  EXPECT_FALSE(waiting_ran);
}

TEST(WorkerPoolTest, AJobMayPostAnother) {
  WorkerPool pool(1);
  std::promise<void> done;
  pool.Post(JobClass::kNews, [&] { pool.Post(JobClass::kNews, [&done] { done.set_value(); }); });
  done.get_future().wait();
}

}  // namespace
}  // namespace ipe

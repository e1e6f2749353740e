#include "ipe/concurrency/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace ipe {
namespace {

using ::testing::ElementsAre;

TEST(MailboxTest, RunsWhatWasPostedInOrder) {
  Mailbox mailbox([] {});
  std::vector<int> ran;
  for (int i = 0; i < 3; ++i) mailbox.Post([&ran, i] { ran.push_back(i); });
  EXPECT_EQ(mailbox.Drain(), 3u);
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
  EXPECT_EQ(mailbox.Drain(), 0u);
}

TEST(MailboxTest, WakesOncePerBatch) {
  int wakes = 0;
  Mailbox mailbox([&wakes] { ++wakes; });
  mailbox.Post([] {});
  mailbox.Post([] {});
  EXPECT_EQ(wakes, 1);
  mailbox.Drain();
  mailbox.Post([] {});
  EXPECT_EQ(wakes, 2);
}

TEST(MailboxTest, ATaskPostedByATaskRunsInTheNextTurn) {
  int wakes = 0;
  Mailbox mailbox([&wakes] { ++wakes; });
  bool ran = false;
  mailbox.Post([&] { mailbox.Post([&ran] { ran = true; }); });
  EXPECT_EQ(mailbox.Drain(), 1u);
  EXPECT_FALSE(ran);
  EXPECT_EQ(wakes, 2);
  EXPECT_EQ(mailbox.Drain(), 1u);
  EXPECT_TRUE(ran);
}

TEST(MailboxTest, LosesNothingThatSeveralThreadsPost) {
  std::atomic<int> wakes{0};
  Mailbox mailbox([&wakes] { ++wakes; });
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::vector<std::thread> posters;
  int ran = 0;
  for (int i = 0; i < kThreads; ++i) {
    posters.emplace_back([&mailbox, &ran] {
      for (int n = 0; n < kEach; ++n) mailbox.Post([&ran] { ++ran; });
    });
  }
  std::size_t drained = 0;
  while (drained < kThreads * kEach) drained += mailbox.Drain();
  for (auto& poster : posters) poster.join();
  EXPECT_EQ(ran, kThreads * kEach);
  EXPECT_GE(wakes, 1);
}

}  // namespace
}  // namespace ipe

#include "lwm2m/shared.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace lwm2m {
namespace {

TEST(SharedTest, OfNothingIsTheEmptyValue) {
  const Shared<std::string> nothing;
  EXPECT_EQ(*nothing, "");
  EXPECT_EQ(nothing, Shared<std::string>(std::string()));
  EXPECT_FALSE(nothing.IsUnique());
}

TEST(SharedTest, ACopyIsTheSameInMemory) {
  const Shared<std::string> first(std::string("text"));
  EXPECT_TRUE(first.IsUnique());
  const Shared<std::string> second = first;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_EQ(&*first, &*second);
  EXPECT_TRUE(second.IsSharedWith(first));
  EXPECT_FALSE(first.IsUnique());
}

TEST(SharedTest, IsComparedByValue) {
  const Shared<std::string> first(std::string("text"));
  const Shared<std::string> second(std::string("text"));
  EXPECT_FALSE(first.IsSharedWith(second));
  EXPECT_EQ(first, second);
  EXPECT_FALSE(first == Shared<std::string>(std::string("other")));
}

TEST(SharedTest, AChangeIsSeenByNobodyElse) {
  Shared<std::string> first(std::string("text"));
  const Shared<std::string> second = first;
  first.Edit() += "!";
  EXPECT_EQ(*first, "text!");
  EXPECT_EQ(*second, "text");
  const std::string* const own = &*first;
  first.Edit() += "!";
  EXPECT_EQ(&*first, own) << "nobody else has it: changed where it is";
}

TEST(SharedTest, WhatIsEmptyCanBeChanged) {
  Shared<std::string> text;
  text.Edit() = "text";
  EXPECT_EQ(*text, "text");
  EXPECT_EQ(*Shared<std::string>(), "");
}

TEST(SharedTest, IsAssignedToItselfAndMovedFrom) {
  Shared<std::string> text(std::string("text"));
  text = *&text;
  EXPECT_EQ(*text, "text");
  const Shared<std::string> other = std::move(text);
  EXPECT_EQ(*other, "text");
  EXPECT_EQ(*text, "");  // NOLINT(bugprone-use-after-move): as one of nothing
}

TEST(SharedTest, CopiesLiveOnSeveralThreads) {
  const Shared<std::vector<int>> numbers(std::vector<int>{1, 2, 3});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([mine = numbers, thread]() mutable {
      for (int i = 0; i < 1000; ++i) {
        Shared<std::vector<int>> copy = mine;
        copy.Edit().push_back(thread);
        ASSERT_EQ(copy->size(), 4u);
        ASSERT_EQ(mine->size(), 3u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(numbers.IsUnique());
}

}  // namespace
}  // namespace lwm2m

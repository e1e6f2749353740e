#include "ipe/held_answers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>

namespace ipe {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{60'000};

TEST(HeldAnswersTest, WaitUntilTheLastCopyIsGone) {
  HeldAnswers answers(1, kLong);
  std::promise<std::shared_ptr<void>> given;
  std::thread cse(
      [&] { answers.PassOn([&](std::shared_ptr<void> held) { given.set_value(held); }); });
  std::shared_ptr<void> held = given.get_future().get();
  ASSERT_NE(held, nullptr);
  std::shared_ptr<void> copy = held;
  held.reset();
  // Still waiting: there is no room for a second one.
  answers.PassOn([](const std::shared_ptr<void>& second) { EXPECT_EQ(second, nullptr); });
  copy.reset();
  cse.join();
}

TEST(HeldAnswersTest, WaitNoLongerThanAllowed) {
  HeldAnswers answers(1, milliseconds(1));
  std::shared_ptr<void> kept;
  answers.PassOn([&](std::shared_ptr<void> held) { kept = std::move(held); });
  EXPECT_NE(kept, nullptr);
  // There is room again; what is let go of too late does no harm.
  answers.PassOn([](const std::shared_ptr<void>& held) { EXPECT_NE(held, nullptr); });
  kept.reset();
}

TEST(HeldAnswersTest, EndWithTheService) {
  HeldAnswers answers(1, kLong);
  std::promise<std::shared_ptr<void>> given;
  std::thread cse(
      [&] { answers.PassOn([&](std::shared_ptr<void> held) { given.set_value(held); }); });
  const std::shared_ptr<void> held = given.get_future().get();
  answers.Stop();
  cse.join();
  answers.PassOn([](const std::shared_ptr<void>& none) { EXPECT_EQ(none, nullptr); });
}

}  // namespace
}  // namespace ipe

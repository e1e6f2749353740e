// Design "Nothing is lost": whatever outages, lost answers, crashes and delays come in between,
// every value that was acknowledged stands in the CSE once and in order in the end, and every
// command was run once.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/scenario_script.h"

namespace tests {
namespace {

// A scenario made by chance, the same for the same seed.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  std::string Scenario(int steps) {
    text_ = "start\ndevice dev-a registers </3/0>,</3303/0> lt=86400\n";
    for (int step = 0; step < steps; ++step) Step();
    text_ += "cse answers normally\ncse is up\ncse sends notifications\nrelease jobs\n";
    if (!running_) text_ += "start\n";
    text_ += "advance 10m\nexpect pending 0\nexpect ready\n";
    text_ += "expect cse holds dev-a/3303/0/5700:" + values_ + "\n";
    text_ += "expect device dev-a asked " + std::to_string(commands_) + " POST /3/0/4\n";
    text_ += "expect cse holds " + std::to_string(commands_) +
             " in lwm2m-ipe/responses: \"status\":\"done\"\n";
    return text_;
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  void Say(const std::string& line) { text_ += line + "\n"; }

  void Step() {
    if (!running_) {
      if (Below(2) == 0) return Say("advance " + std::to_string(1 + Below(30)) + "s");
      running_ = true;
      return Say("start");
    }
    switch (Below(14)) {
      case 0:
        running_ = false;
        return Say(Below(3) == 0 ? "stop" : "kill");
      case 1:
        down_ = !down_;
        return Say(down_ ? "cse is down" : "cse is up");
      case 2:
        return Say("cse is silent before create cin at dev-a/* once");
      case 3:
        return Say("cse is silent after create cin at dev-a/* once");
      case 4:
        return Say("cse answers 5000 to create once");
      case 5:
        return Say("advance " + std::to_string(1 + Below(5000)) + "ms");
      case 6:
        held_ = !held_;
        return Say(held_ ? "hold jobs" : "release jobs");
      case 7:
        return Say("run all jobs");
      case 8:
        return Say("device dev-a updates lt=" + std::to_string(80'000 + Below(1000)));
      case 9:
        return Say("device dev-a repeats its notification");
      case 10:
        ++commands_;
        return Say("app puts c" + std::to_string(commands_) +
                   R"( into lwm2m-ipe/requests: {"ep":"dev-a","op":"execute","path":"/3/0/4"})");
      default:
        ++value_;
        values_ += " " + std::to_string(value_);
        return Say("device dev-a notifies /3303/0: 5700=" + std::to_string(value_));
    }
  }

  std::mt19937 random_;
  std::string text_;
  std::string values_;
  int value_ = 0;
  int commands_ = 0;
  bool running_ = true;
  bool down_ = false;
  bool held_ = false;
};

class RandomOutagesTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomOutagesTest, LoseNothingAndRepeatNothing) {
  const std::string scenario = Chance(GetParam()).Scenario(120);
  for (const ScenarioScript::Complaint& complaint : ScenarioScript().Run(scenario)) {
    ADD_FAILURE() << "line " << complaint.line << ": " << complaint.text << "\n" << scenario;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomOutagesTest, ::testing::Range(1u, 41u));

}  // namespace
}  // namespace tests

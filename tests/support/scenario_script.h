// The language of tests/scenarios/*.scenario.
#ifndef TESTS_SUPPORT_SCENARIO_SCRIPT_H_
#define TESTS_SUPPORT_SCENARIO_SCRIPT_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/scenario_world.h"

namespace tests {

// One line of a scenario: words, and after ": " a tail that is taken as it stands.
class ScenarioLine {
 public:
  explicit ScenarioLine(std::string_view line);

  bool empty() const { return words_.empty(); }
  bool at_end() const { return next_ == words_.size(); }
  // True, and goes on behind them, when these words come next.
  bool Take(std::string_view words);
  std::string Next();  // "" at the end
  std::string Peek() const;
  const std::string& tail() const { return tail_; }

 private:
  std::vector<std::string> words_;
  std::string tail_;
  std::size_t next_ = 0;
};

// One thread. Runs a scenario line by line; tests/scenarios/README.md has the statements. After
// each one everything that can happen happens, except what the scenario holds back.
class ScenarioScript {
 public:
  struct Complaint {
    std::size_t line;
    std::string text;
  };

  // What did not hold; ends at the first.
  std::vector<Complaint> Run(std::string_view text);

 private:
  // Each returns "" or a complaint.
  std::string RunLine(ScenarioLine& line);
  std::string RunConfig(ScenarioLine& line);
  std::string RunImage(ScenarioLine& line);
  std::string RunControl(ScenarioLine& line);
  std::string RunDisk(ScenarioLine& line);
  std::string RunDevice(ScenarioLine& line);
  std::string RunUplink(ScenarioDevice& device, ScenarioLine& line);
  std::string RunCse(ScenarioLine& line);
  std::string RunApplication(ScenarioLine& line);
  std::string RunStranger(ScenarioLine& line);
  std::string RunExpect(ScenarioLine& line);
  std::string ExpectOfCse(ScenarioLine& line);
  std::string ExpectOfApplication(ScenarioLine& line);
  std::string ExpectOfDevice(ScenarioLine& line);
  std::string ExpectRequests(ScenarioLine& line);
  std::string ExpectOrder(ScenarioLine& line);
  std::string AddRule(ScenarioLine& line, ScenarioCse::Rule rule);

  std::map<std::string, std::string> flags_;
  ipe::testing::TemporaryDirectory images_;  // firmware.directory
  std::unique_ptr<ScenarioWorld> world_;
  lwm2m::Server::Reception reception_ = lwm2m::Server::Reception::kUnknown;
};

}  // namespace tests

#endif  // TESTS_SUPPORT_SCENARIO_SCRIPT_H_

// Runs every tests/scenarios/*.scenario: one test for each file, named after it.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/scenario_script.h"

namespace tests {
namespace {

std::vector<std::string> ScenarioFiles() {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(IPE_SOURCE_DIR) + "/tests/scenarios")) {
    if (entry.path().extension() == ".scenario") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class ScenarioTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, Holds) {
  std::ifstream file(GetParam());
  std::ostringstream text;
  text << file.rdbuf();
  ASSERT_EQ(text.str().rfind("# ", 0), 0u) << "a scenario begins with what it shows";
  for (const ScenarioScript::Complaint& complaint : ScenarioScript().Run(text.str())) {
    ADD_FAILURE_AT(GetParam().c_str(), static_cast<int>(complaint.line)) << complaint.text;
  }
}

std::string TestName(const ::testing::TestParamInfo<std::string>& info) {
  return std::filesystem::path(info.param).stem().string();
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioTest, ::testing::ValuesIn(ScenarioFiles()), TestName);

// A scenario that cannot fail shows nothing.
TEST(ScenarioScriptTest, ComplainsOfTheLineThatDoesNotHold) {
  const auto complaints = ScenarioScript().Run(
      "# what it shows\n"
      "start\n"
      "expect cse has lwm2m-ipe\n"
      "expect cse lacks lwm2m-ipe\n"
      "expect cse has nothing\n");
  ASSERT_EQ(complaints.size(), 1u);
  EXPECT_EQ(complaints[0].line, 4u);
  EXPECT_EQ(complaints[0].text, "lwm2m-ipe is there");
}

TEST(ScenarioScriptTest, ComplainsOfWhatItDoesNotUnderstand) {
  for (const char* line : {"expect miracles", "cse sings", "advance soon", "start now",
                           "expect pending", "device a registers </3/0>"}) {
    EXPECT_EQ(ScenarioScript().Run(line).size(), 1u) << line;
  }
}

}  // namespace
}  // namespace tests

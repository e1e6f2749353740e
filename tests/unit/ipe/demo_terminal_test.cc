#include "ipe/demo_terminal.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

namespace ipe {
namespace {

// A file is no terminal: what is printed has no colours.
class DemoTerminalTest : public testing::Test {
 protected:
  std::string Printed() {
    std::rewind(file_.get());
    std::string text;
    for (int c = std::fgetc(file_.get()); c != EOF; c = std::fgetc(file_.get())) {
      text.push_back(static_cast<char>(c));
    }
    return text;
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{std::tmpfile(), &std::fclose};
  DemoTerminal terminal_{file_.get()};
};

TEST_F(DemoTerminalTest, StepSaysWhatWasSeenAndHowLongItTook) {
  terminal_.Step(true, 4, "a read", std::chrono::milliseconds(1250), "/3/0/0: done");
  terminal_.Step(false, 5, "a write", std::chrono::milliseconds(30000), "no outcome");
  EXPECT_EQ(Printed(),
            " ✓ 4  a read                               1.25 s   /3/0/0: done\n"
            " ✗ 5  a write                             30.00 s   no outcome\n");
}

TEST_F(DemoTerminalTest, TreeKeepsNumbersInOrderAndLeavesOnALine) {
  terminal_.Tree("cse-in", {"dev", "dev/10", "dev/10/0", "dev/3", "dev/3/0", "dev/3/0/11",
                            "dev/3/0/9", "dev/requests", "dev-node"});
  EXPECT_EQ(Printed(),
            "  cse-in\n"
            "  ├─ dev\n"
            "  │   ├─ 3 / 0 / 9 11\n"
            "  │   ├─ 10 / 0\n"
            "  │   └─ requests\n"
            "  └─ dev-node\n");
}

TEST_F(DemoTerminalTest, ValuePrintsPlainTextToAFile) {
  terminal_.Value("dev", "3303/0/5700", "Sensor Value", "21.5 Cel");
  const std::string printed = Printed();
  EXPECT_EQ(printed.find('\x1b'), std::string::npos);
  EXPECT_NE(printed.find("3303/0/5700"), std::string::npos);
  EXPECT_NE(printed.find("21.5 Cel"), std::string::npos);
}

}  // namespace
}  // namespace ipe

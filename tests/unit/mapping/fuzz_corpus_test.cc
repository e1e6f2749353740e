// Every file of the fuzzers' corpora, in every build and under every sanitizer.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/fuzz/targets.h"

namespace ipe::fuzz {
namespace {

class FuzzCorpusTest : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzCorpusTest, EveryFileKeepsTheProperties) {
  const std::filesystem::path folder =
      std::filesystem::path(IPE_SOURCE_DIR) / "tests/fuzz/corpus" / GetParam().name;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::stringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const std::string input = content.str();
    SCOPED_TRACE(entry.path().filename().string());
    GetParam().feed(input);
    // And cut short at every octet, as a datagram may be.
    for (std::size_t size = 0; size < input.size(); ++size) {
      GetParam().feed(std::string_view(input).substr(0, size));
    }
    ++files;
  }
  EXPECT_GE(files, 5) << "the corpus of " << GetParam().name << " is missing";
}

INSTANTIATE_TEST_SUITE_P(Corpora, FuzzCorpusTest, ::testing::ValuesIn(kTargets),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace ipe::fuzz

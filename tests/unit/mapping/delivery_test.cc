#include "mapping/delivery.h"

#include <gtest/gtest.h>

namespace mapping {
namespace {

onem2m::ContentInstance Instance(std::string content, std::string info) {
  onem2m::ContentInstance instance;
  instance.content = std::move(content);
  instance.content_info = std::move(info);
  return instance;
}

TEST(HashOfTest, IsEqualForEqualValues) {
  EXPECT_EQ(HashOf(Instance("21.5", "text/plain:0")), HashOf(Instance("21.5", "text/plain:0")));
}

TEST(HashOfTest, DependsOnContentContentInfoAndReferences) {
  const auto hash = HashOf(Instance("66:0", "text/plain:0"));
  EXPECT_NE(hash, HashOf(Instance("66:1", "text/plain:0")));
  EXPECT_NE(hash, HashOf(Instance("66:0", "text/plain:1")));
  auto with_reference = Instance("66:0", "text/plain:0");
  with_reference.content_ref.push_back({"ObjectLink", "ae/66/0"});
  EXPECT_NE(hash, HashOf(with_reference));
}

TEST(HashOfTest, TellsFieldsApart) {
  EXPECT_NE(HashOf(Instance("ab", "c")), HashOf(Instance("a", "bc")));
}

// A value that is reported again with a new time is the same value.
TEST(HashOfTest, LeavesOutLabelsAndNames) {
  auto instance = Instance("21.5", "text/plain:0");
  const auto hash = HashOf(instance);
  instance.labels = {"LWM2M-Time:20231114T221320"};
  instance.resource_name = "0000000001-0000000001";
  EXPECT_EQ(HashOf(instance), hash);
}

}  // namespace
}  // namespace mapping

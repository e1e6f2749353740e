#include "ipe/known_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ipe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

KnownAddresses Of(const std::vector<std::string>& addresses) {
  KnownAddresses known;
  for (const std::string& address : addresses) known.Add(address);
  return known;
}

TEST(KnownAddressesTest, KnowsWhatWasAddedAndNotRemoved) {
  KnownAddresses known = Of({"3", "3/0"});
  EXPECT_FALSE(known.Add("3/0"));
  EXPECT_TRUE(known.Add("requests"));
  EXPECT_TRUE(known.Has("3/0"));
  known.Remove("3/0");
  EXPECT_FALSE(known.Has("3/0"));
  EXPECT_THAT(known.all(), ElementsAre("3", "requests"));
  known.Clear();
  EXPECT_THAT(known.all(), IsEmpty());
}

TEST(KnownAddressesTest, ForgetsWhatIsBelowAnAddress) {
  KnownAddresses known = Of({"3", "3/0", "3/0/9", "33", "33/0"});
  known.RemoveBelow("3/0");
  EXPECT_THAT(known.all(), ElementsAre("3", "33", "33/0"));
  known.RemoveBelow("3");
  EXPECT_THAT(known.all(), ElementsAre("33", "33/0"));
  known.RemoveBelow("");
  EXPECT_THAT(known.all(), IsEmpty());
}

TEST(KnownAddressesTest, EqualSetsAreInMemoryOnce) {
  SharedAddresses shared;
  KnownAddresses first = Of({"3", "3/0"});
  KnownAddresses second = Of({"3/0", "3"});
  KnownAddresses other = Of({"3"});
  shared.Unite(first);
  shared.Unite(second);
  shared.Unite(other);
  EXPECT_EQ(&first.all(), &second.all());
  EXPECT_NE(&first.all(), &other.all());
  second.Add("4");
  EXPECT_THAT(first.all(), ElementsAre("3", "3/0"));
  EXPECT_EQ(shared.size(), 2u);
}

TEST(KnownAddressesTest, RemembersABoundedNumberOfSets) {
  SharedAddresses shared;
  std::vector<KnownAddresses> kept;
  for (std::size_t i = 0; i < 2 * SharedAddresses::kSets; ++i) {
    kept.push_back(Of({std::to_string(i)}));
    shared.Unite(kept.back());
    ASSERT_LE(shared.size(), SharedAddresses::kSets);
  }
  EXPECT_TRUE(kept.front().Has("0"));
}

}  // namespace
}  // namespace ipe

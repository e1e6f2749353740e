#include "lwm2m/known_object_lists.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lwm2m {
namespace {

std::string ListOf(std::size_t instance) { return "</1/0>,</3/" + std::to_string(instance) + ">"; }

TEST(KnownObjectListsTest, WhoDeclaresTheSameSharesOneList) {
  KnownObjectLists lists;
  const auto first = lists.Read(ListOf(0));
  const auto second = lists.Read(ListOf(0));
  const auto other = lists.Read(ListOf(1));
  ASSERT_TRUE(first && second && other);
  EXPECT_TRUE(first->IsSharedWith(*second));
  EXPECT_FALSE(first->IsSharedWith(*other));
  EXPECT_EQ(*first, *ParseObjectList(ListOf(0)));
}

TEST(KnownObjectListsTest, WhatIsMalformedIsRefusedEachTime) {
  KnownObjectLists lists;
  EXPECT_FALSE(lists.Read("</1/0"));
  EXPECT_FALSE(lists.Read("</1/0"));
  EXPECT_EQ(lists.size(), 0u);
}

TEST(KnownObjectListsTest, LetsGoOfWhatNobodyHasFirst) {
  KnownObjectLists lists;
  const auto kept = lists.Read(ListOf(0));
  for (std::size_t i = 1; i <= KnownObjectLists::kTexts; ++i) {
    ASSERT_TRUE(lists.Read(ListOf(i)));
    ASSERT_LE(lists.size(), KnownObjectLists::kTexts);
  }
  EXPECT_TRUE(kept->IsSharedWith(*lists.Read(ListOf(0))));
}

TEST(KnownObjectListsTest, IsBoundedWhenAllAreInUse) {
  KnownObjectLists lists;
  std::vector<Shared<ObjectList>> kept;
  for (std::size_t i = 0; i < 2 * KnownObjectLists::kTexts; ++i) {
    kept.push_back(*lists.Read(ListOf(i)));
    ASSERT_LE(lists.size(), KnownObjectLists::kTexts);
  }
  EXPECT_TRUE(kept.front()->Has(Path(3, 0)));
}

TEST(KnownObjectListsTest, DoesNotKeepLongTexts) {
  KnownObjectLists lists;
  std::string text = ListOf(0);
  while (text.size() <= KnownObjectLists::kLongest) text += "," + ListOf(text.size());
  EXPECT_TRUE(lists.Read(text));
  EXPECT_EQ(lists.size(), 0u);
}

}  // namespace
}  // namespace lwm2m

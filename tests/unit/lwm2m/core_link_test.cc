#include "lwm2m/core_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lwm2m {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(ObjectListTest, ListsAnObjectOnlyWhereNoInstanceOfItIs) {
  const auto list = ParseObjectList("</5>,</3/0>,</1/1>,</1>,</1/0>,</44>;ver=\"2.2\",</44/0>");
  ASSERT_TRUE(list.has_value());
  EXPECT_THAT(list->paths, ElementsAre(Path(1, 0), Path(1, 1), Path(3, 0), Path(5), Path(44, 0)));
  EXPECT_THAT(list->versions, ElementsAre(Pair(44, "2.2")));
  EXPECT_TRUE(list->HasObject(5));
  EXPECT_TRUE(list->HasObject(44));
  EXPECT_FALSE(list->HasObject(4));
  EXPECT_TRUE(list->Has(Path(1, 1)));
  EXPECT_FALSE(list->Has(Path(1)));
  EXPECT_FALSE(list->Has(Path(5, 0)));
}

TEST(ObjectListTest, AddsAndRemovesInstances) {
  ObjectList list = ParseObjectList("</5>,</3/0>,</3303/1>").value();
  EXPECT_TRUE(list.Add(Path(5, 7)));
  EXPECT_TRUE(list.Add(Path(3303, 0)));
  EXPECT_FALSE(list.Add(Path(3, 0)));
  EXPECT_THAT(list.paths, ElementsAre(Path(3, 0), Path(5, 7), Path(3303, 0), Path(3303, 1)));
  EXPECT_TRUE(list.Remove(Path(3303, 0)));
  EXPECT_TRUE(list.Remove(Path(3303, 1)));
  EXPECT_FALSE(list.Remove(Path(3303, 1)));
  EXPECT_THAT(list.paths, ElementsAre(Path(3, 0), Path(5, 7), Path(3303)));
}

TEST(ObjectListTest, DropsDuplicatesAndTheObjectsOfTheBootstrapServer) {
  const auto list = ParseObjectList(
      "</0/0>,</0>;ver=1.1,</21/0>,</23/0>,</3303/0>,</3303/0>,</65535/0>,</3/65535>");
  EXPECT_THAT(list.value().paths, ElementsAre(Path(3303, 0)));
  EXPECT_THAT(list.value().versions, IsEmpty());
}

TEST(ObjectListTest, IgnoresLinksThatAreNoObjects) {
  const auto list = ParseObjectList("</3/0>,</sensors>;rt=\"x\",</3/0/9>,<coap://h/4/0>,<>,</01>");
  EXPECT_THAT(list.value().paths, ElementsAre(Path(3, 0)));
}

TEST(ObjectListTest, ReadsTheFormatsOfTheRootLink) {
  EXPECT_THAT(ParseObjectList("</>;rt=\"oma.lwm2m\";ct=11543,</3/0>")->formats,
              ElementsAre(ContentFormat::kJson));
  EXPECT_THAT(
      ParseObjectList("</>;ct=\"110 112 60 110\",</3/0>")->formats,
      ElementsAre(ContentFormat::kSenmlJson, ContentFormat::kSenmlCbor, ContentFormat::kCbor));
  EXPECT_THAT(ParseObjectList("</>;ct=\"x 70000 42 \",</3/0>;ct=110")->formats,
              ElementsAre(ContentFormat::kOpaque));
}

TEST(ObjectListTest, RemovesTheAlternateRoot) {
  const auto list =
      ParseObjectList("</lwm2m>;rt=\"oma.lwm2m\",</lwm2m/1/0>,</lwm2m/3/0>,</4/0>,</lwm2mx/5/0>");
  EXPECT_EQ(list.value().root_path, "/lwm2m");
  EXPECT_THAT(list.value().paths, ElementsAre(Path(1, 0), Path(3, 0)));
}

TEST(ObjectListTest, FindsTheRootAmongSeveralResourceTypesAndAfterItsObjects) {
  const auto list = ParseObjectList("</a/b/3/0>,</a/b/>;rt=\"x oma.lwm2m\";ct=110");
  EXPECT_EQ(list.value().root_path, "/a/b");
  EXPECT_THAT(list.value().formats, ElementsAre(ContentFormat::kSenmlJson));
  EXPECT_THAT(list.value().paths, ElementsAre(Path(3, 0)));
}

// Transport §6.4.1: a root of digits could not be told from an object.
TEST(ObjectListTest, DoesNotTakeANumberAsRoot) {
  const auto list = ParseObjectList("</a/3>;rt=\"oma.lwm2m\",</3/0>");
  EXPECT_EQ(list.value().root_path, "/");
  EXPECT_THAT(list.value().paths, ElementsAre(Path(3, 0)));
}

TEST(ObjectListTest, IgnoresVersionsThatAreNone) {
  EXPECT_THAT(ParseObjectList("</44>;ver=2,</45>;ver=\"\",</46>;ver=a.b,</47>;ver=1.")->versions,
              IsEmpty());
}

TEST(ObjectListTest, RefusesWhatIsNotLinkFormat) {
  EXPECT_EQ(ParseObjectList("{\"a\":1}").error().kind, ErrorKind::kMalformed);
  EXPECT_THAT(ParseObjectList("").value().paths, IsEmpty());
}

TEST(ObjectListTest, PrintsAListThatReadsBackTheSame) {
  for (const char* text :
       {"</1/0>,</3/0>,</5>", "</>;ct=11542,</3/0>", "</>;ct=\"110 112\",</3/0>,</44>;ver=2.2",
        "</lwm2m>;rt=\"oma.lwm2m\";ct=60,</lwm2m/44>;ver=2.2,</lwm2m/44/0>,</lwm2m/44/1>", ""}) {
    const auto list = ParseObjectList(text);
    EXPECT_EQ(ToString(list.value()), text);
    EXPECT_EQ(ParseObjectList(ToString(list.value())).value(), list.value());
  }
}

TEST(CoreLinkEntryTest, FindsTheFirstParameterOfAName) {
  const auto links = ParseCoreLinks("</3>;a=1;a=2;flag");
  ASSERT_EQ(links.value().size(), 1u);
  EXPECT_EQ(*links->front().Find("a"), "1");
  EXPECT_EQ(*links->front().Find("flag"), "");
  EXPECT_EQ(links->front().Find("b"), nullptr);
}

}  // namespace
}  // namespace lwm2m

#include "mapping/command_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/value.h"

namespace mapping {
namespace {

using testing::ElementsAre;
using testing::Pair;

CommandText Read(std::string_view json) {
  CommandText text;
  const auto read = ReadCommandText(json, text);
  EXPECT_TRUE(read) << json << ": " << read.error().detail;
  return text;
}

TEST(CommandTextTest, ReadsEveryMember) {
  const CommandText text = Read(
      R"({"id":"a","ep":"e","op":"o","path":"p","paths":["/1","q"],"accept":110,"depth":3,"value":1,"values":{"/1":true,"2":"x"},)"
      R"("content":"c","format":65535,"args":"5","attributes":{"pmin":10,"st":0.5,"gt":null},)"
      R"("ttl":5,"priority":"high"})");
  EXPECT_EQ(text.id, "a");
  EXPECT_EQ(text.endpoint, "e");
  EXPECT_EQ(text.op, "o");
  EXPECT_EQ(text.path, "p");
  EXPECT_THAT(*text.paths, ElementsAre("/1", "q"));
  EXPECT_EQ(text.accept, 110);
  EXPECT_EQ(text.depth, 3u);
  EXPECT_EQ(text.value, JsonScalar(std::int64_t{1}));
  EXPECT_THAT(*text.values,
              ElementsAre(Pair("/1", JsonScalar(true)), Pair("2", JsonScalar(std::string("x")))));
  EXPECT_EQ(text.content, "c");
  EXPECT_EQ(text.format, 65535);
  EXPECT_EQ(text.arguments, "5");
  EXPECT_THAT(*text.attributes, ElementsAre(Pair("pmin", testing::Optional(std::string("10"))),
                                            Pair("st", testing::Optional(std::string("0.5"))),
                                            Pair("gt", testing::Eq(std::nullopt))));
  EXPECT_EQ(text.ttl, 5);
  EXPECT_TRUE(text.high_priority);
}

TEST(CommandTextTest, LeavesAbsentMembersEmpty) {
  const CommandText text = Read("{}");
  EXPECT_EQ(text.id, "");
  EXPECT_FALSE(text.value);
  EXPECT_FALSE(text.values);
  EXPECT_FALSE(text.content);
  EXPECT_FALSE(text.format);
  EXPECT_FALSE(text.paths);
  EXPECT_FALSE(text.accept);
  EXPECT_FALSE(text.depth);
  EXPECT_FALSE(text.arguments);
  EXPECT_FALSE(text.attributes);
  EXPECT_FALSE(text.ttl);
  EXPECT_FALSE(text.high_priority);
}

TEST(CommandTextTest, KeepsTheKindOfNumbers) {
  EXPECT_EQ(Read(R"({"value":-1})").value, JsonScalar(std::int64_t{-1}));
  EXPECT_EQ(Read(R"({"value":9223372036854775807})").value,
            JsonScalar(std::int64_t{9223372036854775807}));
  EXPECT_EQ(Read(R"({"value":9223372036854775808})").value,
            JsonScalar(std::uint64_t{9223372036854775808u}));
  EXPECT_EQ(Read(R"({"value":1.0})").value, JsonScalar(1.0));
  EXPECT_EQ(Read(R"({"value":18446744073709551616})").value, JsonScalar(18446744073709551616.0));
}

TEST(CommandTextTest, RefusesALaterMemberAfterReadingTheNamingOnes) {
  CommandText text;
  const auto read = ReadCommandText(R"({"ttl":0,"op":"read","id":"7","path":"/3"})", text);
  ASSERT_FALSE(read);
  EXPECT_EQ(text.id, "7");
  EXPECT_EQ(text.op, "read");
  EXPECT_EQ(text.path, "/3");
}

TEST(CommandTextTest, QuotesAFewWordsCutBetweenCharacters) {
  EXPECT_EQ(Quoted("abc"), "\"abc\"");
  EXPECT_EQ(Quoted(std::string(40, 'x')), "\"" + std::string(40, 'x') + "\"");
  EXPECT_EQ(Quoted(std::string(41, 'x')), "\"" + std::string(40, 'x') + "…\"");
  EXPECT_EQ(Quoted(std::string(39, 'x') + "€uro"), "\"" + std::string(39, 'x') + "…\"");
}

TEST(CommandTextTest, DescribesScalars) {
  EXPECT_EQ(Described(true), "true");
  EXPECT_EQ(Described(false), "false");
  EXPECT_EQ(Described(std::int64_t{-7}), "-7");
  EXPECT_EQ(Described(std::uint64_t{7}), "7");
  EXPECT_EQ(Described(1.5), "1.5");
  EXPECT_EQ(Described(std::string("x")), "\"x\"");
}

}  // namespace
}  // namespace mapping

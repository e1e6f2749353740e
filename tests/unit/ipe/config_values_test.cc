#include "ipe/config_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipe {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ConfigValuesTest, DurationsHaveUnits) {
  EXPECT_EQ(ParseDuration("0"), milliseconds(0));
  EXPECT_EQ(ParseDuration("20"), milliseconds(20'000));
  EXPECT_EQ(ParseDuration("20ms"), milliseconds(20));
  EXPECT_EQ(ParseDuration("2m"), milliseconds(120'000));
  EXPECT_EQ(ParseDuration("3h"), milliseconds(10'800'000));
  EXPECT_EQ(ParseDuration("1d"), milliseconds(86'400'000));
  for (const char* text : {"", "s", "-1s", "1.5s", "1 s", "1S", "1w", "99999999999999999999",
                           "9223372036854775807d"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

TEST(ConfigValuesTest, DurationsPrintWithTheLargestExactUnit) {
  EXPECT_EQ(DurationText(milliseconds(0)), "0");
  EXPECT_EQ(DurationText(milliseconds(1500)), "1500ms");
  EXPECT_EQ(DurationText(milliseconds(93'000)), "93s");
  EXPECT_EQ(DurationText(milliseconds(86'400'000)), "1d");
}

TEST(ConfigValuesTest, SizesHaveUnits) {
  EXPECT_EQ(ParseSize("1024"), 1024u);
  EXPECT_EQ(ParseSize("2KiB"), 2048u);
  EXPECT_EQ(ParseSize("3MiB"), 3u << 20);
  EXPECT_EQ(ParseSize("1GiB"), 1u << 30);
  EXPECT_FALSE(ParseSize("1GB"));
  EXPECT_FALSE(ParseSize("9999999999999GiB"));
  EXPECT_EQ(SizeText(1u << 30), "1GiB");
  EXPECT_EQ(SizeText(1500), "1500");
}

TEST(ConfigValuesTest, ListsAreSplitAtCommas) {
  EXPECT_THAT(SplitList(""), IsEmpty());
  EXPECT_THAT(SplitList("  "), IsEmpty());
  EXPECT_THAT(SplitList("a"), ElementsAre("a"));
  EXPECT_THAT(SplitList(" a , b c "), ElementsAre("a", "b c"));
  EXPECT_THAT(SplitList("a,,b"), ElementsAre("a", "", "b"));
}

TEST(ConfigValuesTest, TellsAddressesFromOtherText) {
  for (const char* good : {"0.0.0.0:0", "127.0.0.1:65535", "[::]:5683", "[2001:db8::1]:1", "h:1"}) {
    EXPECT_TRUE(IsBindAddress(good)) << good;
  }
  for (const char* bad :
       {"", ":1", "a", "a:", "a:x", "a:65536", "::1:5683", "[::1]", "[]:1", "a b:1"}) {
    EXPECT_FALSE(IsBindAddress(bad)) << bad;
  }
}

TEST(ConfigValuesTest, TellsUrlsFromOtherText) {
  for (const char* good : {"http://a", "https://a:1", "http://[::1]:8080", "http://a:1/"}) {
    EXPECT_TRUE(IsHttpUrl(good, false)) << good;
  }
  for (const char* bad :
       {"", "a", "http://", "http:///x", "http://a:b", "ftp://a", "http://a/b", "http://a b"}) {
    EXPECT_FALSE(IsHttpUrl(bad, false)) << bad;
  }
  EXPECT_TRUE(IsHttpUrl("http://a/b?c", true));
  EXPECT_FALSE(IsHttpUrl("http://a/b c", true));
}

TEST(ConfigValuesTest, TellsCoapUrlsFromOtherText) {
  for (const char* good :
       {"coap://a", "coaps://192.0.2.1:5684", "coap+tcp://[::1]:5683", "coaps+tcp://a.example/"}) {
    EXPECT_TRUE(IsCoapUrl(good)) << good;
  }
  for (const char* bad : {"", "coap", "coap://", "http://a", "coap://a/fw", "coap://a b", "://a"}) {
    EXPECT_FALSE(IsCoapUrl(bad)) << bad;
  }
}

TEST(ConfigValuesTest, TellsCredentialsFromOtherText) {
  for (const char* good : {"bearer:x", "basic:u:p", "basic:u:"}) EXPECT_TRUE(IsCredential(good));
  for (const char* bad :
       {"", "x", "bearer:", "basic:u", "basic::p", "bearer:a b", "bearer:a\r\nX: y"}) {
    EXPECT_FALSE(IsCredential(bad)) << bad;
  }
}

}  // namespace
}  // namespace ipe

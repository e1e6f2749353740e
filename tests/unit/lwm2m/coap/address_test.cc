#include "lwm2m/coap/address.h"

#include <gtest/gtest.h>

namespace lwm2m {
namespace {

TEST(AddressTest, ReadsWhatItWrites) {
  for (const char* text :
       {"192.0.2.1:5683", "0.0.0.0:0", "[2001:db8::1]:5683", "[::]:65535", "[fe80::1%2]:5683"}) {
    const auto address = ParseAddress(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(ToText(*address), text);
  }
}

TEST(AddressTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", ":", ":5683", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1",
        "192.0.2:5683", "localhost:5683", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1:5683",
        "[192.0.2.1]:5683", "[fe80::1%nosuchinterface]:5683", "192.0.2.1:56x"}) {
    const auto address = ParseAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().kind, ErrorKind::kInvalidValue);
  }
}

TEST(AddressTest, KnowsWildcards) {
  EXPECT_TRUE(IsWildcard(*ParseAddress("0.0.0.0:1")));
  EXPECT_TRUE(IsWildcard(*ParseAddress("[::]:1")));
  EXPECT_FALSE(IsWildcard(*ParseAddress("[::1]:1")));
  EXPECT_EQ(ToText(WildcardLike(*ParseAddress("[::1]:7"))), "[::]:7");
  EXPECT_EQ(ToText(WildcardLike(*ParseAddress("127.0.0.1:7"))), "0.0.0.0:7");
}

TEST(AddressTest, ComparesHosts) {
  EXPECT_TRUE(IsSameHost(*ParseAddress("127.0.0.1:1"), *ParseAddress("127.0.0.1:2")));
  EXPECT_FALSE(IsSameHost(*ParseAddress("127.0.0.1:1"), *ParseAddress("127.0.0.2:1")));
  EXPECT_TRUE(IsSameHost(*ParseAddress("[::1]:1"), *ParseAddress("[::1]:2")));
  EXPECT_FALSE(IsSameHost(*ParseAddress("[::1]:1"), *ParseAddress("0.0.0.1:1")));
}

TEST(AddressTest, ExpandsOnlyWildcards) {
  const auto concrete = Expand(*ParseAddress("192.0.2.1:5683"));
  ASSERT_EQ(concrete.size(), 1u);
  EXPECT_EQ(ToText(concrete[0]), "192.0.2.1:5683");
  bool loopback = false;
  for (const coap_address_t& address : Expand(*ParseAddress("0.0.0.0:5683"))) {
    EXPECT_EQ(address.addr.sa.sa_family, AF_INET);
    loopback = loopback || ToText(address) == "127.0.0.1:5683";
  }
  EXPECT_TRUE(loopback);
}

}  // namespace
}  // namespace lwm2m

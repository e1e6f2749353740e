#include "lwm2m/coap/client_hello.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace lwm2m {
namespace {

std::string Record(char type, char epoch, char handshake) {
  std::string record(13 + 12, '\0');
  record[0] = type;
  record[1] = '\xfe';
  record[2] = '\xfd';
  record[4] = epoch;
  record[13] = handshake;
  return record;
}

std::string Hello(const std::string& cookie, const std::string& suites) {
  std::string hello = Record(22, 0, 1) + "\xfe\xfd" + std::string(32, 'r');
  hello += std::string("\x02id", 3);
  hello += static_cast<char>(cookie.size()) + cookie;
  hello += std::string(1, '\0') + static_cast<char>(suites.size()) + suites;
  return hello + std::string("\x01\0", 2);
}

TEST(ClientHelloTest, IsKnownInTheClear) {
  EXPECT_TRUE(IsClientHello(Record(22, 0, 1)));
  EXPECT_FALSE(IsClientHello(Record(23, 1, 1)));  // application data
  EXPECT_FALSE(IsClientHello(Record(22, 1, 1)));  // encrypted
  EXPECT_FALSE(IsClientHello(Record(22, 0, 16)));
  EXPECT_FALSE(IsClientHello(Record(22, 0, 1).substr(0, 13)));
  EXPECT_FALSE(IsClientHello(""));
}

TEST(ClientHelloTest, BelongsToAHandshake) {
  EXPECT_TRUE(IsHandshake(Record(22, 0, 1)));
  EXPECT_TRUE(IsHandshake(Record(22, 0, 16)));
  EXPECT_FALSE(IsHandshake(Record(22, 1, 16)));  // encrypted
  EXPECT_FALSE(IsHandshake(Record(20, 0, 1)));   // ChangeCipherSpec
  EXPECT_FALSE(IsHandshake(Record(22, 0, 1).substr(0, 13)));
}

TEST(ClientHelloTest, TellsWhatItOffers) {
  const std::string psk("\xc0\xa8\0\xae", 4);
  const std::string ecdsa("\xc0\xae\0\xff", 4);
  auto hello = ReadClientHello(Hello("", psk));
  ASSERT_TRUE(hello);
  EXPECT_FALSE(hello->has_cookie);
  EXPECT_TRUE(hello->offers_psk);
  EXPECT_FALSE(hello->offers_others);
  hello = ReadClientHello(Hello("cookie", ecdsa));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->has_cookie);
  EXPECT_FALSE(hello->offers_psk);
  EXPECT_TRUE(hello->offers_others);
  hello = ReadClientHello(Hello("cookie", ecdsa + psk));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->offers_psk && hello->offers_others);
}

TEST(ClientHelloTest, IsNotReadWhenItIsCutOff) {
  const std::string hello = Hello("cookie", std::string("\xc0\xa8\0\xae", 4));
  for (std::size_t length = 0; length < hello.size() - 2; ++length) {
    EXPECT_FALSE(ReadClientHello(hello.substr(0, length))) << length;
  }
  EXPECT_FALSE(ReadClientHello(Hello("", "odd")));
}

}  // namespace
}  // namespace lwm2m

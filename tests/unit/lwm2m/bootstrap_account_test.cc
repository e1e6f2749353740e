#include "lwm2m/bootstrap_account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/support/example_objects.h"
#include "tests/unit/lwm2m/bootstrap_example.h"

namespace lwm2m {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const ObjectModel kModel = ExampleObjects();

std::string ComplaintAbout(const BootstrapAccount& account) {
  const auto valid = Validate(account, kModel);
  return valid ? "" : valid.error().detail;
}

TEST(BootstrapAccountTest, AcceptsEveryPairOfSchemeAndSecurity) {
  for (const std::string uri : {"coap://h", "coap+tcp://h:1", "coap://[2001:db8::1]:5683"}) {
    EXPECT_EQ(ComplaintAbout(AccountOf(NoSecServer(1, uri))), "") << uri;
  }
  for (const std::string uri : {"coaps://h", "coaps+tcp://h:1"}) {
    BootstrapServerEntry entry = PskServer();
    entry.uri = uri;
    EXPECT_EQ(ComplaintAbout(AccountOf(entry)), "") << uri;
  }
}

TEST(BootstrapAccountTest, Bs13WantsAServer) {
  EXPECT_THAT(ComplaintAbout(BootstrapAccount{}), StartsWith("servers: "));
}

TEST(BootstrapAccountTest, Bs13WritesSecurityAndServerWithOneShortServerId) {
  const auto security = SecurityRecords(PskServer(7), 3);
  const auto server = ServerRecords(PskServer(7), 4);
  const Record in_security{Path(0, 3, 10), std::int64_t{7}, {}};
  const Record in_server{Path(1, 4, 0), std::int64_t{7}, {}};
  EXPECT_THAT(security, testing::Contains(in_security));
  EXPECT_THAT(server, testing::Contains(in_server));
  const Record no_bootstrap_server{Path(0, 3, 1), false, {}};
  EXPECT_THAT(security, testing::Contains(no_bootstrap_server));
}

TEST(BootstrapAccountTest, Bs14WantsShortServerIdsInRangeAndOnce) {
  EXPECT_THAT(ComplaintAbout(AccountOf(NoSecServer(0))), StartsWith("servers[0].short_server_id"));
  EXPECT_THAT(ComplaintAbout(AccountOf(NoSecServer(65535))),
              StartsWith("servers[0].short_server_id"));
  EXPECT_EQ(ComplaintAbout(AccountOf(NoSecServer(65534))), "");
  BootstrapAccount twice = AccountOf(NoSecServer(5));
  twice.servers.push_back(NoSecServer(5));
  EXPECT_THAT(ComplaintAbout(twice), StartsWith("servers[1].short_server_id"));
}

struct Wrong {
  const char* member;
  std::function<void(BootstrapAccount&)> make;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.member; }

class BootstrapAccountMistakeTest : public testing::TestWithParam<Wrong> {};

TEST_P(BootstrapAccountMistakeTest, IsNamedByItsMemberAndWithoutTheKey) {
  BootstrapAccount account = AccountOf(PskServer());
  ASSERT_EQ(ComplaintAbout(account), "");
  GetParam().make(account);
  EXPECT_THAT(ComplaintAbout(account), StartsWith(GetParam().member));
  EXPECT_THAT(ComplaintAbout(account), Not(HasSubstr("0123456789abcdef")));
}

INSTANTIATE_TEST_SUITE_P(
    Every, BootstrapAccountMistakeTest,
    testing::Values(
        Wrong{"servers[0].uri", [](auto& a) { a.servers[0].uri = "coap://h"; }},
        Wrong{"servers[0].uri", [](auto& a) { a.servers[0].uri = "http://h"; }},
        Wrong{"servers[0].uri", [](auto& a) { a.servers[0].uri = "coaps://"; }},
        Wrong{"servers[0].uri", [](auto& a) { a.servers[0].uri = "coaps://a b"; }},
        Wrong{"servers[0].uri",
              [](auto& a) { a.servers[0].uri = "coaps://" + std::string(250, 'h'); }},
        Wrong{"servers[0]", [](auto& a) { a.servers[0].public_key.clear(); }},
        Wrong{"servers[0]", [](auto& a) { a.servers[0].public_key.assign(129, 'i'); }},
        Wrong{"servers[0]", [](auto& a) { a.servers[0].public_key = "\xff"; }},
        Wrong{"servers[0]", [](auto& a) { a.servers[0].secret_key.clear(); }},
        Wrong{"servers[0]", [](auto& a) { a.servers[0].secret_key.assign(65, 'k'); }},
        Wrong{"servers[0].public_key",
              [](auto& a) { a.servers[0].mode = SecurityMode::kRawPublicKey; }},
        Wrong{"servers[0]",
              [](auto& a) {
                a.servers[0].mode = SecurityMode::kNoSec;
                a.servers[0].uri = "coap://h";
              }},
        Wrong{"servers[0].lifetime", [](auto& a) { a.servers[0].lifetime = Seconds(-1); }},
        Wrong{"servers[0].binding", [](auto& a) { a.servers[0].binding = "X"; }},
        Wrong{"servers[0].binding", [](auto& a) { a.servers[0].binding = "Q"; }},
        Wrong{"servers[0].binding", [](auto& a) { a.servers[0].binding = "UU"; }},
        Wrong{"servers[0].pmax",
              [](auto& a) {
                a.servers[0].server_resources = {{2, std::int64_t{9}}, {3, std::int64_t{8}}};
              }},
        Wrong{"servers[0]",
              [](auto& a) {
                a.servers[0].server_resources = {{5, std::string("soon")}};
              }},
        Wrong{"servers[1]",
              [](auto& a) {
                a.servers.push_back(PskServer(102));
                a.servers[0].security_instance = a.servers[1].security_instance = 4;
              }},
        Wrong{"acl[0].owner",
              [](auto& a) {
                a.access_control = {{3, 0, 102, {}}};
              }},
        Wrong{"acl[0].rights",
              [](auto& a) {
                a.access_control = {{3, 0, 101, {{101, 32}}}};
              }},
        Wrong{"acl[0].rights",
              [](auto& a) {
                a.access_control = {{3, 0, 101, {{9, 1}}}};
              }},
        Wrong{"acl[0].object",
              [](auto& a) {
                a.access_control = {{0, 0, 101, {}}};
              }},
        Wrong{"acl[1]",
              [](auto& a) {
                a.access_control = {{3, 0, 101, {}}, {3, 0, 101, {}}};
              }},
        Wrong{"objects./1/0/1",
              [](auto& a) {
                a.values = {{Path(1, 0, 1), std::int64_t{1}, {}}};
              }},
        Wrong{"objects./21/0/1",
              [](auto& a) {
                a.values = {{Path(21, 0, 1), std::int64_t{1}, {}}};
              }},
        Wrong{"objects./3/0",
              [](auto& a) {
                a.values = {{Path(3, 0), std::int64_t{1}, {}}};
              }},
        Wrong{"objects./3/0/9",
              [](auto& a) {
                a.values = {{Path(3, 0, 9), Opaque{"x"}, {}}};
              }},
        Wrong{"objects./3/0/14",
              [](auto& a) {
                a.values = {{Path(3, 0, 14), std::string("+01:00"), {}},
                            {Path(3, 0, 14), std::string("+02:00"), {}}};
              }},
        Wrong{"delete[0]", [](auto& a) { a.deletes = {Path(3, 0, 1)}; }},
        Wrong{"read[0]", [](auto& a) { a.reads = {Path(0)}; }},
        Wrong{"read[0]", [](auto& a) { a.reads = {Path(1, 0, 1)}; }}));

TEST(BootstrapAccountTest, Bs12TakesKeysAndCertificatesAsDer) {
  BootstrapServerEntry entry = PskServer();
  entry.public_key = entry.server_public_key = entry.secret_key = "\x30\x01\x00";
  for (const SecurityMode mode : {SecurityMode::kRawPublicKey, SecurityMode::kCertificate}) {
    entry.mode = mode;
    EXPECT_EQ(ComplaintAbout(AccountOf(entry)), "");
    const Record in_security{
        Path(0, 1, 2), std::int64_t{mode == SecurityMode::kCertificate ? 2 : 1}, {}};
    EXPECT_THAT(SecurityRecords(entry, 1), testing::Contains(in_security));
  }
}

TEST(BootstrapAccountTest, KeysTravelInTheClearOnlyWhereTheAccountSaysSo) {
  BootstrapAccount account = AccountOf(PskServer());
  EXPECT_TRUE(MayTravel(account, true));
  EXPECT_FALSE(MayTravel(account, false));
  account.keys_in_clear = true;
  EXPECT_TRUE(MayTravel(account, false));
  EXPECT_TRUE(MayTravel(AccountOf(NoSecServer()), false));
}

TEST(BootstrapAccountTest, WritesRightsAsResourceInstances) {
  const auto records = AccessControlRecords({3, 0, 101, {{0, 1}, {101, 31}}}, 2);
  EXPECT_THAT(records, testing::ElementsAre(Record{Path(2, 2, 0), std::int64_t{3}, {}},
                                            Record{Path(2, 2, 1), std::int64_t{0}, {}},
                                            Record{Path(2, 2, 2, 0), std::int64_t{1}, {}},
                                            Record{Path(2, 2, 2, 101), std::int64_t{31}, {}},
                                            Record{Path(2, 2, 3), std::int64_t{101}, {}}));
}

}  // namespace
}  // namespace lwm2m

#include "ipe/bootstrap_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/ddf/standard_objects.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/ipe/bootstrap_example.h"

namespace ipe {
namespace {

using lwm2m::Path;
using lwm2m::Record;
using lwm2m::SecurityMode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

class BootstrapFileTest : public ::testing::Test {
 protected:
  tl::expected<BootstrapFile, std::string> Read(const std::string& yaml) {
    return ReadBootstrapFile(WriteSecret(directory_, "accounts.yaml", yaml), model_);
  }
  std::string ErrorOf(const std::string& yaml) {
    const auto file = Read(yaml);
    return file ? "" : file.error();
  }

  const testing::TemporaryDirectory directory_;
  const lwm2m::ObjectModel model_ = lwm2m::StandardObjects();
};

TEST_F(BootstrapFileTest, ReadsEveryMember) {
  const auto file = Read(R"(
- endpoint: "urn:imei:*"
  discover: false
  keys_in_clear: true
  delete: [/]
  read: [/1, /2/0]
  servers:
    - uri: coaps://ipe.example:5684
      short_server_id: 101
      lifetime: 1h
      binding: UQ
      security: psk
      identity: "{endpoint}-key"
      credential: stored
      store_notifications: false
      security_instance: 4
      server_instance: 5
      pmin: 10
      pmax: 60
      mute: true
      hold_off: 3
      sni: ipe.example
    - uri: coap://other.example
      short_server_id: 102
  acl:
    - {object: 3, instance: 0, owner: 101, rights: {0: 1, 102: 15}}
  objects:
    /3/0/14: "+01:00"
    /3/0/13: 1700000000
    /19/0/0/0: AQI=
)");
  ASSERT_TRUE(file.has_value()) << file.error();
  ASSERT_EQ(file->templates.size(), 1u);
  const BootstrapTemplate& read = file->templates[0];
  EXPECT_EQ(read.endpoint, "urn:imei:*");
  EXPECT_EQ(read.line, 2);
  EXPECT_THAT(read.key_sources, ElementsAre(KeySource::kStored, KeySource::kGiven));
  const lwm2m::BootstrapAccount& account = read.account;
  EXPECT_FALSE(account.discover);
  EXPECT_TRUE(account.keys_in_clear);
  EXPECT_THAT(account.deletes, ElementsAre(Path()));
  EXPECT_THAT(account.reads, ElementsAre(Path(1), Path(2, 0)));
  const lwm2m::BootstrapServerEntry& entry = account.servers[0];
  EXPECT_EQ(entry.uri, "coaps://ipe.example:5684");
  EXPECT_EQ(entry.short_server_id, 101);
  EXPECT_EQ(entry.lifetime, lwm2m::Seconds(3600));
  EXPECT_EQ(entry.binding, "UQ");
  EXPECT_EQ(entry.mode, SecurityMode::kPsk);
  EXPECT_EQ(entry.public_key, "{endpoint}-key");
  EXPECT_FALSE(entry.store_notifications);
  EXPECT_EQ(entry.security_instance, 4);
  EXPECT_EQ(entry.server_instance, 5);
  EXPECT_THAT(entry.security_resources,
              ElementsAre(Pair(11, lwm2m::Value(std::int64_t{3})),
                          Pair(14, lwm2m::Value(std::string("ipe.example")))));
  EXPECT_THAT(entry.server_resources,
              ElementsAre(Pair(2, lwm2m::Value(std::int64_t{10})),
                          Pair(3, lwm2m::Value(std::int64_t{60})), Pair(23, lwm2m::Value(true))));
  EXPECT_EQ(account.servers[1].mode, SecurityMode::kNoSec);
  EXPECT_EQ(account.servers[1].lifetime, lwm2m::Seconds(86400));
  ASSERT_EQ(account.access_control.size(), 1u);
  EXPECT_THAT(account.access_control[0].rights, ElementsAre(Pair(0, 1), Pair(102, 15)));
  EXPECT_THAT(account.values,
              ElementsAre(Record{Path(3, 0, 14), std::string("+01:00"), {}},
                          Record{Path(3, 0, 13), lwm2m::Time{1700000000}, {}},
                          Record{Path(19, 0, 0, 0), lwm2m::Opaque{"\x01\x02"}, {}}));
}

TEST_F(BootstrapFileTest, TheLeastIsAnEndpointAndAServer) {
  const auto file = Read(kNoSecAccount);
  ASSERT_TRUE(file.has_value()) << file.error();
  const lwm2m::BootstrapAccount& account = file->templates[0].account;
  EXPECT_TRUE(account.discover);
  EXPECT_THAT(account.deletes, ElementsAre(Path(0), Path(1)));
  EXPECT_THAT(file->warnings, IsEmpty());
}

TEST_F(BootstrapFileTest, Bs12ReadsKeysAndCertificatesFromFiles) {
  WriteSecret(directory_, "public.pem",
              "-----BEGIN PUBLIC KEY-----\nMAEA\n-----END PUBLIC KEY-----\n");
  WriteSecret(directory_, "server.der", std::string("\x30\x02\x05\x00", 4));
  WriteSecret(directory_, "key.pem",
              "-----BEGIN PRIVATE KEY-----\nMAEB\n-----END PRIVATE KEY-----\n");
  const std::string yaml = R"(- endpoint: a
  servers:
    - {uri: "coaps://h", short_server_id: 1, security: rpk, public_key: public.pem,
       server_public_key: server.der, secret_key: key.pem}
)";
  const auto file = Read(yaml);
  ASSERT_TRUE(file.has_value()) << file.error();
  const lwm2m::BootstrapServerEntry& entry = file->templates[0].account.servers[0];
  EXPECT_EQ(entry.public_key, std::string("\x30\x01\x00", 3));
  EXPECT_EQ(entry.server_public_key, std::string("\x30\x02\x05\x00", 4));
  EXPECT_EQ(entry.secret_key, std::string("\x30\x01\x01", 3));

  WriteSecret(directory_, "key.pem",
              "-----BEGIN EC PRIVATE KEY-----\nMAEB\n-----END EC PRIVATE KEY-----\n");
  EXPECT_THAT(ErrorOf(yaml),
              HasSubstr("servers[0].secret_key: expected a PEM file with PRIVATE KEY"));
}

TEST_F(BootstrapFileTest, WarnsOfAKeyThatManyGetAndOfAFileThatEverybodyReads) {
  const std::string yaml = R"(- endpoint: "a*"
  servers: [{uri: "coaps://h", short_server_id: 1, security: psk, identity: all, key: "0011"}]
)";
  EXPECT_THAT(Read(yaml).value().warnings,
              ElementsAre(HasSubstr("accounts.yaml:1: all endpoints")));
  const std::string path = directory_.Write("open.yaml", yaml);
  std::filesystem::permissions(path, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto open = ReadBootstrapFile(path, model_);
  EXPECT_THAT(open.value().warnings, ::testing::Contains(HasSubstr("chmod o-r")));
}

struct Mistake {
  const char* yaml;
  const char* error;  // after the name of the file
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.error; }

class BootstrapFileMistakeTest : public BootstrapFileTest,
                                 public ::testing::WithParamInterface<Mistake> {};

TEST_P(BootstrapFileMistakeTest, NamesFileLineAndMember) {
  const std::string error = ErrorOf(GetParam().yaml);
  EXPECT_THAT(error, HasSubstr(std::string("accounts.yaml:") + GetParam().error));
  EXPECT_THAT(error, Not(HasSubstr("c0ffee"))) << "a key";
}

INSTANTIATE_TEST_SUITE_P(
    Every, BootstrapFileMistakeTest,
    ::testing::Values(
        Mistake{"servers: []", "1: accounts: expected a list"}, Mistake{"- endpoint: [", "1: "},
        Mistake{"- a", "1: account: expected"}, Mistake{"- servers: []", "1: endpoint: expected"},
        Mistake{"- endpoint: a*b", "1: endpoint: expected"},
        Mistake{"- endpoint: a\n  server: []", "2: account: expected a known member, perhaps serv"},
        Mistake{"- endpoint: a\n  discover: maybe", "2: discover: expected true or false"},
        Mistake{"- endpoint: a\n  servers: []", "2: servers: expected at least one"},
        Mistake{"- endpoint: a\n  servers:\n  - uri: coap://h",
                "3: servers[0].short_server_id: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - uri: coap://h\n    short_server_id: 65535",
                "4: servers[0].short_server_id: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - {uri: coap://h, short_server_id: 1}\n"
                "  - {uri: coap://g,\n     short_server_id: 1}",
                "5: servers[1].short_server_id: expected one that no other"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    uri: coaps://h",
                "4: servers[0].uri: coaps does not go with"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    security: psk\n"
                "    uri: coaps://h\n    key: c0ffeeX",
                "6: servers[0].key: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    security: psk\n"
                "    uri: coaps://h\n    key: c0ffee\n    credential: stored",
                "3: servers[0]: expected one of key"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    security: psk\n"
                "    uri: coaps://h\n    credential: guess",
                "6: servers[0].credential: expected stored or generate"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    security: psk\n"
                "    uri: coaps://h\n    key_file: nowhere",
                "6: servers[0].key_file: expected a key"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    security: psk\n"
                "    uri: coaps://h\n    identity: ''",
                "3: servers[0]: identity is empty"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    uri: coap://h\n"
                "    key: c0ffee",
                "5: servers[0].key: expected nothing: security is nosec"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    security: tls",
                "4: servers[0].security: expected nosec"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    uri: coaps://h\n"
                "    security: x509",
                "3: servers[0].public_key: expected the name of a file"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    uri: coap://h\n"
                "    lifetime: long",
                "5: servers[0].lifetime: expected a duration"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    uri: coap://h\n"
                "    binding: X",
                "5: servers[0].binding: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - short_server_id: 1\n    uri: coap://h\n"
                "    pmin: soon",
                "5: servers[0].pmin: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n  objects:\n"
                "    /3/0/14: x\n    /3/0: y",
                "6: objects./3/0: expected the path of a resource"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n  objects:\n"
                "    /3/0/13: noon",
                "5: objects./3/0/13: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n  objects:\n"
                "    /31999/0/1: x",
                "5: objects./31999/0/1: expected a resource with a definition"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n  objects:\n"
                "    /1/0/1: 5",
                "5: objects./1/0/1: expected an object other"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n  acl:\n"
                "  - object: 3\n    owner: 2",
                "6: acl[0].owner: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n  acl:\n"
                "  - object: 3\n    rights: {1: 32}",
                "6: acl[0].rights: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n"
                "  delete: [/0,\n    /0/0/1]",
                "5: delete[1]: expected"},
        Mistake{"- endpoint: a\n  servers:\n  - {short_server_id: 1, uri: coap://h}\n  read: [/3]",
                "4: read[0]: expected"},
        Mistake{"- endpoint: '*'\n  keys_in_clear: true\n  servers:\n"
                "  - {short_server_id: 1, uri: coaps://h, security: psk, credential: generate}",
                "2: keys_in_clear: expected false"}));

TEST_F(BootstrapFileTest, AFileThatIsNotThere) {
  EXPECT_THAT(ReadBootstrapFile("/nowhere/accounts.yaml", model_).error(),
              StartsWith("/nowhere/accounts.yaml: "));
}

}  // namespace
}  // namespace ipe

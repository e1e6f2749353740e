#include "ipe/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "ipe/config_schema.h"
#include "tests/support/temporary_directory.h"

namespace ipe {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::TemporaryDirectory;
using Texts = std::map<std::string, std::string>;

// A value of each key that is not its default, as flag text; and one that must be refused.
struct Sample {
  const char* key;
  const char* good;
  const char* bad;
};

constexpr Sample kSamples[] = {
    {"cse.url", "http://[2001:db8::1]:8080", "ftp://cse"},
    {"cse.embedded.bind", "[::1]:0", "localhost"},
    {"cse.base", "cse-in", "a/b"},
    {"cse.id", "/id-in", "id-in"},
    {"cse.originator", "CAdmin", "two words"},
    {"cse.app_id", "Rmine", "mine"},
    {"cse.release", "2a", "7"},
    {"cse.admin_originator", "admin:admin", "two words"},
    {"cse.connections", "64", "65"},
    {"cse.timeout", "1500ms", "99ms"},
    {"cse.credential", "basic:user:pa:ss", "secret-token"},
    {"lwm2m.coap", "127.0.0.1:5683,[::1]:5683", "127.0.0.1:5683,5684"},
    {"lwm2m.coaps", "[::]:5684", "5684"},
    {"lwm2m.coap_tcp", "0.0.0.0:5683", "tcp"},
    {"lwm2m.coaps_tcp", "127.0.0.1:5684,[::1]:5684", "127.0.0.1"},
    {"lwm2m.handshakes", "10", "9"},
    {"lwm2m.sessions_held", "1000", "0"},
    {"lwm2m.admission.per_endpoint", "0", "-1"},
    {"lwm2m.admission.burst", "1", "0"},
    {"lwm2m.admission.total", "20000", "1000001"},
    {"lwm2m.admission.behind", "0", "500ms"},
    {"lwm2m.admission.handshakes", "100", "0"},
    {"notify.bind", "127.0.0.1:0", "127.0.0.1:65536"},
    {"notify.url", "https://ipe.example/notify/x", "ipe.example"},
    {"admin.bind", "ipe-host:9000", ":9000"},
    {"state.directory", "memory", ""},
    {"store.max_bytes", "64MiB", "1KiB"},
    {"store.sync", "full", "sometimes"},
    {"store.on_failure", "refuse", "panic"},
    {"interworking.name", "ipe2", "ipe/2"},
    {"interworking.labels", "seed", "none"},
    {"interworking.expiration", "parent", "never"},
    {"interworking.expiration_grace", "2h", "1500ms"},
    {"interworking.subscriptions.interval", "30s", "2d"},
    {"interworking.modes", "semantic,transparent", "opaque"},
    {"commands.per_endpoint", "false", "maybe"},
    {"registration.patience", "500ms", "3m"},
    {"registration.waiting", "0", "-1"},
    {"registration.policy", "eventual", "lax"},
    {"access.readers", "Ca,Cb", "two words"},
    {"access.writers", "all", "two words"},
    {"access.deleters", "Ccleaner", "two words"},
    {"access.administrators", "Cboss", "two words"},
    {"access.short_server_id", "101", "65535"},
    {"queue_mode.awake", "30s", "0"},
    {"queue_mode.depth", "1", "0"},
    {"firmware.directory", "/tmp", "/no/such/directory"},
    {"firmware.url", "coap://192.0.2.1:5683,coaps://fw.example", "http://192.0.2.1"},
    {"firmware.max_bytes", "1MiB", "2GiB"},
    {"firmware.install_timeout", "2h", "1s"},
    {"log.level", "debug", "verbose"},
    {"log.format", "json", "xml"},
};

std::string ValueOf(const Config& config, const ConfigKey& key) {
  Config copy = config;
  std::string text;
  for (const std::string& element : key.write(copy)) text += (text.empty() ? "" : ",") + element;
  return text;
}

// {"a.b.c", "x"} → "a:\n  b:\n    c: 'x'"
std::string AsYaml(const std::string& key, const std::string& value) {
  std::string yaml;
  std::string indent;
  std::stringstream segments(key);
  std::string segment;
  while (std::getline(segments, segment, '.')) {
    if (!yaml.empty()) yaml += "\n";
    yaml += indent + segment + ":";
    indent += "  ";
  }
  return yaml + " '" + value + "'\n";
}

class ConfigTest : public ::testing::Test {
 protected:
  tl::expected<Config, ConfigError> FromFile(const std::string& yaml, const Texts& environment = {},
                                             const Texts& flags = {}) {
    file_ = directory_.Write("ipe.yaml", yaml);
    return LoadConfig(file_, environment, flags);
  }
  std::string ErrorOf(const std::string& yaml) {
    const auto config = FromFile(yaml);
    if (config) return "no error";
    std::string text = config.error().ToString();
    const auto directory = text.find(directory_.path());
    if (directory != std::string::npos) text.erase(directory, directory_.path().size() + 1);
    return text;
  }

  TemporaryDirectory directory_;
  std::string file_;
};

TEST_F(ConfigTest, DefaultsAreThoseOfTheStruct) {
  const auto config = LoadConfig("", {}, {});
  ASSERT_TRUE(config);
  EXPECT_EQ(ToYaml(*config), ToYaml(Config()));
  EXPECT_EQ(config->cse.url, "embedded");
}

TEST_F(ConfigTest, EveryKeyHasASampleInThisTest) {
  // Files that must exist, keys of a later version, and the rules have tests of their own.
  std::set<std::string> sampled = {"cse.tls.ca",
                                   "cse.tls.certificate",
                                   "cse.tls.key",
                                   "lwm2m.coaps_rpk",
                                   "lwm2m.credentials",
                                   "lwm2m.tls.certificate",
                                   "lwm2m.tls.key",
                                   "lwm2m.tls.ca",
                                   "lwm2m.rpk.key",
                                   "lwm2m.bootstrap.coap",
                                   "lwm2m.bootstrap.coaps",
                                   "lwm2m.models",
                                   "lwm2m.bootstrap.accounts",
                                   "interworking.profile"};
  for (const Sample& sample : kSamples) sampled.insert(sample.key);
  std::set<std::string> known;
  for (const ConfigKey& key : ConfigKeys()) known.insert(key.name);
  EXPECT_EQ(sampled, known);
}

class ConfigKeyTest : public ConfigTest, public ::testing::WithParamInterface<Sample> {};

TEST_P(ConfigKeyTest, IsTakenFromFileEnvironmentAndFlag) {
  const auto [name, good, bad] = GetParam();
  const ConfigKey& key = *FindConfigKey(name);
  ASSERT_NE(ValueOf(Config(), key), good) << "the sample is the default";

  const auto from_file = FromFile(AsYaml(name, good));
  ASSERT_TRUE(from_file) << from_file.error().ToString();
  EXPECT_EQ(ValueOf(*from_file, key), good);

  const auto from_environment = LoadConfig("", {{EnvironmentName(name), good}}, {});
  ASSERT_TRUE(from_environment) << from_environment.error().ToString();
  EXPECT_EQ(ValueOf(*from_environment, key), good);

  const auto from_flag = LoadConfig("", {}, {{name, good}});
  ASSERT_TRUE(from_flag) << from_flag.error().ToString();
  EXPECT_EQ(ValueOf(*from_flag, key), good);
}

TEST_P(ConfigKeyTest, FlagWinsOverEnvironmentAndEnvironmentOverFile) {
  const auto [name, good, bad] = GetParam();
  const ConfigKey& key = *FindConfigKey(name);
  const std::string standard = ValueOf(Config(), key);

  const auto environment = FromFile(AsYaml(name, standard), {{EnvironmentName(name), good}}, {});
  ASSERT_TRUE(environment) << environment.error().ToString();
  EXPECT_EQ(ValueOf(*environment, key), good);

  const auto flag = LoadConfig("", {{EnvironmentName(name), standard}}, {{name, good}});
  ASSERT_TRUE(flag) << flag.error().ToString();
  EXPECT_EQ(ValueOf(*flag, key), good);

  const auto file = FromFile(AsYaml(name, good), {{EnvironmentName(name), standard}}, {});
  ASSERT_TRUE(file) << file.error().ToString();
  EXPECT_EQ(ValueOf(*file, key), standard);
}

TEST_P(ConfigKeyTest, AWrongValueIsReportedWithItsPlace) {
  const auto [name, good, bad] = GetParam();
  const ConfigKey& key = *FindConfigKey(name);
  const std::string found = key.secret ? "***" : bad;
  const std::string yaml = "# a comment\n" + AsYaml(name, bad);
  const auto line = std::count(yaml.begin(), yaml.end(), '\n');
  const auto from_file = FromFile(yaml);
  ASSERT_FALSE(from_file);
  EXPECT_EQ(from_file.error().where, file_ + ":" + std::to_string(line));
  EXPECT_EQ(from_file.error().key, name);
  EXPECT_EQ(from_file.error().found, found);
  EXPECT_EQ(from_file.error().expected, key.expected);

  const auto from_environment = LoadConfig("", {{EnvironmentName(name), bad}}, {});
  ASSERT_FALSE(from_environment);
  EXPECT_EQ(from_environment.error().where, "environment " + EnvironmentName(name));
  EXPECT_EQ(from_environment.error().key, name);

  const auto from_flag = LoadConfig("", {}, {{name, bad}});
  ASSERT_FALSE(from_flag);
  EXPECT_EQ(from_flag.error().where, std::string("flag --set ") + name);
}

TEST_P(ConfigKeyTest, WhatCheckConfigPrintsCanBeReadAgain) {
  const auto [name, good, bad] = GetParam();
  const auto config = LoadConfig("", {}, {{name, good}});
  ASSERT_TRUE(config);
  if (FindConfigKey(name)->secret) {
    EXPECT_THAT(ToYaml(*config), Not(HasSubstr(good)));
    return;
  }
  const auto again = FromFile(ToYaml(*config));
  ASSERT_TRUE(again) << again.error().ToString() << "\n" << ToYaml(*config);
  EXPECT_EQ(ToYaml(*again), ToYaml(*config));
}

INSTANTIATE_TEST_SUITE_P(EveryKey, ConfigKeyTest, ::testing::ValuesIn(kSamples),
                         [](const auto& test) {
                           std::string name = test.param.key;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST_F(ConfigTest, FilesOfTlsMustBeReadable) {
  const std::string pem = directory_.Write("a.pem", "x");
  for (const char* key : {"cse.tls.ca", "cse.tls.certificate", "cse.tls.key"}) {
    const auto missing = LoadConfig("", {}, {{key, pem + "-missing"}});
    ASSERT_FALSE(missing) << key;
    EXPECT_EQ(missing.error().expected, "a readable PEM file, or nothing");
  }
  const auto config = LoadConfig("", {{"IPE_CSE_TLS_CA", pem}},
                                 {{"cse.tls.certificate", pem}, {"cse.tls.key", pem}});
  ASSERT_TRUE(config) << config.error().ToString();
  EXPECT_EQ(config->cse.ca_file, pem);
  EXPECT_EQ(config->cse.certificate_file, pem);
  EXPECT_EQ(config->cse.key_file, pem);
}

TEST_F(ConfigTest, FilesOfTheDevicesSideMustBeReadable) {
  const std::string file = directory_.Write("a.pem", "x");
  for (const char* key : {"lwm2m.tls.ca", "lwm2m.tls.certificate", "lwm2m.tls.key", "lwm2m.rpk.key",
                          "lwm2m.credentials"}) {
    const auto missing = LoadConfig("", {}, {{key, file + "-missing"}});
    ASSERT_FALSE(missing) << key;
    EXPECT_EQ(missing.error().key, key);
    EXPECT_THAT(missing.error().expected, HasSubstr("a readable")) << key;
  }
  const auto config = LoadConfig("", {{"IPE_LWM2M_TLS_CA", file}},
                                 {{"lwm2m.tls.certificate", file},
                                  {"lwm2m.tls.key", file},
                                  {"lwm2m.rpk.key", file},
                                  {"lwm2m.credentials", file}});
  ASSERT_TRUE(config) << config.error().ToString();
  for (const std::string& taken :
       {config->lwm2m.ca_file, config->lwm2m.certificate_file, config->lwm2m.key_file,
        config->lwm2m.rpk_key_file, config->lwm2m.credentials_file}) {
    EXPECT_EQ(taken, file);
  }
}

TEST_F(ConfigTest, TheServersCertificateAndItsKeyGoTogether) {
  const std::string pem = directory_.Write("a.pem", "x");
  const auto no_key = LoadConfig("", {{"IPE_LWM2M_TLS_CERTIFICATE", pem}}, {});
  ASSERT_FALSE(no_key);
  EXPECT_EQ(no_key.error().where, "environment IPE_LWM2M_TLS_CERTIFICATE");
  EXPECT_EQ(no_key.error().key, "lwm2m.tls.key");
  const auto no_certificate = LoadConfig("", {{"IPE_LWM2M_TLS_KEY", pem}}, {});
  ASSERT_FALSE(no_certificate);
  EXPECT_EQ(no_certificate.error().key, "lwm2m.tls.certificate");
  const auto only_ca = LoadConfig("", {{"IPE_LWM2M_TLS_CA", pem}}, {});
  ASSERT_FALSE(only_ca);
  EXPECT_EQ(only_ca.error().key, "lwm2m.tls.certificate");
  const auto no_ca = LoadConfig("", {}, {{"lwm2m.tls.certificate", pem}, {"lwm2m.tls.key", pem}});
  ASSERT_FALSE(no_ca);
  EXPECT_EQ(no_ca.error().key, "lwm2m.tls.ca");
}

// Raw public keys need a key of the server, and the GnuTLS flavour of libcoap.
TEST_F(ConfigTest, RawPublicKeysNeedAKeyAndTheFlavourThatHasThem) {
  const auto no_key = LoadConfig("", {}, {{"lwm2m.coaps_rpk", "127.0.0.1:5685"}});
  ASSERT_FALSE(no_key);
  EXPECT_EQ(no_key.error().where, "flag --set lwm2m.coaps_rpk");
  if (std::string_view(IPE_DTLS) != "gnutls") {
    EXPECT_EQ(no_key.error().key, "lwm2m.coaps_rpk");
    EXPECT_THAT(no_key.error().expected, HasSubstr("IPE_DTLS=openssl"));
    return;
  }
  EXPECT_EQ(no_key.error().key, "lwm2m.rpk.key");
  const std::string pem = directory_.Write("a.pem", "x");
  const auto with_key =
      LoadConfig("", {}, {{"lwm2m.coaps_rpk", "127.0.0.1:5685"}, {"lwm2m.rpk.key", pem}});
  ASSERT_TRUE(with_key) << with_key.error().ToString();
  EXPECT_THAT(with_key->lwm2m.coaps_rpk, ElementsAre("127.0.0.1:5685"));
}

// SEC-17: NoSec can be switched off, but something must be left to listen on.
TEST_F(ConfigTest, SomethingMustBeLeftToListenOn) {
  const auto secure_only = FromFile("lwm2m:\n  coap: []\n");
  ASSERT_TRUE(secure_only) << secure_only.error().ToString();
  EXPECT_THAT(secure_only->lwm2m.coap, IsEmpty());
  EXPECT_THAT(secure_only->lwm2m.coaps, ElementsAre("0.0.0.0:5684"));
  EXPECT_TRUE(FromFile("lwm2m:\n  coaps: []\n"));
  const auto nothing = FromFile("lwm2m:\n  coaps: []\n  coap: []\n");
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().ToString(),
              AllOf(HasSubstr("ipe.yaml:3"), HasSubstr("at least one address")));
  EXPECT_TRUE(FromFile("lwm2m: {coaps: [], coap: [], coap_tcp: ['a:1']}\n"));
}

TEST_F(ConfigTest, ACertificateAndItsKeyGoTogether) {
  const std::string pem = directory_.Write("a.pem", "x");
  const auto config = LoadConfig("", {{"IPE_CSE_TLS_CERTIFICATE", pem}}, {});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().where, "environment IPE_CSE_TLS_CERTIFICATE");
  EXPECT_EQ(config.error().key, "cse.tls.key");
}

TEST_F(ConfigTest, ModelsMustBeADirectory) {
  EXPECT_TRUE(LoadConfig("", {}, {{"lwm2m.models", directory_.path()}}));
  EXPECT_FALSE(LoadConfig("", {}, {{"lwm2m.models", directory_ / "missing"}}));
}

TEST_F(ConfigTest, TheBootstrapServerNeedsAccounts) {
  const std::string accounts = directory_.Write("accounts.yaml", "");
  for (const char* key : {"lwm2m.bootstrap.coap", "lwm2m.bootstrap.coaps"}) {
    EXPECT_TRUE(LoadConfig("", {}, {{key, ""}})) << key;
    const auto set = LoadConfig("", {}, {{key, "0.0.0.0:5783"}});
    ASSERT_FALSE(set) << key;
    EXPECT_EQ(set.error().where, std::string("flag --set ") + key);
    EXPECT_EQ(set.error().key, "lwm2m.bootstrap.accounts");
    EXPECT_TRUE(
        LoadConfig("", {}, {{key, "0.0.0.0:5783"}, {"lwm2m.bootstrap.accounts", accounts}}));
  }
  EXPECT_FALSE(LoadConfig("", {}, {{"lwm2m.bootstrap.accounts", directory_ / "missing"}}));
}

TEST_F(ConfigTest, ASecretIsNeverPrinted) {
  const auto config = LoadConfig("", {{"IPE_CSE_CREDENTIAL", "bearer:hush"}}, {});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->cse.credential, "bearer:hush");
  EXPECT_THAT(ToYaml(*config), AllOf(Not(HasSubstr("hush")), HasSubstr("\"***\"")));
  const auto wrong = LoadConfig("", {{"IPE_CSE_CREDENTIAL", "hush"}}, {});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().ToString(), Not(HasSubstr("hush")));
}

// --- the file
// --------------------------------------------------------------------------------------

TEST_F(ConfigTest, AnEmptyFileIsTheDefaults) {
  for (const char* yaml : {"", "# nothing\n", "---\n", "cse:\nlwm2m: {}\n"}) {
    const auto config = FromFile(yaml);
    ASSERT_TRUE(config) << yaml << config.error().ToString();
    EXPECT_EQ(ToYaml(*config), ToYaml(Config())) << yaml;
  }
}

TEST_F(ConfigTest, TakesListsInEitherStyle) {
  EXPECT_THAT(FromFile("lwm2m:\n  coap:\n    - a:1\n    - b:2\n")->lwm2m.coap,
              ElementsAre("a:1", "b:2"));
  EXPECT_THAT(FromFile("lwm2m: {coap: [a:1, b:2]}\n")->lwm2m.coap, ElementsAre("a:1", "b:2"));
  EXPECT_THAT(FromFile("lwm2m: {coap: 'a:1, b:2'}\n")->lwm2m.coap, ElementsAre("a:1", "b:2"));
  EXPECT_THAT(FromFile("lwm2m: {coap: []}\n")->lwm2m.coap, IsEmpty());
  EXPECT_THAT(FromFile("lwm2m:\n  coap:\n")->lwm2m.coap, IsEmpty());
}

TEST_F(ConfigTest, DotsMayBeWrittenOut) {
  EXPECT_EQ(FromFile("cse.embedded.bind: a:1\n")->cse.embedded_bind, "a:1");
}

TEST_F(ConfigTest, UnknownKeysNameTheClosest) {
  EXPECT_EQ(ErrorOf("cse:\n  # here\n  ulr: http://a\n"),
            "ipe.yaml:3: cse.ulr: found \"cse.ulr\", expected a known key, perhaps cse.url");
  EXPECT_EQ(ErrorOf("logg: {level: info}\n"),
            "ipe.yaml:1: logg: found \"logg\", expected a known key, perhaps cse.id");
}

TEST_F(ConfigTest, WrongShapesAreReported) {
  EXPECT_EQ(ErrorOf("cse: embedded\n"),
            "ipe.yaml:1: cse: found \"embedded\", expected a section of keys");
  EXPECT_THAT(ErrorOf("cse:\n  url: [a, b]\n"), HasSubstr("cse.url: found \"a list\""));
  EXPECT_THAT(ErrorOf("cse:\n  url: {a: b}\n"), HasSubstr("cse.url: found \"a section\""));
  EXPECT_THAT(ErrorOf("lwm2m:\n  coap:\n  - a: 1\n"), HasSubstr("ipe.yaml:3: lwm2m.coap"));
  EXPECT_THAT(ErrorOf("- cse\n"), HasSubstr("ipe.yaml:1: found"));
  EXPECT_THAT(ErrorOf("just words\n"), HasSubstr("ipe.yaml:1: found"));
}

TEST_F(ConfigTest, AKeyGivenTwiceIsReported) {
  EXPECT_THAT(ErrorOf("log:\n  level: info\n  level: debug\n"),
              HasSubstr("ipe.yaml:3: log.level: found \"level\", expected each key once"));
}

TEST_F(ConfigTest, MalformedYamlIsReportedWithItsLine) {
  EXPECT_THAT(ErrorOf("cse:\n  url: [http\n"),
              AllOf(HasSubstr("ipe.yaml:"), HasSubstr("expected well-formed YAML")));
  EXPECT_THAT(ErrorOf("cse:\n\turl: a\n"), HasSubstr("ipe.yaml:2"));
}

TEST_F(ConfigTest, AFileThatCannotBeReadIsReported) {
  const auto missing = LoadConfig(directory_ / "missing.yaml", {}, {});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().ToString(),
              AllOf(HasSubstr("missing.yaml"), HasSubstr("No such file")));
  EXPECT_FALSE(LoadConfig(directory_.path(), {}, {}));
}

// --- the environment
// -------------------------------------------------------------------------------

TEST_F(ConfigTest, UnknownVariablesNameTheClosest) {
  const auto config = LoadConfig("", {{"IPE_CSE_ULR", "http://a"}}, {});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().where, "environment IPE_CSE_ULR");
  EXPECT_THAT(config.error().expected, HasSubstr("IPE_CSE_URL"));
}

TEST_F(ConfigTest, TakesItsOwnVariablesOfTheProcessOnly) {
  for (const char* name : {"IPE_CSE_URL", "IPE_CONFIG", "IPE_DEMO_PORT", "IPE_SERVICE_HOST",
                           "IPE_PORT", "IPE_PORT_8090_TCP", "IPE"}) {
    ASSERT_EQ(setenv(name, "a=b", 1), 0);
  }
  const auto environment = IpeEnvironment();
  EXPECT_EQ(environment.at("IPE_CSE_URL"), "a=b");
  EXPECT_THAT(environment, SizeIs(1));
  for (const char* name : {"IPE_CSE_URL", "IPE_CONFIG", "IPE_DEMO_PORT", "IPE_SERVICE_HOST",
                           "IPE_PORT", "IPE_PORT_8090_TCP", "IPE"}) {
    unsetenv(name);
  }
}

TEST_F(ConfigTest, UnknownFlagsNameTheClosest) {
  const auto config = LoadConfig("", {}, {{"admin.bin", "a:1"}});
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().ToString(), HasSubstr("perhaps admin.bind"));
}

// --- the profile
// -----------------------------------------------------------------------------------

TEST_F(ConfigTest, ReadsEveryMemberOfARule) {
  const auto config = FromFile(R"(
interworking:
  profile:
    - objects: [3, 3300-3350]
      endpoint: "urn:imei:*"
      path: /3/0
      modes: [transparent, mgmtobj, flexcontainer, timeseries]
      observe: false
      pmin: 5
      pmax: 60
      epmin: 1
      epmax: 2
      create: eager
      commands: requests
      subscribe: all
      transparent_commands: true
      read_on_demand: true
      repeat: all
      delivery: latest
      max_instances: 10
      max_bytes: 20
      max_age: 30
      descriptor: true
      ontology_ref: http://example.org/ontology#Device
      labels: [site:berlin, indoor]
    - objects: 7
      pmin: null
    - path: /3303/*/5700
      gt: 30.5
      lt: -5
      st: 0.25
    - endpoint: "urn:imei:*"
      name: meter-{*}
      lifetime: 3600
      default_pmin: 0
      default_pmax: 900
      store_notifications: false
)");
  ASSERT_TRUE(config) << config.error().ToString();
  ASSERT_THAT(config->interworking.rules, SizeIs(4));
  const mapping::Rule& rule = config->interworking.rules[0];
  using Range = std::pair<lwm2m::Id, lwm2m::Id>;
  EXPECT_THAT(rule.objects, ElementsAre(Range{3, 3}, Range{3300, 3350}));
  EXPECT_EQ(rule.endpoint, "urn:imei:*");
  EXPECT_EQ(rule.path, lwm2m::Path(3, 0));
  EXPECT_EQ(rule.semantic, false);
  EXPECT_EQ(rule.transparent, true);
  EXPECT_EQ(rule.observe, false);
  EXPECT_EQ(rule.pmin, 5u);
  EXPECT_EQ(rule.pmax, 60u);
  EXPECT_EQ(rule.create, mapping::Create::kEager);
  EXPECT_EQ(rule.commands, mapping::Commands::kRequests);
  EXPECT_EQ(rule.transparent_commands, true);
  EXPECT_EQ(rule.read_on_demand, true);
  EXPECT_EQ(rule.repeat, mapping::Repeat::kAll);
  EXPECT_EQ(rule.delivery, mapping::DeliveryKind::kLatest);
  EXPECT_EQ(rule.max_number_of_instances, 10);
  EXPECT_EQ(rule.max_byte_size, 20);
  EXPECT_EQ(rule.max_instance_age, 30);
  EXPECT_EQ(rule.management_object, true);
  EXPECT_EQ(rule.flex_container, true);
  EXPECT_EQ(rule.time_series, true);
  EXPECT_EQ(rule.epmin, 1u);
  EXPECT_EQ(rule.epmax, 2u);
  EXPECT_EQ(rule.subscribe, mapping::Subscribe::kAll);
  EXPECT_EQ(rule.descriptor, true);
  EXPECT_EQ(rule.ontology_ref, "http://example.org/ontology#Device");
  EXPECT_THAT(rule.labels, ElementsAre("site:berlin", "indoor"));
  EXPECT_THAT(rule.place, HasSubstr("ipe.yaml:4"));
  EXPECT_TRUE(config->interworking.rules[1].no_pmin);
  const mapping::Rule& conditions = config->interworking.rules[2];
  EXPECT_EQ(conditions.path, lwm2m::Path(3303, 0, 5700));
  EXPECT_TRUE(conditions.any_instance);
  EXPECT_EQ(conditions.greater_than, 30.5);
  EXPECT_EQ(conditions.less_than, -5);
  EXPECT_EQ(conditions.step, 0.25);
  EXPECT_EQ(config->interworking.profile.NameFor("urn:imei:12"), "meter-12");
  const mapping::Rule& client = config->interworking.rules[3];
  EXPECT_EQ(client.lifetime, 3600u);
  EXPECT_EQ(client.default_pmin, 0u);
  EXPECT_EQ(client.default_pmax, 900u);
  EXPECT_EQ(client.store_notifications, false);

  const auto settings = config->interworking.profile.For("urn:imei:1", lwm2m::Path(3, 0, 9));
  EXPECT_TRUE(settings.transparent);
  EXPECT_FALSE(settings.semantic);
  EXPECT_EQ(settings.pmin, 5u);
  EXPECT_FALSE(config->interworking.profile.For("x", lwm2m::Path(7, 0)).pmin);

  const auto again = FromFile(ToYaml(*config));
  ASSERT_TRUE(again) << again.error().ToString() << "\n" << ToYaml(*config);
  EXPECT_EQ(ToYaml(*again), ToYaml(*config));
}

TEST_F(ConfigTest, ModesHoldForAllObjectsUntilARuleSaysOtherwise) {
  const auto config = LoadConfig("", {{"IPE_INTERWORKING_MODES", "transparent"}},
                                 {{"interworking.profile", "[{objects: 3, modes: [semantic]}]"}});
  ASSERT_TRUE(config) << config.error().ToString();
  const auto temperature = config->interworking.profile.For("ep", lwm2m::Path(3303, 0));
  EXPECT_TRUE(temperature.transparent);
  EXPECT_FALSE(temperature.semantic);
  EXPECT_EQ(temperature.pmin, 10u);
  EXPECT_TRUE(config->interworking.profile.For("ep", lwm2m::Path(3, 0)).semantic);
}

TEST_F(ConfigTest, NoModeAtAllIsAMistake) {
  const auto config = LoadConfig("", {{"IPE_INTERWORKING_MODES", ""}}, {});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().where, "environment IPE_INTERWORKING_MODES");
}

TEST_F(ConfigTest, MistakesInARuleAreReportedWithTheirLine) {
  const std::string head = "interworking:\n  profile:\n    - objects: [3]\n    - ";
  const auto rule = [&](const std::string& member) { return ErrorOf(head + member + "\n"); };
  EXPECT_EQ(rule("pmim: 3"),
            "ipe.yaml:4: interworking.profile[1].pmim: found \"pmim\", "
            "expected a member of a rule, perhaps pmin");
  EXPECT_THAT(rule("objects: [9-3]"), HasSubstr("ipe.yaml:4: interworking.profile[1].objects"));
  EXPECT_THAT(rule("objects: []"), HasSubstr("[1].objects"));
  EXPECT_THAT(rule("objects: 65535"), HasSubstr("[1].objects: found \"65535\""));
  EXPECT_THAT(rule("path: 3//0"), HasSubstr("[1].path"));
  EXPECT_THAT(rule("modes: [none]"), HasSubstr("[1].modes"));
  EXPECT_THAT(rule("pmin: -1"), HasSubstr("[1].pmin: found \"-1\", expected seconds, or null"));
  EXPECT_THAT(rule("pmax: 4294967296"), HasSubstr("[1].pmax"));
  EXPECT_THAT(rule("observe: 2"), HasSubstr("expected true or false"));
  EXPECT_THAT(rule("create: never"), HasSubstr("expected lazy or eager"));
  EXPECT_THAT(rule("max_age: soon"), HasSubstr("[1].max_age"));
  EXPECT_THAT(rule("endpoint: ''"), HasSubstr("[1].endpoint"));
  EXPECT_THAT(rule("pmin: 1\n      pmin: 2"), HasSubstr("each member once"));
  EXPECT_THAT(rule("path: /*/0"), HasSubstr("[1].path"));
  EXPECT_THAT(rule("path: /3303/0/*"), HasSubstr("[1].path"));
  EXPECT_THAT(rule("subscribe: some"), HasSubstr("expected none, commands or all"));
  EXPECT_THAT(rule("ontology_ref: no uri"), HasSubstr("[1].ontology_ref: found \"no uri\""));
  EXPECT_THAT(rule("labels: [a b]"), HasSubstr("[1].labels"));
  EXPECT_THAT(rule("descriptor: perhaps"), HasSubstr("[1].descriptor"));
  EXPECT_THAT(rule("words"), HasSubstr("[1]: found \"words\", expected a rule"));
  EXPECT_THAT(ErrorOf("interworking:\n  profile: {objects: 3}\n"), HasSubstr("a list of rules"));
  const auto flag = LoadConfig("", {}, {{"interworking.profile", "[{objects: x}]"}});
  ASSERT_FALSE(flag);
  EXPECT_EQ(flag.error().where, "flag --set interworking.profile");
  EXPECT_FALSE(LoadConfig("", {}, {{"interworking.profile", "[{"}}));
}

// ATT-3: what a device would refuse, or what could have no effect.
TEST_F(ConfigTest, AttributesOfARuleFitEachOtherAndItsPath) {
  const auto rule = [&](const std::string& members) {
    return ErrorOf("interworking:\n  profile:\n    - " + members + "\n");
  };
  const std::string path = "path: /3303/0/5700\n      ";
  EXPECT_THAT(rule("objects: 3303\n      gt: 5"),
              HasSubstr("ipe.yaml:4: interworking.profile[0].gt: found \"5\", expected a path of"));
  EXPECT_THAT(rule("path: /3303/0\n      st: 1"), HasSubstr("[0].st"));
  EXPECT_THAT(rule(path + "gt: 1\n      lt: 2"),
              HasSubstr("ipe.yaml:5: interworking.profile[0].lt"));
  EXPECT_THAT(rule(path + "gt: 3\n      lt: 2\n      st: 1"),
              HasSubstr("lt + 2 st is not below gt"));
  EXPECT_THAT(rule(path + "st: -1"), HasSubstr("st is negative"));
  EXPECT_THAT(rule(path + "gt: nan"), HasSubstr("[0].gt: found \"nan\", expected a number"));
  EXPECT_THAT(rule("epmin: 5\n      epmax: 5"), HasSubstr("[0].epmin"));
}

// R66: settings of the device's Server object.
TEST_F(ConfigTest, SettingsOfADeviceAreOfTheWholeDeviceAndInRange) {
  const auto rule = [&](const std::string& members) {
    return ErrorOf("interworking:\n  profile:\n    - " + members + "\n");
  };
  EXPECT_EQ(rule("lifetime: 1"), "no error");
  EXPECT_EQ(rule("endpoint: a\n      lifetime: 4294967295\n      default_pmax: 0"), "no error");
  EXPECT_THAT(rule("endpoint: a\n      lifetime: 0"),
              HasSubstr("ipe.yaml:4: interworking.profile[0].lifetime: found \"0\", "
                        "expected seconds from 1"));
  EXPECT_THAT(rule("lifetime: 4294967296"), HasSubstr("[0].lifetime"));
  EXPECT_THAT(rule("lifetime: 1h"), HasSubstr("[0].lifetime: found \"1h\""));
  EXPECT_THAT(rule("default_pmin: -1"), HasSubstr("[0].default_pmin: found \"-1\""));
  EXPECT_THAT(rule("default_pmax: soon"), HasSubstr("[0].default_pmax"));
  EXPECT_THAT(rule("store_notifications: 2"),
              HasSubstr("[0].store_notifications: found \"2\", expected true or false"));
  EXPECT_THAT(rule("objects: 3\n      lifetime: 60"),
              HasSubstr("ipe.yaml:4: interworking.profile[0].lifetime: found \"60\", expected no "
                        "objects and no path"));
  EXPECT_THAT(rule("path: /1/0\n      store_notifications: true"),
              HasSubstr("[0].store_notifications: found \"true\", expected no objects"));
  EXPECT_THAT(rule("default_pmin: 60\n      default_pmax: 59"),
              HasSubstr("ipe.yaml:4: interworking.profile[0].default_pmax: found \"59\""));
  EXPECT_EQ(rule("default_pmin: 60\n      default_pmax: 60"), "no error");
}

TEST_F(ConfigTest, ANameFitsTheEndpointsOfItsRule) {
  const auto rule = [&](const std::string& members) {
    return ErrorOf("interworking:\n  profile:\n    - " + members + "\n");
  };
  EXPECT_EQ(rule("endpoint: roof\n      name: roof-sensor"), "no error");
  EXPECT_EQ(rule("name: \"site1-{endpoint}\""), "no error");
  EXPECT_THAT(rule("endpoint: \"urn:*\"\n      name: sensor"),
              HasSubstr("ipe.yaml:4: interworking.profile[0].name: found \"sensor\", expected "
                        "{endpoint} or {*} in it"));
  EXPECT_THAT(rule("endpoint: \"*:*\"\n      name: \"s-{*}\""),
              HasSubstr("an endpoint with one *"));
  EXPECT_THAT(rule("objects: 3\n      name: \"s-{endpoint}\""), HasSubstr("no objects"));
  EXPECT_THAT(rule("name: \"a b\""), HasSubstr("a resource name"));
  EXPECT_THAT(rule("name: \"{imei}\""), HasSubstr("a resource name"));
}

// --- docs/configuration.md
// -------------------------------------------------------------------------

TEST(ConfigDocumentationTest, ListsEveryKeyWithItsDefaultAndVariable) {
  std::ifstream page(IPE_SOURCE_DIR "/docs/configuration.md");
  ASSERT_TRUE(page) << "docs/configuration.md";
  std::vector<std::string> documented;
  std::string line;
  while (std::getline(page, line)) {
    if (line.find("`IPE_") == std::string::npos || line.rfind("| `", 0) != 0) continue;
    // "| `key` | `default` | `variable` |": what stands before the meaning.
    const auto end = line.find(" | ", line.find("`IPE_"));
    documented.push_back(line.substr(0, end));
  }
  std::vector<std::string> known;
  for (const ConfigKey& key : ConfigKeys()) {
    std::string standard = key.write ? ValueOf(Config(), key) : "";
    standard = standard.empty() ? "none" : "`" + standard + "`";
    known.push_back("| `" + key.name + "` | " + standard + " | `" + EnvironmentName(key.name) +
                    "`");
  }
  EXPECT_EQ(documented, known);
}

}  // namespace
}  // namespace ipe

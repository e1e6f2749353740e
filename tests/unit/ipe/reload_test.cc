#include "ipe/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ipe/config_schema.h"

namespace ipe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Config ConfigOf(const std::map<std::string, std::string>& flags) {
  auto config = LoadConfig("", {}, flags);
  EXPECT_TRUE(config) << config.error().ToString();
  return *config;
}

TEST(ReloadTest, TakesOverNothingWhereNothingDiffers) {
  Config current = ConfigOf({{"interworking.profile", "[{objects: 3, pmin: 1}]"}});
  const ConfigChanges changes = TakeOver(Config(current), current);
  EXPECT_THAT(changes.applied, IsEmpty());
  EXPECT_THAT(changes.need_restart, IsEmpty());
}

TEST(ReloadTest, TakesOverWhatMayChangeAndNamesTheRest) {
  Config current;
  const Config wanted = ConfigOf({{"interworking.profile", "[{objects: 3, pmin: 1}]"},
                                  {"interworking.labels", "seed"},
                                  {"registration.patience", "5s"},
                                  {"cse.url", "http://other.example"},
                                  {"lwm2m.coap", "0.0.0.0:1"}});
  const ConfigChanges changes = TakeOver(wanted, current);
  EXPECT_THAT(changes.applied,
              ElementsAre("interworking.labels", "interworking.profile", "registration.patience"));
  EXPECT_THAT(changes.need_restart, ElementsAre("cse.url", "lwm2m.coap"));
  EXPECT_EQ(current.interworking.profile.For("ep", lwm2m::Path(3, 0)).pmin, 1u);
  EXPECT_EQ(current.interworking.labels, mapping::LabelFamily::kSeed);
  EXPECT_EQ(current.registration.patience, std::chrono::seconds(5));
  EXPECT_EQ(current.cse.url, "embedded");
  EXPECT_EQ(current.lwm2m.coap, std::vector<std::string>{"0.0.0.0:5683"});
}

TEST(ReloadTest, ModesAreRulesToo) {
  Config current;
  const ConfigChanges changes =
      TakeOver(ConfigOf({{"interworking.modes", "transparent"}}), current);
  EXPECT_THAT(changes.applied, ElementsAre("interworking.modes"));
  EXPECT_FALSE(current.interworking.profile.For("ep", lwm2m::Path(3, 0)).semantic);
}

// docs/configuration.md lists the keys that SIGHUP applies.
TEST(ReloadTest, EveryLiveKeyExistsAndIsDocumented) {
  std::ifstream page(IPE_SOURCE_DIR "/docs/configuration.md");
  std::stringstream text;
  text << page.rdbuf();
  const std::string all = text.str();
  const std::size_t begin = all.find("## Changes while the service runs");
  ASSERT_NE(begin, std::string::npos);
  const std::string section = all.substr(begin, all.find("\n## ", begin + 1) - begin);
  for (const ConfigKey& key : ConfigKeys()) {
    const bool listed = section.find("`" + key.name + "`") != std::string::npos;
    EXPECT_EQ(listed, MayChangeLive(key.name)) << key.name;
  }
}

}  // namespace
}  // namespace ipe

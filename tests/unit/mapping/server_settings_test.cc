#include "mapping/server_settings.h"

#include <gtest/gtest.h>

namespace mapping {
namespace {

using lwm2m::Path;

Rule RuleFor(const char* endpoint) {
  Rule rule;
  rule.endpoint = endpoint;
  return rule;
}

TEST(ServerSettingsTest, AreNoneWithoutARule) {
  EXPECT_EQ(ServerSettingsFor(Profile::Default(), "ep"), ServerSettings());
}

TEST(ServerSettingsTest, AreOfTheLastRuleForTheEndpointMemberByMember) {
  Profile profile = Profile::Default();
  Rule all = RuleFor("meter-*");
  all.lifetime = 60;
  all.default_pmax = 900;
  profile.Add(all);
  Rule one = RuleFor("meter-1");
  one.lifetime = 120;
  one.store_notifications = false;
  profile.Add(one);

  const ServerSettings settings = ServerSettingsFor(profile, "meter-1");
  EXPECT_EQ(settings.lifetime, 120u);
  EXPECT_EQ(settings.default_pmin, std::nullopt);
  EXPECT_EQ(settings.default_pmax, 900u);
  EXPECT_EQ(settings.store_notifications, false);
  EXPECT_EQ(ServerSettingsFor(profile, "meter-2").lifetime, 60u);
  EXPECT_EQ(ServerSettingsFor(profile, "other"), ServerSettings());
}

TEST(ServerSettingsTest, GoToTheServerInstanceThatIsDeclared) {
  lwm2m::ObjectList objects;
  EXPECT_EQ(ServerInstance(objects), std::nullopt);
  objects.paths = {Path(1), Path(3, 0)};
  EXPECT_EQ(ServerInstance(objects), Path(1, 0));
  objects.paths = {Path(1, 2), Path(1, 4), Path(3, 0)};
  EXPECT_EQ(ServerInstance(objects), Path(1, 2));
}

TEST(ServerSettingsTest, AreWrittenInTheirTypes) {
  lwm2m::ObjectList objects;
  objects.Add(Path(1, 2));
  ServerSettings settings;
  EXPECT_TRUE(WritesOf(settings, objects).empty());
  settings.lifetime = 4294967295u;
  settings.default_pmin = 0;
  settings.default_pmax = 900;
  settings.store_notifications = true;
  const auto writes = WritesOf(settings, objects);
  ASSERT_EQ(writes.size(), 4u);
  const lwm2m::Value values[] = {std::int64_t{4294967295}, std::int64_t{0}, std::int64_t{900},
                                 true};
  const lwm2m::Id resources[] = {1, 2, 3, 6};
  for (std::size_t i = 0; i < writes.size(); ++i) {
    EXPECT_EQ(writes[i].kind, lwm2m::OperationKind::kWriteReplace);
    EXPECT_EQ(writes[i].path, Path(1, 2, resources[i]));
    ASSERT_EQ(writes[i].records.size(), 1u);
    EXPECT_EQ(writes[i].records[0].path, writes[i].path);
    EXPECT_EQ(writes[i].records[0].value, values[i]);
    EXPECT_TRUE(lwm2m::Validate(writes[i]));
  }
  EXPECT_TRUE(WritesOf(settings, lwm2m::ObjectList()).empty());
}

}  // namespace
}  // namespace mapping

#include "lwm2m/bootstrap_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/example_objects.h"
#include "tests/support/recorded_clients.h"
#include "tests/unit/lwm2m/bootstrap_example.h"

namespace lwm2m {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// "delete /0", "write /0/1", …
std::vector<std::string> Texts(const std::vector<BootstrapStep>& steps) {
  std::vector<std::string> texts;
  for (const BootstrapStep& step : steps) {
    texts.push_back(std::string(ToString(step.kind)) + " " + step.path.ToString());
  }
  return texts;
}

std::vector<std::string> PlanFor(const BootstrapAccount& account, const char* links = nullptr) {
  std::optional<BootstrapInventory> inventory;
  if (links != nullptr) inventory = ReadInventory(links).value();
  return Texts(PlanBootstrap(account, inventory, ExampleObjects()));
}

TEST(BootstrapInventoryTest, Bs7ReadsTheExampleOfTheStandard) {
  const auto inventory =
      ReadInventory(R"(lwm2m="1.0",</0/0>;ssid=101,</0/1>,</1/0>;ssid=101,</3/0>,</5>,</4>)");
  ASSERT_TRUE(inventory.has_value());
  EXPECT_EQ(inventory->version, "1.0");
  EXPECT_THAT(inventory->security, ElementsAre(Pair(0, 101), Pair(1, std::nullopt)));
  EXPECT_THAT(inventory->servers, ElementsAre(Pair(0, 101)));
  EXPECT_FALSE(inventory->IsBootstrapAccount(0));
  EXPECT_TRUE(inventory->IsBootstrapAccount(1));
  EXPECT_FALSE(inventory->IsBootstrapAccount(2));
}

TEST(BootstrapInventoryTest, TakesShortServerIdsThatNameNoServerForNone) {
  const auto inventory =
      ReadInventory("</>;lwm2m=1.1,</0/0>;ssid=0,</0/1>;ssid=65535,</0/2>;ssid=x");
  for (const Id instance : {Id{0}, Id{1}, Id{2}})
    EXPECT_TRUE(inventory->IsBootstrapAccount(instance));
}

TEST(BootstrapInventoryTest, RefusesWhatIsNoLinkFormat) {
  EXPECT_FALSE(ReadInventory("no links").has_value());
}

// The version and bootstrap account of every recorded client that answered a Discover.
TEST(BootstrapInventoryTest, ReadsRecordedClients) {
  std::map<std::string, std::pair<std::string, Id>> seen;
  for (const auto& message : tests::RecordedMessages()) {
    if (message.name.find("bootstrap-discover") == std::string::npos || !message.from_client) {
      continue;
    }
    const auto inventory = ReadInventory(message.datagram.payload);
    ASSERT_TRUE(inventory.has_value()) << message.name;
    ASSERT_EQ(inventory->security.size(), 1u) << message.name;
    const Id instance = inventory->security.begin()->first;
    EXPECT_TRUE(inventory->IsBootstrapAccount(instance)) << message.name;
    seen[message.name] = {inventory->version, instance};
  }
  EXPECT_THAT(seen, ElementsAre(Pair("anjay-1.0-bootstrap-discover", Pair("1.0", 1)),
                                Pair("anjay-1.1-bootstrap-discover", Pair("1.1", 1)),
                                Pair("anjay-1.1-bootstrap-discover-after-delete", Pair("1.1", 1)),
                                Pair("leshan-bootstrap-discover", Pair("1.0", 0)),
                                Pair("wakaama-bootstrap-discover", Pair("1.1", 0)),
                                Pair("wakaama-bootstrap-discover-after-delete", Pair("1.1", 0))));
}

TEST(BootstrapPlanTest, DeletesWritesAndFinishesInThisOrder) {
  EXPECT_THAT(PlanFor(AccountOf(NoSecServer())),
              ElementsAre("delete /0", "delete /1", "write /0/1", "write /1/0", "finish /"));
}

TEST(BootstrapPlanTest, LeavesTheBootstrapAccountAlone) {
  EXPECT_THAT(PlanFor(AccountOf(NoSecServer()), "</>;lwm2m=1.1,</0/1>,</1>"),
              ElementsAre("delete /0", "delete /1", "write /0/0", "write /1/0", "finish /"));
  BootstrapAccount account = AccountOf(NoSecServer());
  account.deletes = {Path(0, 0), Path(0, 1)};
  account.servers[0].security_instance = 1;
  EXPECT_THAT(PlanFor(account, "</>;lwm2m=1.1,</0/1>,</1>"),
              ElementsAre("delete /0/0", "write /0/0", "write /1/0", "finish /"));
}

TEST(BootstrapPlanTest, TakesNoListedInstanceWhereNoneLooksLikeTheBootstrapAccount) {
  const auto plan = PlanFor(AccountOf(NoSecServer()), "</0/0>;ssid=1,</0/1>;ssid=2");
  EXPECT_EQ(plan[2], "write /0/2");
}

TEST(BootstrapPlanTest, OverwritesTheAccountOfTheSameServerThatWasNotDeleted) {
  BootstrapAccount account = AccountOf(NoSecServer(101));
  account.servers.push_back(NoSecServer(102));
  account.deletes.clear();
  EXPECT_THAT(
      PlanFor(account, "</0/0>,</0/4>;ssid=101,</0/1>;ssid=9,</1/7>;ssid=101,</1/0>;ssid=9"),
      ElementsAre("write /0/4", "write /0/2", "write /1/7", "write /1/1", "finish /"));
}

TEST(BootstrapPlanTest, TakesTheInstancesThatTheAccountNames) {
  BootstrapAccount account = AccountOf(NoSecServer(101));
  account.servers.push_back(NoSecServer(102));
  account.servers[1].security_instance = 1;
  account.servers[1].server_instance = 0;
  account.deletes.clear();
  EXPECT_THAT(PlanFor(account),
              ElementsAre("write /0/2", "write /0/1", "write /1/1", "write /1/0", "finish /"));
  account.servers[0].security_instance = 0;
  EXPECT_EQ(PlanFor(account)[0], "write /0/0") << "somebody knows the client";
}

TEST(BootstrapPlanTest, WritesOtherObjectsByInstanceOrByResource) {
  BootstrapAccount account = AccountOf(NoSecServer());
  ObjectModel model = ExampleObjects();
  ObjectDefinition device = *model.Find(3);
  device.multiple = false;
  model.Add(device);
  account.deletes.clear();
  account.access_control = {{3, 0, 101, {{101, 15}}}};
  account.values = {{Path(3, 0, 14), std::string("+01:00"), {}},
                    {Path(3, 0, 15), std::string("Europe/Paris"), {}},
                    {Path(16, 2, 0, 0), std::string("a"), {}},
                    {Path(16, 2, 0, 1), std::string("b"), {}}};
  account.reads = {Path(1)};
  const auto steps = PlanBootstrap(account, std::nullopt, model);
  EXPECT_THAT(Texts(steps), ElementsAre("write /0/1", "write /1/0", "write /2/0", "write /3/0/14",
                                        "write /3/0/15", "write /16/2", "read /1", "finish /"));
  EXPECT_EQ(steps[5].records.size(), 2u);
  EXPECT_TRUE(steps[0].required);
  EXPECT_TRUE(steps[1].required);
  EXPECT_FALSE(steps[2].required);
}

TEST(BootstrapPlanTest, Bs16PacksEverythingThatIsWritten) {
  BootstrapAccount account = AccountOf(PskServer());
  account.values = {{Path(3, 0, 14), std::string("+01:00"), {}}};
  const auto records = BootstrapPack(account, ExampleObjects());
  std::set<Path> instances;
  for (const Record& record : records) instances.insert(record.path.Prefix(2));
  EXPECT_THAT(instances, ElementsAre(Path(0, 1), Path(1, 0), Path(3, 0)));
}

}  // namespace
}  // namespace lwm2m

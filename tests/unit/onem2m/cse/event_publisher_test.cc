#include "onem2m/cse/event_publisher.h"

#include "cse_fixture.h"

namespace onem2m::cse {
namespace {

class EventPublisherTest : public CseFixture {};

TEST_F(EventPublisherTest, VerifiesTheTargetBeforeTheSubscriptionExists) {
  CreateAeAndContainer();
  sink_.during_verification = [this] {
    EXPECT_EQ(Code(Retrieve("cse-in/ae/c/s")), 4004);  // also: no lock is held
  };
  const auto response = Subscribe(R"({"net":[3]})");
  EXPECT_EQ(Code(response), 2001) << response.content;
  ASSERT_EQ(sink_.verified.size(), 1u);
  EXPECT_EQ(sink_.verified[0].url, kUrl);
  EXPECT_EQ(sink_.verified[0].content, R"({"m2m:sgn":{"vrq":true,"sur":"/id-in/)" +
                                           Text(response, "ri") + R"(","cr":"Cowner"}})");
}

TEST_F(EventPublisherTest, RefusesASubscriptionWhoseTargetDoesNotAnswer) {
  CreateAeAndContainer();
  sink_.accepts = false;
  EXPECT_EQ(Code(Subscribe(R"({"net":[3]})")), 5204);
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/s")), 4004);
}

TEST_F(EventPublisherTest, ChecksAgainWhatMayHaveChangedDuringVerification) {
  CreateAeAndContainer();
  sink_.during_verification = [this] { EXPECT_EQ(Code(Delete("cse-in/ae/c")), 2002); };
  EXPECT_EQ(Code(Subscribe(R"({"net":[3]})")), 4004);
}

TEST_F(EventPublisherTest, DoesNotVerifyTheOriginatorItself) {
  ASSERT_EQ(Code(CreateAe("ae", kOwner, R"(,"poa":["http://127.0.0.1:9/poa"])")), 2001);
  ASSERT_EQ(Code(Create("cse-in/ae", 3, R"({"m2m:cnt":{"rn":"c"}})")), 2001);
  for (const char* nu : {"Cowner", "/id-in/Cowner", "cse-in/ae"}) {
    EXPECT_EQ(
        Code(Create("cse-in/ae/c", 23,
                    R"({"m2m:sub":{"nu":[")" + std::string(nu) + R"("],"enc":{"net":[3]}}})")),
        2001)
        << nu;
  }
  EXPECT_TRUE(sink_.verified.empty());
  // Each subscription was a new child that the earlier ones are told about.
  EXPECT_EQ(sink_.posted.size(), 3u);
  sink_.posted.clear();
  AddInstance("1");
  ASSERT_EQ(sink_.posted.size(), 3u);
  EXPECT_EQ(sink_.posted[0].url, "http://127.0.0.1:9/poa");
}

TEST_F(EventPublisherTest, RefusesTargetsThatLeadNowhere) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(CreateAe("other", "Cother")), 2001);  // without a point of access
  for (const char* nu : {"https://127.0.0.1/x", "Cother", "nosuchthing", "cse-in/ae/c"}) {
    EXPECT_EQ(
        Code(Create("cse-in/ae/c", 23,
                    R"({"m2m:sub":{"nu":[")" + std::string(nu) + R"("],"enc":{"net":[3]}}})")),
        5204)
        << nu;
  }
}

TEST_F(EventPublisherTest, NotifiesOfANewChild) {
  CreateAeAndContainer();
  const std::string id = Text(Subscribe(R"({"net":[3]})"), "ri");
  AddInstance("21.5", "v1");
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(sink_.posted[0].url, kUrl);
  EXPECT_EQ(Event(0, {"sur"}), Value("/id-in/" + id));
  EXPECT_EQ(Event(0, {"nev", "net"}), Value(3));
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:cin", "con"}), Value("21.5"));
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:cin", "rn"}), Value("v1"));
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:cin", "ty"}), Value(4));
  EXPECT_TRUE(Event(0, {"cr"}).IsNull());
}

TEST_F(EventPublisherTest, NotifiesOnlyOfTypesAskedFor) {
  CreateAeAndContainer();
  Subscribe(R"({"net":[3],"chty":[4]})");
  ASSERT_EQ(Code(Create("cse-in/ae/c", 3, R"({"m2m:cnt":{}})")), 2001);
  EXPECT_TRUE(sink_.posted.empty());
  AddInstance("1");
  EXPECT_EQ(sink_.posted.size(), 1u);
}

TEST_F(EventPublisherTest, NotifiesOfAnUpdate) {
  CreateAeAndContainer();
  const auto subscription =
      Create("cse-in/ae/c", 23,
             R"({"m2m:sub":{"rn":"s","nu":[")" + std::string(kUrl) + R"("],"cr":null}})");
  EXPECT_EQ(Serialize(Attribute(subscription, "enc")), R"({"net":[1]})");
  EXPECT_EQ(Attribute(subscription, "nct"), Value(1));
  AddInstance("1");
  EXPECT_TRUE(sink_.posted.empty());
  EXPECT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"lbl":["x"]}})")), 2004);
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(Event(0, {"nev", "net"}), Value(1));
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:cnt", "lbl"}), Value(Array{"x"}));
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:cnt", "rn"}), Value("c"));
  EXPECT_EQ(Event(0, {"cr"}), Value(kOwner));
}

TEST_F(EventPublisherTest, NotifiesOfModifiedAttributesOnly) {
  CreateAeAndContainer(R"(,"mni":3)");
  Subscribe(R"({"net":[1]})", R"(,"nct":2)");
  now_ += std::chrono::seconds(5);
  Update("cse-in/ae/c", R"({"m2m:cnt":{"lbl":["x"]}})");
  EXPECT_EQ(Serialize(Event(0, {"nev", "rep"})),
            R"({"m2m:cnt":{"lt":"20270115T080005","st":1,"lbl":["x"]}})");
}

TEST_F(EventPublisherTest, NotifiesOfChosenAttributesOnly) {
  CreateAeAndContainer();
  Subscribe(R"({"net":[1],"atr":["mni"]})");
  Update("cse-in/ae/c", R"({"m2m:cnt":{"lbl":["x"]}})");
  EXPECT_TRUE(sink_.posted.empty());
  Update("cse-in/ae/c", R"({"m2m:cnt":{"mni":5}})");
  EXPECT_EQ(sink_.posted.size(), 1u);
}

TEST_F(EventPublisherTest, NotifiesWithTheIdentifierAlone) {
  CreateAeAndContainer();
  Subscribe(R"({"net":[3]})", R"(,"nct":3)");
  const std::string id = Text(AddInstance("1"), "ri");
  EXPECT_EQ(Serialize(Event(0, {"nev", "rep"})), R"({"m2m:uri":")" + id + "\"}");
}

TEST_F(EventPublisherTest, NotifiesOfDeletions) {
  CreateAeAndContainer();
  Subscribe(R"({"net":[2,4]})");
  AddInstance("1", "v");
  EXPECT_EQ(Code(Delete("cse-in/ae/c/v")), 2002);
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(Event(0, {"nev", "net"}), Value(4));
  EXPECT_EQ(Event(0, {"nev", "rep", "m2m:cin", "con"}), Value("1"));
  EXPECT_EQ(Code(Delete("cse-in/ae")), 2002);
  ASSERT_EQ(sink_.posted.size(), 2u);
  EXPECT_EQ(Event(1, {"nev", "net"}), Value(2));
  EXPECT_EQ(Event(1, {"nev", "rep", "m2m:cnt", "rn"}), Value("c"));
}

TEST_F(EventPublisherTest, NotifiesOfExpiryButNotOfEviction) {
  CreateAeAndContainer(R"(,"mni":1,"mia":60)");
  Subscribe(R"({"net":[4]})");
  AddInstance("1");
  AddInstance("2");
  EXPECT_TRUE(sink_.posted.empty());
  EXPECT_EQ(cse_.Expire(now_ + std::chrono::seconds(60)), 1u);
  EXPECT_EQ(sink_.posted.size(), 1u);
}

TEST_F(EventPublisherTest, TellsTheSubscriberThatItsSubscriptionIsGone) {
  CreateAeAndContainer();
  const std::string id =
      Text(Subscribe(R"({"net":[3]})", R"(,"su":"http://127.0.0.1:9/su")"), "ri");
  EXPECT_EQ(Code(Delete("cse-in/ae")), 2002);
  ASSERT_EQ(sink_.posted.size(), 1u);
  EXPECT_EQ(sink_.posted[0].url, "http://127.0.0.1:9/su");
  EXPECT_EQ(sink_.posted[0].content, R"({"m2m:sgn":{"sud":true,"sur":"/id-in/)" + id + "\"}}");
}

TEST_F(EventPublisherTest, EndsASubscriptionWhenItsCounterRunsOut) {
  CreateAeAndContainer();
  Subscribe(R"({"net":[3]})", R"(,"exc":2)");
  AddInstance("1");
  EXPECT_EQ(Attribute(Retrieve("cse-in/ae/c/s"), "exc"), Value(1));
  AddInstance("2");
  EXPECT_EQ(Code(Retrieve("cse-in/ae/c/s")), 4004);
  AddInstance("3");
  EXPECT_EQ(sink_.posted.size(), 2u);
}

TEST_F(EventPublisherTest, StopsWhenTheSubscriberMayNoLongerRead) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(Create("cse-in/ae", 1,
                        R"({"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Capp"],"acop":3}]},
                            "pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})")),
            2001);
  ASSERT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":["cse-in/ae/p"]}})")), 2004);
  ASSERT_EQ(Code(Create("cse-in/ae/c", 23,
                        R"({"m2m:sub":{"nu":[")" + std::string(kUrl) + R"("],"enc":{"net":[3]}}})",
                        "Capp")),
            2001);
  AddInstance("1");
  EXPECT_EQ(sink_.posted.size(), 1u);
  ASSERT_EQ(
      Code(Update("cse-in/ae/p", R"({"m2m:acp":{"pv":{"acr":[{"acor":["Capp"],"acop":1}]}}})")),
      2004);
  AddInstance("2");
  EXPECT_EQ(sink_.posted.size(), 1u);
}

TEST_F(EventPublisherTest, NeedsTheRightToReadForASubscription) {
  CreateAeAndContainer();
  ASSERT_EQ(Code(Create("cse-in/ae", 1,
                        R"({"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Capp"],"acop":1}]},
                            "pvs":{"acr":[{"acor":["Cowner"],"acop":63}]}}})")),
            2001);
  ASSERT_EQ(Code(Update("cse-in/ae/c", R"({"m2m:cnt":{"acpi":["cse-in/ae/p"]}})")), 2004);
  EXPECT_EQ(Code(Create("cse-in/ae/c", 23,
                        R"({"m2m:sub":{"nu":[")" + std::string(kUrl) + R"("],"enc":{"net":[3]}}})",
                        "Capp")),
            4103);
}

TEST_F(EventPublisherTest, RefusesWhatCannotBeSubscribedTo) {
  CreateAeAndContainer();
  AddInstance("1", "v");
  EXPECT_EQ(Code(Create("cse-in/ae/c/v", 23, R"({"m2m:sub":{"nu":["Cowner"]}})")), 5203);
}

TEST_F(EventPublisherTest, RefusesCriteriaThatDoNotFit) {
  CreateAeAndContainer();
  EXPECT_EQ(Code(Subscribe(R"({"net":3})")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[]})")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[0]})")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[11]})")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[5]})")), 5001);
  EXPECT_EQ(Code(Subscribe(R"({"net":[1],"chty":[4]})")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[3],"atr":["lbl"]})")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[3],"x":1})")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[3],"om":[{"ops":2}]})")), 5001);
  EXPECT_EQ(Code(Subscribe(R"({"net":[3]})", R"(,"nct":2)")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[1,3]})", R"(,"nct":2)")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[3]})", R"(,"nct":4)")), 4000);
  EXPECT_EQ(Code(Subscribe(R"({"net":[3]})", R"(,"exc":0)")), 4000);
  EXPECT_EQ(Code(Create("cse-in/ae/c", 23, R"({"m2m:sub":{"enc":{"net":[3]}}})")), 4000);
  EXPECT_EQ(Code(Create("cse-in/ae/c", 23, R"({"m2m:sub":{"nu":"http://127.0.0.1:9/n"}})")), 4000);
  EXPECT_TRUE(sink_.verified.empty());
}

TEST_F(EventPublisherTest, HoldsBackWhatDoesNotMeetTheConditions) {
  CreateAeAndContainer();
  Subscribe(R"({"net":[3],"sza":3})");
  AddInstance("ab");
  EXPECT_TRUE(sink_.posted.empty());
  AddInstance("abc");
  EXPECT_EQ(sink_.posted.size(), 1u);
}

TEST_F(EventPublisherTest, FollowsAnUpdateOfTheSubscription) {
  CreateAeAndContainer();
  Subscribe(R"({"net":[3]})");
  sink_.verified.clear();
  const std::string both =
      R"({"m2m:sub":{"nu":[")" + std::string(kUrl) + R"(","http://127.0.0.1:9/m"]}})";
  sink_.accepts = false;
  EXPECT_EQ(Code(Update("cse-in/ae/c/s", both)), 5204);
  sink_.accepts = true;
  sink_.verified.clear();
  EXPECT_EQ(Code(Update("cse-in/ae/c/s", both)), 2004);
  ASSERT_EQ(sink_.verified.size(), 1u);  // only the new one
  EXPECT_EQ(sink_.verified[0].url, "http://127.0.0.1:9/m");
  AddInstance("1");
  EXPECT_EQ(sink_.posted.size(), 2u);
  EXPECT_EQ(Code(Update("cse-in/ae/c/s", R"({"m2m:sub":{"enc":{"net":[4]}}})")), 2004);
  AddInstance("2");
  EXPECT_EQ(sink_.posted.size(), 2u);
  EXPECT_EQ(Code(Update("cse-in/ae/c/s", R"({"m2m:sub":{"enc":null}})")), 2004);
  EXPECT_EQ(Serialize(Attribute(Retrieve("cse-in/ae/c/s"), "enc")), R"({"net":[1]})");
}

}  // namespace
}  // namespace onem2m::cse

#include "lwm2m/firmware_update.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lwm2m/codec/tlv.h"
#include "tests/support/example_objects.h"

namespace lwm2m {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

ObjectModel FirmwareObjects() {
  ObjectModel model;
  model.Add(ExampleObject(3, {{3, Type::kString}}));
  model.Add(ExampleObject(5, {{0, Type::kOpaque},
                              {1, Type::kString},
                              {3, Type::kInteger},
                              {5, Type::kInteger},
                              {8, Type::kInteger, true},
                              {9, Type::kInteger}}));
  return model;
}

Outcome Answer(Code code, std::string text = {},
               std::optional<ContentFormat> format = ContentFormat::kText) {
  CoapResponse response;
  response.code = code;
  response.payload = Payload{format, std::move(text)};
  return Outcome{response};
}

// Object 5 of a device as the specification draws it, and a clock that runs to whatever the update
// waits for. What a device does otherwise, a test says in `instead`, by "PUT /5/0/0".
class FirmwareUpdateTest : public ::testing::Test {
 protected:
  FirmwareUpdateTest() {
    order.image = std::make_shared<const FirmwareImage>(std::string(5000, 'f'));
    order.sources = {"coaps://192.0.2.1:5684/fw/a.bin", "coap://192.0.2.1:5683/fw/a.bin"};
    order.deadline = now + hours(24);
  }

  FirmwareUpdate Make() { return {order, times, model, now}; }

  static std::string NameOf(const Operation& operation) {
    const char* verb = operation.kind == OperationKind::kRead      ? "GET "
                       : operation.kind == OperationKind::kExecute ? "POST "
                                                                   : "PUT ";
    return verb + operation.path.ToString();
  }

  // One operation at most; false when none is due.
  bool Step(FirmwareUpdate& update) {
    const auto operation = update.Next(now);
    if (!operation) return false;
    last = *operation;
    const std::string name = NameOf(*operation);
    log.push_back(name);
    EXPECT_TRUE(state == 2 || name != "POST /5/0/2") << "FW-5";
    const auto special = instead.find(name);
    const Outcome outcome = special == instead.end() ? AnswerTo(*operation) : special->second();
    update.OnOutcome(outcome, now);
    return true;
  }

  // Until it is over, or `limit` has passed.
  void Run(FirmwareUpdate& update, Seconds limit = hours(48)) {
    const TimePoint end = now + limit;
    while (!update.status().finished()) {
      if (Step(update)) continue;
      if (update.status().finished() || update.wake() > end) break;
      now = std::max(now, update.wake());
    }
  }

  Outcome AnswerTo(const Operation& operation) {
    const std::string path = operation.path.ToString();
    if (operation.kind == OperationKind::kRead) {
      if (path == "/5/0/3") return Answer(Code::kContent, std::to_string(state));
      if (path == "/5/0/5") return Answer(Code::kContent, std::to_string(result));
      if (path == "/5/0/9" && delivery) {
        return Answer(Code::kContent, std::to_string(*delivery));
      }
      if (path == "/3/0/3" && !version.empty()) return Answer(Code::kContent, version);
      if (path == "/5/0/8" && protocols) {
        std::vector<Record> records;
        for (std::size_t i = 0; i < protocols->size(); ++i) {
          records.push_back({kFirmwareProtocols.Child(static_cast<Id>(i)), (*protocols)[i], {}});
        }
        return Answer(Code::kContent, *EncodeTlv(records, kFirmwareProtocols, model),
                      ContentFormat::kTlv);
      }
      return Answer(Code::kNotFound);
    }
    if (path == "/5/0/0") {
      package = operation.payload.body();
      result = 0;
      state = package == std::string(1, '\0') ? 0 : 2;
    } else if (path == "/5/0/1") {
      uri = operation.payload.body();
      result = 0;
      state = uri.empty() ? 0 : 2;
    } else if (path == "/5/0/2") {
      state = 0;
      result = 1;
      version = "2.0";
    } else if (path == "/5/0/10") {
      state = 0;
      result = 10;
    }
    return Answer(Code::kChanged);
  }

  std::size_t Count(const std::string& name) const {
    return static_cast<std::size_t>(std::count(log.begin(), log.end(), name));
  }
  static std::function<Outcome()> Gives(Outcome outcome) {
    return [outcome] { return outcome; };
  }

  TimePoint now = TimePoint{} + hours(1);
  const ObjectModel model = FirmwareObjects();
  FirmwareOrder order;
  FirmwareTimes times;

  std::int64_t state = 0, result = 0;
  std::optional<std::int64_t> delivery = 2;
  std::optional<std::vector<std::int64_t>> protocols = std::vector<std::int64_t>{0};
  std::string version = "1.0", package, uri;
  std::map<std::string, std::function<Outcome()>> instead;
  std::vector<std::string> log;
  Operation last;
};

// FW-1, FW-2, FW-5, FW-7: the whole way of a push.
TEST_F(FirmwareUpdateTest, PushGoesFromIdleToSuccess) {
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(update.status().method, FirmwareMethod::kPush);
  EXPECT_EQ(package, *order.image->octets());
  EXPECT_EQ(update.status().version_before, "1.0");
  EXPECT_EQ(update.status().version, "2.0");
  EXPECT_EQ(Count("PUT /5/0/0"), 1u);
  EXPECT_EQ(Count("POST /5/0/2"), 1u);
  EXPECT_EQ(Count("PUT /5/0/1"), 0u);
}

// The image is not copied.
TEST_F(FirmwareUpdateTest, PushSharesTheImage) {
  FirmwareUpdate update = Make();
  while (log.empty() || log.back() != "PUT /5/0/0") ASSERT_TRUE(Step(update));
  EXPECT_EQ(last.payload.shared.get(), order.image->octets().get());
  EXPECT_EQ(last.payload.format, ContentFormat::kOpaque);
}

// FW-1: the first source whose protocol is in /5/0/8.
TEST_F(FirmwareUpdateTest, PullWritesAUriOfASupportedProtocol) {
  order.method = FirmwareMethod::kPull;
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(uri, "coap://192.0.2.1:5683/fw/a.bin");
  EXPECT_EQ(Count("PUT /5/0/0"), 0u);
}

struct Choice {
  std::optional<std::int64_t> delivery;
  std::optional<FirmwareMethod> asked;
  bool image, supported;
  std::optional<FirmwareMethod> expected;  // nullopt: it fails
};
class FirmwareChoiceTest : public FirmwareUpdateTest,
                           public ::testing::WithParamInterface<Choice> {};

// FW-6: /5/0/9 is 0 pull, 1 push, 2 both; absent: not known.
TEST_P(FirmwareChoiceTest, FollowsDeliveryMethodAndProtocols) {
  const Choice& choice = GetParam();
  delivery = choice.delivery;
  order.method = choice.asked;
  if (!choice.image) order.image.reset();
  if (!choice.supported) protocols = std::vector<std::int64_t>{2, 3};
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().method, choice.expected);
  if (choice.expected) {
    EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  } else {
    EXPECT_EQ(update.status().failure, FirmwareFailure::kNotSupported) << update.status().reason;
    EXPECT_EQ(Count("PUT /5/0/0") + Count("PUT /5/0/1"), 0u);
  }
}

constexpr auto kPush = FirmwareMethod::kPush;
constexpr auto kPull = FirmwareMethod::kPull;
INSTANTIATE_TEST_SUITE_P(
    Table, FirmwareChoiceTest,
    ::testing::Values(Choice{0, {}, true, true, kPull}, Choice{1, {}, true, true, kPush},
                      Choice{2, {}, true, true, kPush}, Choice{{}, {}, true, true, kPush},
                      Choice{0, kPush, true, true, {}}, Choice{1, kPull, true, true, {}},
                      Choice{2, kPull, true, true, kPull}, Choice{2, kPull, true, false, {}},
                      Choice{0, {}, true, false, {}}, Choice{1, {}, false, true, {}},
                      Choice{2, {}, false, true, kPull}, Choice{2, {}, false, false, {}}));

// Without /5/0/8 nobody knows the protocols: the device has result 9 to say no.
TEST_F(FirmwareUpdateTest, WithoutProtocolSupportTheFirstSourceIsTaken) {
  order.method = FirmwareMethod::kPull;
  protocols.reset();
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(uri, "coaps://192.0.2.1:5684/fw/a.bin");
}

// FW-4
TEST_F(FirmwareUpdateTest, ResetsADeviceThatIsNotIdle) {
  state = 2;
  FirmwareUpdate update = Make();
  while (log.empty() || !log.back().starts_with("PUT")) ASSERT_TRUE(Step(update));
  EXPECT_EQ(log.back(), "PUT /5/0/1");
  EXPECT_EQ(last.payload.body(), "");
  EXPECT_EQ(last.payload.format, ContentFormat::kText);
  EXPECT_EQ(update.status().step, FirmwareStep::kResetting);
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
}

// FW-4: "or one NUL octet to /5/0/0"
TEST_F(FirmwareUpdateTest, ResetsByThePackageWhereTheUriIsRefused) {
  state = 1;
  instead["PUT /5/0/1"] = Gives(Answer(Code::kMethodNotAllowed));
  FirmwareUpdate update = Make();
  while (log.empty() || log.back() != "PUT /5/0/0") ASSERT_TRUE(Step(update));
  EXPECT_EQ(last.payload.body(), std::string(1, '\0'));
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
}

TEST_F(FirmwareUpdateTest, FailsWhenNothingBringsTheDeviceBackToIdle) {
  state = 2;
  instead["PUT /5/0/1"] = instead["PUT /5/0/0"] = Gives(Answer(Code::kForbidden));
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kRefused);
  EXPECT_EQ(update.status().reason, "cannot be brought back to Idle: the device answered 4.03");
}

TEST_F(FirmwareUpdateTest, LeavesADeviceAloneThatInstallsAlready) {
  state = 3;
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kBusy);
  EXPECT_EQ(Count("PUT /5/0/1") + Count("PUT /5/0/0"), 0u);
}

TEST_F(FirmwareUpdateTest, FailsWithoutObject5) {
  instead["GET /5/0/3"] = Gives(Answer(Code::kNotFound));
  delivery.reset();
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kNotSupported);
}

class FirmwareFailureResultTest : public FirmwareUpdateTest,
                                  public ::testing::WithParamInterface<int> {};

// FW-3: each result that ends a download.
TEST_P(FirmwareFailureResultTest, EndsADownload) {
  order.method = FirmwareMethod::kPull;
  instead["PUT /5/0/1"] = [this] {
    result = GetParam();
    state = 0;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure,
            GetParam() == 10 ? FirmwareFailure::kCancelled : FirmwareFailure::kResult);
  EXPECT_EQ(update.status().reason,
            "Update Result " + std::to_string(GetParam()) + ": " +
                std::string(Explain(static_cast<FirmwareResult>(GetParam()))));
  EXPECT_EQ(Count("PUT /5/0/1"), 1u);
  EXPECT_EQ(Count("POST /5/0/2"), 0u);
}

// FW-3: and each that ends an installation, whether the device says it in Idle or in Downloaded.
TEST_P(FirmwareFailureResultTest, EndsAnInstallation) {
  for (const int state_then : {0, 2}) {
    state = result = 0;
    instead["POST /5/0/2"] = [this, state_then] {
      state = state_then;
      result = GetParam();
      return Answer(Code::kChanged);
    };
    FirmwareUpdate update = Make();
    Run(update);
    EXPECT_EQ(update.status().step, FirmwareStep::kFailed);
    EXPECT_EQ(update.status().result, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Table, FirmwareFailureResultTest,
                         ::testing::Values(2, 3, 5, 6, 7, 8, 9, 10, 12));

// FW-3: 4 may be better the next time, but not for ever.
TEST_F(FirmwareUpdateTest, ConnectionLostBeginsAgainAtMostThreeTimes) {
  order.method = FirmwareMethod::kPull;
  instead["PUT /5/0/1"] = [this] {
    result = 4;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(Count("PUT /5/0/1"), 3u);
  EXPECT_EQ(update.status().step, FirmwareStep::kFailed);
  EXPECT_EQ(update.status().reason,
            "the device says: connection lost during the download, 3 times");
}

// A result of an earlier update is not taken for the one of this.
TEST_F(FirmwareUpdateTest, OldResultIsNoNews) {
  order.method = FirmwareMethod::kPull;
  result = 5;
  int looks = 0;
  instead["PUT /5/0/1"] = Gives(Answer(Code::kChanged));  // neither state nor result change yet
  instead["GET /5/0/3"] = [this, &looks] {
    if (Count("PUT /5/0/1") > 0 && ++looks == 2) {
      state = 2;
      result = 0;
    }
    return Answer(Code::kContent, std::to_string(state));
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
}

TEST_F(FirmwareUpdateTest, OldResultIsTheAnswerWhenTheDeviceStaysIdle) {
  order.method = FirmwareMethod::kPull;
  result = 6;
  instead["PUT /5/0/1"] = Gives(Answer(Code::kChanged));
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().reason, "Update Result 6: unsupported package type");
}

// FW-1: for clients that know TLV only.
TEST_F(FirmwareUpdateTest, PushesAsTlvWhereOctetStreamsAreNotRead) {
  instead["PUT /5/0/0"] = [this] {
    if (last.payload.format != ContentFormat::kTlv) return Answer(Code::kUnsupportedContentFormat);
    return AnswerTo(last);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(package, **order.image->AsTlv());
  EXPECT_EQ(update.status().downloads, 1u);
}

TEST_F(FirmwareUpdateTest, PullsWhereThePackageCannotBeWritten) {
  delivery.reset();
  instead["PUT /5/0/0"] = Gives(Answer(Code::kMethodNotAllowed));
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(update.status().method, FirmwareMethod::kPull);
}

TEST_F(FirmwareUpdateTest, RefusedPushNamesTheResultOfTheDevice) {
  instead["PUT /5/0/0"] = [this] {
    result = 2;
    return Answer(Code::kRequestEntityTooLarge);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kResult);
  EXPECT_EQ(update.status().result, 2);
}

TEST_F(FirmwareUpdateTest, RefusedPushNamesTheAnswerWithoutAResult) {
  instead["PUT /5/0/0"] = Gives(Answer(Code::kRequestEntityTooLarge, "65536 at most"));
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kRefused);
  EXPECT_EQ(update.status().reason, "the device answered 4.13: 65536 at most");
}

// A push that is interrupted begins again, after a look and a reset.
TEST_F(FirmwareUpdateTest, InterruptedPushBeginsAgain) {
  int writes = 0;
  instead["PUT /5/0/0"] = [this, &writes] {
    if (++writes == 1) {
      state = 1;
      return Outcome{Failure::kTimedOut};
    }
    return AnswerTo(last);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(update.status().downloads, 2u);
  EXPECT_EQ(Count("PUT /5/0/1"), 1u) << "FW-4";
}

TEST_F(FirmwareUpdateTest, InterruptedPushGivesUpAfterThree) {
  instead["PUT /5/0/0"] = Gives(Outcome{Failure::kTimedOut});
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(Count("PUT /5/0/0"), 3u);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kNoAnswer);
}

// A device that registers anew during a push has lost it.
TEST_F(FirmwareUpdateTest, PushWaitsForARegistrationThatEnded) {
  int writes = 0;
  instead["PUT /5/0/0"] = [this, &writes] {
    return ++writes == 1 ? Outcome{Failure::kCancelled} : AnswerTo(last);
  };
  FirmwareUpdate update = Make();
  Run(update, hours(1));
  EXPECT_EQ(writes, 1);
  EXPECT_EQ(update.wake(), update.deadline());
  update.OnRegistered(now);
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
}

// FW-5: only after Downloaded was seen, however long it takes.
TEST_F(FirmwareUpdateTest, WaitsForDownloadedWithBackOff) {
  order.method = FirmwareMethod::kPull;
  int looks = 0;
  instead["PUT /5/0/1"] = [this] {
    state = 1;
    return Answer(Code::kChanged);
  };
  instead["GET /5/0/3"] = [this, &looks] {
    if (state == 1 && ++looks == 12) state = 2;
    return Answer(Code::kContent, std::to_string(state));
  };
  FirmwareUpdate update = Make();
  const TimePoint begin = now;
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(looks, 12);
  EXPECT_GT(now - begin, minutes(20));
}

// FW-5: a notification makes it look at once.
TEST_F(FirmwareUpdateTest, NotificationOfStateCausesALook) {
  order.method = FirmwareMethod::kPull;
  instead["PUT /5/0/1"] = [this] {
    state = 1;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update, minutes(10));
  ASSERT_EQ(update.status().step, FirmwareStep::kDownloading);
  ASSERT_GT(update.wake(), now);
  state = 2;
  update.OnValue(kFirmwareState, Payload{ContentFormat::kText, "2"}, now);
  EXPECT_LE(update.wake(), now);
  Run(update, Seconds(30));
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
}

TEST_F(FirmwareUpdateTest, NotificationThatIsNoNumberIsIgnored) {
  FirmwareUpdate update = Make();
  update.OnValue(kFirmwareState, Payload{ContentFormat::kText, "Idle"}, now);
  update.OnValue(kFirmwareState, Payload{ContentFormat::kText, "7"}, now);
  update.OnValue(Path(5, 0, 6), Payload{ContentFormat::kText, "2"}, now);
  EXPECT_EQ(update.status().state, std::nullopt);
}

// FW-7: the device reboots, is away for a while, and registers again with its result.
TEST_F(FirmwareUpdateTest, ResultComesAfterTheDeviceRegistersAgain) {
  instead["POST /5/0/2"] = [this] {
    state = 3;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update, Seconds(2));
  ASSERT_EQ(update.status().step, FirmwareStep::kUpdating);
  instead["GET /5/0/3"] = Gives(Outcome{Failure::kTimedOut});
  Run(update, minutes(10));
  ASSERT_EQ(update.status().step, FirmwareStep::kUpdating);
  instead.clear();
  state = 0;
  result = 1;
  version = "2.0";
  update.OnRegistered(now);
  EXPECT_LE(update.wake(), now);
  Run(update, Seconds(1));
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(update.status().version, "2.0");
}

// Some devices forget the result with their old firmware; the new version speaks for itself.
TEST_F(FirmwareUpdateTest, NewVersionWithoutAResultIsSuccess) {
  instead["POST /5/0/2"] = [this] {
    state = result = 0;
    version = "2.0";
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
}

TEST_F(FirmwareUpdateTest, OldVersionWithoutAResultIsFailure) {
  instead["POST /5/0/2"] = [this] {
    state = result = 0;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kResult);
}

// An Execute without an answer is not repeated: a look tells what it did.
TEST_F(FirmwareUpdateTest, LostAnswerOfExecuteIsFoundOutByALook) {
  instead["POST /5/0/2"] = [this] {
    state = 3;
    return Outcome{Failure::kTimedOut};
  };
  FirmwareUpdate update = Make();
  Run(update, minutes(5));
  state = 0;
  result = 1;
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(Count("POST /5/0/2"), 1u);
}

// RFC 7252 §4.8.2: after EXCHANGE_LIFETIME no copy of it is on its way, and the device still says
// Downloaded.
TEST_F(FirmwareUpdateTest, LostExecuteIsSentAgainOnlyAfterExchangeLifetime) {
  std::vector<TimePoint> sent;
  instead["POST /5/0/2"] = [this, &sent] {
    sent.push_back(now);
    return sent.size() < 2 ? Outcome{Failure::kTimedOut} : AnswerTo(last);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_GE(sent[1] - sent[0], Seconds(247));
}

TEST_F(FirmwareUpdateTest, ExecuteIsSentThreeTimesAtMost) {
  instead["POST /5/0/2"] = Gives(Answer(Code::kChanged));  // and nothing happens
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(Count("POST /5/0/2"), 3u);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kNoAnswer);
}

TEST_F(FirmwareUpdateTest, RefusedExecuteFails) {
  instead["POST /5/0/2"] = Gives(Answer(Code::kMethodNotAllowed));
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kRefused);
  EXPECT_EQ(update.status().reason, "the device answered 4.05");
}

// FW-3: 11 is no end; the device goes on when it likes, within the deadline.
TEST_F(FirmwareUpdateTest, DeferredUpdateIsWaitedFor) {
  instead["POST /5/0/2"] = [this] {
    result = 11;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update, hours(10));
  ASSERT_EQ(update.status().step, FirmwareStep::kUpdating);
  EXPECT_EQ(Count("POST /5/0/2"), 1u);
  state = 0;
  result = 1;
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
}

TEST_F(FirmwareUpdateTest, NoResultWithinTheTimeOfInstallationFails) {
  instead["POST /5/0/2"] = [this] {
    state = 3;
    return Answer(Code::kChanged);
  };
  const TimePoint begin = now;
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kNoAnswer);
  EXPECT_GE(now - begin, times.install);
  EXPECT_LT(now - begin, times.install + minutes(1));
}

// Automatic Upgrade at Download, /5/0/14 (1.2).
TEST_F(FirmwareUpdateTest, DeviceThatInstallsByItselfGetsNoExecute) {
  instead["PUT /5/0/0"] = [this] {
    state = 3;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update, Seconds(2));
  ASSERT_EQ(update.status().step, FirmwareStep::kUpdating);
  state = 0;
  result = 1;
  version = "2.0";
  Run(update);
  EXPECT_EQ(update.status().step, FirmwareStep::kDone);
  EXPECT_EQ(update.status().version_before, "1.0");
  EXPECT_EQ(update.status().version, "2.0");
  EXPECT_EQ(Count("POST /5/0/2"), 0u);
}

TEST_F(FirmwareUpdateTest, DeadlineEndsIt) {
  order.method = FirmwareMethod::kPull;
  order.deadline = now + hours(2);
  instead["PUT /5/0/1"] = [this] {
    state = 1;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kExpired);
  EXPECT_EQ(update.status().reason, "its ttl passed while downloading");
  EXPECT_EQ(now, order.deadline);
}

// A device that is asleep: the operation waits in its queue, until the deadline at most.
TEST_F(FirmwareUpdateTest, OperationThatIsOutEndsAtTheDeadline) {
  FirmwareUpdate update = Make();
  ASSERT_TRUE(update.Next(now));
  EXPECT_TRUE(update.is_out());
  EXPECT_EQ(update.wake(), order.deadline);
  EXPECT_FALSE(update.Next(order.deadline));
  EXPECT_EQ(update.status().failure, FirmwareFailure::kExpired);
}

TEST_F(FirmwareUpdateTest, SilentDeviceIsGivenUp) {
  instead["GET /5/0/9"] = Gives(Outcome{Failure::kTimedOut});
  FirmwareUpdate update = Make();
  Run(update);
  EXPECT_EQ(log.size(), 5u);
  EXPECT_EQ(update.status().failure, FirmwareFailure::kNoAnswer);
  EXPECT_EQ(update.status().reason, "no answer from the device while inspecting: timed out");
}

// ---- cancel

TEST_F(FirmwareUpdateTest, CancelExecutesCancelWhereTheObjectHasIt) {
  order.may_execute_cancel = true;
  order.method = FirmwareMethod::kPull;
  instead["PUT /5/0/1"] = [this] {
    state = 1;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update, minutes(1));
  ASSERT_TRUE(update.Cancel(now));
  EXPECT_EQ(update.status().step, FirmwareStep::kCancelling);
  Run(update, minutes(1));
  EXPECT_EQ(update.status().failure, FirmwareFailure::kCancelled);
  EXPECT_EQ(update.status().reason, "cancelled");
  EXPECT_EQ(Count("POST /5/0/10"), 1u);
  EXPECT_EQ(state, 0);
}

TEST_F(FirmwareUpdateTest, CancelResetsWhereItHasNot) {
  FirmwareUpdate update = Make();
  while (log.empty() || log.back() != "PUT /5/0/0") ASSERT_TRUE(Step(update));
  ASSERT_TRUE(update.Cancel(now));
  Run(update, minutes(1));
  EXPECT_EQ(update.status().failure, FirmwareFailure::kCancelled);
  EXPECT_EQ(log.back(), "GET /5/0/5");
  EXPECT_EQ(Count("PUT /5/0/1"), 1u);
  EXPECT_EQ(uri, "");
  EXPECT_EQ(state, 0);
}

TEST_F(FirmwareUpdateTest, CancelBeforeAnythingWasWrittenNeedsNoDevice) {
  FirmwareUpdate update = Make();
  ASSERT_TRUE(update.Next(now));
  ASSERT_TRUE(update.Cancel(now));
  EXPECT_EQ(update.status().failure, FirmwareFailure::kCancelled);
  EXPECT_FALSE(update.Cancel(now)) << "it is over";
}

TEST_F(FirmwareUpdateTest, CancelIsRefusedWhileTheDeviceInstalls) {
  instead["POST /5/0/2"] = [this] {
    state = 3;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate update = Make();
  Run(update, Seconds(2));
  const auto cancelled = update.Cancel(now);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kNotAllowed);
  EXPECT_EQ(update.status().step, FirmwareStep::kUpdating);
}

TEST_F(FirmwareUpdateTest, CancelEndsWhateverTheDeviceAnswers) {
  order.may_execute_cancel = true;
  order.method = FirmwareMethod::kPull;
  instead["PUT /5/0/1"] = [this] {
    state = 1;
    return uri.empty() && Count("POST /5/0/10") > 0 ? Answer(Code::kForbidden)
                                                    : Answer(Code::kChanged);
  };
  instead["POST /5/0/10"] = instead["PUT /5/0/0"] = Gives(Answer(Code::kForbidden));
  FirmwareUpdate update = Make();
  Run(update, minutes(1));
  ASSERT_TRUE(update.Cancel(now));
  Run(update, minutes(1));
  EXPECT_EQ(update.status().failure, FirmwareFailure::kCancelled);
  EXPECT_EQ(update.status().reason, "cancelled; the device answered 4.03");
}

// ---- restart

// What was saved at each step of a push, taken up by another run: never two Executes without a
// look, never two images at a time.
TEST_F(FirmwareUpdateTest, EveryStepCanBeTakenUpAgain) {
  FirmwareUpdate whole = Make();
  Run(whole);
  const std::size_t steps = log.size();
  for (std::size_t stop = 1; stop < steps; ++stop) {
    state = result = 0;
    version = "1.0";
    log.clear();
    FirmwareUpdate before = Make();
    while (log.size() + 1 < stop) {
      if (!Step(before)) now = before.wake();
    }
    now = std::max(now, before.wake());
    // Killed after the operation was handed over: it reached the device, and its answer nobody.
    const auto operation = before.Next(now);
    if (operation) {
      log.push_back(NameOf(*operation));
      AnswerTo(*operation);
    }
    FirmwareUpdate after(order, times, model, before.status(), now);
    const std::size_t begin = log.size();
    Run(after);
    EXPECT_EQ(after.status().step, FirmwareStep::kDone) << stop << ' ' << after.status().reason;
    EXPECT_EQ(version, "2.0") << stop;
    EXPECT_EQ(Count("POST /5/0/2"), 1u) << stop;
    ASSERT_GT(log.size(), begin);
    EXPECT_TRUE(log[begin].starts_with("GET")) << stop << ' ' << log[begin];
  }
}

TEST_F(FirmwareUpdateTest, PullGoesOnAfterARestart) {
  order.method = FirmwareMethod::kPull;
  instead["PUT /5/0/1"] = [this] {
    state = 1;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate before = Make();
  Run(before, minutes(1));
  FirmwareUpdate after(order, times, model, before.status(), now);
  Run(after, minutes(1));
  EXPECT_EQ(after.status().step, FirmwareStep::kDownloading);
  state = 2;
  Run(after);
  EXPECT_EQ(after.status().step, FirmwareStep::kDone);
  EXPECT_EQ(Count("PUT /5/0/1"), 1u);
}

TEST_F(FirmwareUpdateTest, CancelGoesOnAfterARestart) {
  order.may_execute_cancel = true;
  order.method = FirmwareMethod::kPull;
  instead["PUT /5/0/1"] = [this] {
    state = 1;
    return Answer(Code::kChanged);
  };
  FirmwareUpdate before = Make();
  Run(before, minutes(1));
  ASSERT_TRUE(before.Cancel(now));
  FirmwareUpdate after(order, times, model, before.status(), now);
  Run(after, minutes(1));
  EXPECT_EQ(after.status().failure, FirmwareFailure::kCancelled);
  EXPECT_EQ(state, 0);
}

// ---- progress

// The device began, and is Idle again with the result that it had before: this is another one.
TEST_F(FirmwareUpdateTest, FetchMakesAnOldResultANewOne) {
  order.method = FirmwareMethod::kPull;
  result = 5;
  instead["PUT /5/0/1"] = Gives(Answer(Code::kChanged));
  FirmwareUpdate update = Make();
  while (Count("PUT /5/0/1") == 0) ASSERT_TRUE(Step(update));
  update.OnFetch();
  Run(update, Seconds(2));
  EXPECT_EQ(update.status().reason,
            "Update Result 5: integrity check of the new firmware package failed");
}

TEST_F(FirmwareUpdateTest, ProgressOfAPushIsWhatTheDeviceConfirmed) {
  FirmwareUpdate update = Make();
  update.OnProgress(1024, 5000);
  EXPECT_EQ(update.status().sent, 1024u);
}

TEST(FirmwareStepTest, EachHasItsName) {
  std::set<std::string_view> names;
  for (int step = 0; step <= static_cast<int>(FirmwareStep::kFailed); ++step) {
    names.insert(ToString(static_cast<FirmwareStep>(step)));
  }
  EXPECT_EQ(names.size(), 8u);
}

}  // namespace
}  // namespace lwm2m

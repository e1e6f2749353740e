// Every exchange recorded with four CSEs goes through the decoders; the numbered facts are those of
// tests/vectors/README.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "onem2m/codec/http_message.h"
#include "onem2m/codec/http_wire.h"
#include "onem2m/codec/json.h"
#include "onem2m/codec/json_value.h"
#include "onem2m/notification.h"

namespace onem2m {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

struct Exchange {
  std::string name;
  std::string operation;  // "" : a notification
  int status = 0;
  int rsc = 0;
  std::string request;
  std::string response;
  std::string received;
};

std::string Base64Decoded(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string octets;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) break;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    octets += static_cast<char>(bits >> count & 0xFF);
  }
  return octets;
}

std::string Octets(const rapidjson::Value& exchange, const char* member) {
  if (!exchange.HasMember(member)) return {};
  const auto& value = exchange[member];
  return value.IsObject() ? Base64Decoded(value["base64"].GetString())
                          : std::string(value.GetString(), value.GetStringLength());
}

const std::map<std::string, Exchange>& Exchanges() {
  static const auto exchanges = [] {
    std::map<std::string, Exchange> all;
    std::ifstream file(IPE_SOURCE_DIR "/tests/vectors/cses.json");
    std::stringstream text;
    text << file.rdbuf();
    rapidjson::Document document;
    document.Parse(text.str());
    if (!document.IsArray()) return all;
    for (const auto& item : document.GetArray()) {
      Exchange exchange;
      exchange.name = item["name"].GetString();
      if (item.HasMember("operation")) {
        exchange.operation = item["operation"].GetString();
        exchange.status = item["status"].GetInt();
        exchange.rsc = item["rsc"].GetInt();
      }
      exchange.request = Octets(item, "request");
      exchange.response = Octets(item, "response");
      exchange.received = Octets(item, "received");
      all[exchange.name] = exchange;
    }
    return all;
  }();
  return exchanges;
}

// A request line and header fields, read apart from the code under test.
HttpRequest ReadRequest(const std::string& octets) {
  HttpRequest request;
  const std::size_t end = octets.find("\r\n\r\n");
  std::istringstream lines(octets.substr(0, end));
  std::string line;
  std::getline(lines, line);
  std::istringstream(line) >> request.method >> request.target;
  while (std::getline(lines, line)) {
    const std::size_t colon = line.find(':');
    request.headers.Add(line.substr(0, colon), line.substr(colon + 1));
  }
  if (end != std::string::npos) request.body = octets.substr(end + 4);
  return request;
}

ResponsePrimitive Answer(const std::string& name) {
  const auto found = Exchanges().find(name);
  if (found == Exchanges().end()) {
    ADD_FAILURE() << "no such exchange: " << name;
    return {};
  }
  HttpResponseReader reader;
  if (reader.Feed(found->second.response) == HttpResponseReader::Progress::kReading) reader.Close();
  return DecodeResponse(reader.Take()).value_or(ResponsePrimitive());
}

std::string Body(const std::string& octets) { return octets.substr(octets.find("\r\n\r\n") + 4); }

Notification Received(const std::string& name) {
  const auto found = Exchanges().find(name);
  const auto parsed = found == Exchanges().end() ? BadRequest("no such exchange")
                                                 : ParseNotification(Body(found->second.received));
  if (!parsed || parsed->size() != 1) {
    ADD_FAILURE() << name;
    return {};
  }
  return parsed->front();
}

TEST(CseVectorsTest, AreAllThere) { EXPECT_EQ(Exchanges().size(), 581u); }

TEST(CseVectorsTest, RequestsDecodeAndEncodeToTheSamePrimitive) {
  const std::map<std::string, Operation> operations = {{"create", Operation::kCreate},
                                                       {"retrieve", Operation::kRetrieve},
                                                       {"update", Operation::kUpdate},
                                                       {"delete", Operation::kDelete}};
  int decoded = 0;
  for (const auto& [name, exchange] : Exchanges()) {
    if (exchange.operation.empty()) continue;
    SCOPED_TRACE(name);
    const auto http = ReadRequest(exchange.request);
    const auto request = DecodeRequest(http);
    ASSERT_TRUE(request.has_value()) << request.error().detail;
    ++decoded;
    const bool without_type = exchange.operation == "create" &&
                              http.headers.Find("Content-Type").find("ty=") == std::string::npos;
    EXPECT_EQ(request->operation,
              without_type ? Operation::kNotify : operations.at(exchange.operation));
    EXPECT_EQ(request->from, http.headers.Find("X-M2M-Origin"));
    EXPECT_EQ(request->request_identifier, http.headers.Find("X-M2M-RI"));

    const auto again = DecodeRequest(EncodeRequest(*request));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->operation, request->operation);
    EXPECT_EQ(again->to, request->to);
    EXPECT_EQ(again->from, request->from);
    EXPECT_EQ(again->type, request->type);
    EXPECT_EQ(again->content, request->content);
    EXPECT_EQ(again->parameters, request->parameters);
  }
  EXPECT_EQ(decoded, 531);
}

TEST(CseVectorsTest, AnswersDecodeFromWhateverPieces) {
  for (const auto& [name, exchange] : Exchanges()) {
    if (exchange.response.empty()) continue;
    SCOPED_TRACE(name);
    HttpResponseReader whole;
    const auto progress = whole.Feed(exchange.response);
    if (progress == HttpResponseReader::Progress::kReading) {
      EXPECT_EQ(whole.Close(), HttpResponseReader::Progress::kComplete);
    } else {
      EXPECT_EQ(progress, HttpResponseReader::Progress::kComplete) << whole.error();
    }
    const auto http = whole.Take();
    EXPECT_EQ(http.status, exchange.status);
    const auto response = DecodeResponse(http);
    ASSERT_TRUE(response.has_value());
    const int expected = exchange.rsc == 0 ? ToInt(StatusFromHttp(exchange.status)) : exchange.rsc;
    EXPECT_EQ(ToInt(response->status), expected);

    HttpResponseReader pieces;
    for (const char octet : exchange.response) pieces.Feed({&octet, 1});
    pieces.Close();
    EXPECT_EQ(pieces.Take().body, http.body);
  }
}

bool IsOfAnotherType(const std::string& content) {
  for (const char* const root : {"m2m:grp", "m2m:agr", "m2m:ts", "m2m:pch", "m2m:bat", "m2m:dvi",
                                 "m2m:fwr", "m2m:mem", "m2m:rbo", "m2m:uril", "m2m:rrl"}) {
    if (content.find('"' + std::string(root) + '"') != std::string::npos) return true;
  }
  return false;
}

TEST(CseVectorsTest, RepresentationsInSuccessfulAnswersAreResources) {
  int resources = 0;
  for (const auto& [name, exchange] : Exchanges()) {
    if (exchange.response.empty()) continue;
    SCOPED_TRACE(name);
    const auto response = Answer(name);
    if (!IsSuccess(response.status) || response.content.empty() ||
        IsOfAnotherType(response.content) ||
        response.content.find("m2m:dbg") != std::string::npos) {
      continue;
    }
    if (name.find("-rcn-") != std::string::npos) {
      const auto tree = DecodeTree(response.content);
      ASSERT_TRUE(tree.has_value()) << response.content;
      EXPECT_FALSE(tree->empty());
      continue;
    }
    const auto resource = DecodeResource(response.content);
    ASSERT_TRUE(resource.has_value()) << response.content << resource.error().detail;
    EXPECT_FALSE(CommonOf(*resource).resource_name.empty()) << response.content;
    EXPECT_FALSE(CommonOf(*resource).resource_id.empty()) << response.content;
    EXPECT_EQ(ResourceIdIn(response.content), CommonOf(*resource).resource_id);
    EXPECT_TRUE(ParseTimestamp(CommonOf(*resource).creation_time).has_value()) << response.content;
    ++resources;
  }
  EXPECT_GT(resources, 200);
}

TEST(CseVectorsTest, DiscoveriesAreListsOfAddresses) {
  int lists = 0;
  for (const auto& [name, exchange] : Exchanges()) {
    if (name.find("-discovery-") == std::string::npos) continue;
    const auto response = Answer(name);
    if (!IsSuccess(response.status)) continue;
    EXPECT_TRUE(DecodeUriList(response.content).has_value()) << name;
    ++lists;
  }
  EXPECT_EQ(lists, 24);
  EXPECT_THAT(*DecodeUriList(Answer("cse-b-retrieve-child-references-rcn-6").content),
              ElementsAre("TinyIoT/lwm2m-32473-1/3/0", "TinyIoT/lwm2m-32473-1/3/0/13"));
}

TEST(CseVectorsTest, NotificationsParse) {
  int notifications = 0;
  for (const auto& [name, exchange] : Exchanges()) {
    if (exchange.received.empty()) continue;
    SCOPED_TRACE(name);
    const auto notification = Received(name);
    EXPECT_FALSE(notification.subscription_reference.empty());
    const bool verification = exchange.received.find("\"vrq\"") != std::string::npos;
    EXPECT_EQ(notification.verification_request, verification);
    EXPECT_TRUE(verification || notification.subscription_deletion ||
                notification.event_type.has_value());
    ++notifications;
  }
  EXPECT_EQ(notifications, 50);
}

// What the client would do with an answer of that name; true when it was understood.
bool Understands(const std::string& name, bool is_notification, std::string_view body) {
  if (is_notification) return ParseNotification(body).has_value();
  if (name.find("-rcn-") != std::string::npos) return DecodeTree(body).has_value();
  if (name.find("-discovery-") != std::string::npos) return DecodeUriList(body).has_value();
  return DecodeResource(body).has_value();
}

TEST(CseVectorsTest, NoRecordedBodyIsUnderstoodWhereverItIsCut) {
  std::set<std::string> seen;
  for (const auto& [name, exchange] : Exchanges()) {
    const bool is_notification = !exchange.received.empty();
    const std::string& octets = is_notification ? exchange.received : exchange.response;
    if (octets.empty()) continue;
    std::string body = Body(octets);
    while (!body.empty() && (body.back() == '\n' || body.back() == '\r')) body.pop_back();
    if (!seen.insert(body).second) continue;
    for (std::size_t length = 0; length < body.size(); ++length) {
      EXPECT_FALSE(Understands(name, is_notification, std::string_view(body).substr(0, length)))
          << name << " cut at " << length;
    }
  }
}

TEST(CseVectorsTest, NoFlippedOctetOfANotificationCrashesTheParser) {
  for (const auto& [name, exchange] : Exchanges()) {
    if (exchange.received.empty()) continue;
    std::string body = Body(exchange.received);
    for (std::size_t i = 0; i < body.size(); ++i) {
      const char original = body[i];
      body[i] = static_cast<char>(static_cast<unsigned char>(original) ^ 1u << i % 8);
      const auto parsed = ParseNotification(body);
      EXPECT_TRUE(parsed.has_value() || !parsed.error().detail.empty()) << name;
      body[i] = original;
    }
  }
}

// Fact 11
TEST(CseVectorsTest, CseBSendsTwoOctetsTooManyAndTheConnectionWouldStillBeClean) {
  std::string octets = Exchanges().at("cse-b-csebase-retrieve").response;
  ASSERT_THAT(octets.substr(octets.size() - 2), "\r\n");
  const std::size_t close = octets.find("Connection: ");
  if (close != std::string::npos) octets.erase(close, octets.find("\r\n", close) + 2 - close);
  HttpResponseReader reader;
  EXPECT_EQ(reader.Feed(octets), HttpResponseReader::Progress::kComplete);
  EXPECT_TRUE(reader.connection_is_clean());
}

// Fact 11
TEST(CseVectorsTest, CseBAnswersWithoutAnyLength) {
  int without_length = 0;
  for (const auto& [name, exchange] : Exchanges()) {
    if (exchange.response.empty() || name.rfind("cse-b-", 0) != 0 ||
        exchange.response.find("Content-Length") != std::string::npos) {
      continue;
    }
    HttpResponseReader reader;
    EXPECT_EQ(reader.Feed(exchange.response), HttpResponseReader::Progress::kReading) << name;
    EXPECT_EQ(reader.Close(), HttpResponseReader::Progress::kComplete) << name;
    EXPECT_FALSE(reader.connection_is_clean());
    ++without_length;
  }
  EXPECT_EQ(without_length, 6);
}

// Fact 11
TEST(CseVectorsTest, CseBWritesIntegersAsFloats) {
  const auto tree = DecodeTree(Answer("cse-b-retrieve-children-rcn-4").content);
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(std::get<Container>(tree->front()).max_number_of_instances, 1000);
  EXPECT_EQ(std::get<Container>(tree->front()).state_tag, 2);
  EXPECT_EQ(Received("cse-b-notification-of-contentinstance").event_type, kCreateOfDirectChild);
}

// Fact 12
TEST(CseVectorsTest, CseBVerifiesWithoutALeadingSlashAndWithAnEventBesideIt) {
  const auto& received = Exchanges().at("cse-b-subscription-create-verification").received;
  EXPECT_THAT(received, StartsWith("POST TinyIoT/lwm2m-32473-1/data HTTP/1.1\r\n"));
  const auto request = DecodeRequest(ReadRequest(received));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->to, "TinyIoT/lwm2m-32473-1/data");
  EXPECT_EQ(request->operation, Operation::kNotify);
  EXPECT_TRUE(Received("cse-b-subscription-create-verification").verification_request);
}

// Fact 12
TEST(CseVectorsTest, CseBEndsAtAContentInstanceWithoutContentSoWeAlwaysSendIt) {
  EXPECT_TRUE(Exchanges().at("cse-b-contentinstance-create-without-con").response.empty());
  EXPECT_THAT(EncodeCreate(ContentInstance()), HasSubstr(R"("con":"")"));
}

// Fact 13
TEST(CseVectorsTest, CseCAnswersAnAttributesAndChildrenRetrieveWithAResponseWrapper) {
  const auto content = Answer("cse-c-retrieve-children-rcn-4").content;
  EXPECT_THAT(content, StartsWith(R"({"m2m:rsp":)"));
  const auto tree = DecodeTree(content);
  ASSERT_TRUE(tree.has_value());
  ASSERT_EQ(tree->size(), 1u);
  // Default mni beyond 31 bits.
  EXPECT_EQ(std::get<Container>(tree->front()).max_number_of_instances, 3153600000);
}

// Fact 13
TEST(CseVectorsTest, CseCNotifiesADeletionWithAResourceThatHasNoRoot) {
  const auto notification = Received("cse-c-notification-of-child-deletion");
  EXPECT_EQ(notification.event_type, kDeleteOfDirectChild);
  ASSERT_TRUE(notification.representation.has_value());
  EXPECT_EQ(CommonOf(*notification.representation).resource_name, "v0000000030");
}

// Fact 14
TEST(CseVectorsTest, CseANotifiesOutOfOrderAndTheStateTagTells) {
  std::vector<std::int64_t> tags;
  for (const char* const number : {"1", "2", "3"}) {
    const auto notification =
        Received("cse-a-notification-of-three-contentinstances-" + std::string(number));
    ASSERT_TRUE(notification.representation.has_value());
    tags.push_back(std::get<ContentInstance>(*notification.representation).state_tag);
  }
  EXPECT_THAT(tags, ElementsAre(10, 12, 11));
}

// Fact 15
TEST(CseVectorsTest, RefusalsAreToldByTheResponseStatusCode) {
  EXPECT_EQ(ToInt(Answer("cse-a-ae-create-same-originator-other-rn").status), 4117);
  EXPECT_EQ(ToInt(Answer("cse-c-ae-create-same-originator-other-rn").status), 4106);
  EXPECT_EQ(ToInt(Answer("cse-d-malformed-json").status), 4000);  // has no X-M2M-RSC
  EXPECT_EQ(ToInt(Answer("cse-d-post-without-ty").status), 2000);
}

// An attribute that is refused can be dropped only when it is named.
TEST(CseVectorsTest, DebugTextNamesTheRefusedAttribute) {
  EXPECT_EQ(DebugText(Answer("cse-d-ae-update-nl").content), "nl => nl is not allowed");
}

}  // namespace
}  // namespace onem2m

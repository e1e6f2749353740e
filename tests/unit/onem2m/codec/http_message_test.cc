#include "onem2m/codec/http_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace onem2m {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::pair<std::string, std::string>> Fields(const HttpHeaders& headers) {
  return headers.fields();
}

struct Addressing {
  const char* to;
  const char* path;
};

class AddressingTest : public testing::TestWithParam<Addressing> {};

TEST_P(AddressingTest, GoesBothWays) {
  EXPECT_EQ(PathOf(GetParam().to), GetParam().path);
  const auto address = AddressOf(GetParam().path);
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(*address, GetParam().to);
}

// TS-0009 §6.2.3
INSTANTIATE_TEST_SUITE_P(
    HttpMessageTest, AddressingTest,
    testing::Values(Addressing{"cse-in/myAE/cnt", "/cse-in/myAE/cnt"},
                    Addressing{"cnt0042", "/cnt0042"},
                    Addressing{"/id-in/cse-in/myAE", "/~/id-in/cse-in/myAE"},
                    Addressing{"//sp.example/id-in/cse-in", "/_/sp.example/id-in/cse-in"},
                    Addressing{"-/myAE/la", "/-/myAE/la"}, Addressing{"a/urn:x", "/a/urn:x"},
                    Addressing{"a b/?#%", "/a%20b/%3F%23%25"},
                    Addressing{"a\r\nX-M2M-Origin: Cx", "/a%0D%0AX-M2M-Origin:%20Cx"},
                    Addressing{"", "/"}));

TEST(HttpMessageTest, ReadsAPathWithoutALeadingSlashAndWithOneAtItsEnd) {
  EXPECT_EQ(AddressOf("base/ae/c").value_or("?"), "base/ae/c");
  EXPECT_EQ(AddressOf("/base/ae/").value_or("?"), "base/ae");
  EXPECT_EQ(AddressOf("~/id-in/x").value_or("?"), "/id-in/x");
}

TEST(HttpMessageTest, RefusesBrokenPercentEncoding) {
  for (const char* const path : {"/%", "/%4", "/%4g", "/%-1"}) {
    EXPECT_FALSE(AddressOf(path).has_value()) << path;
  }
}

// TR-0051 A.1.3
TEST(HttpMessageTest, WritesACreate) {
  RequestPrimitive request;
  request.operation = Operation::kCreate;
  request.to = "cse-in/AE1/cont_temp";
  request.from = "C0001";
  request.request_identifier = "1234";
  request.release_version = "2a";
  request.type = ResourceType::kSubscription;
  request.content = R"({"m2m:sub":{}})";
  const auto http = EncodeRequest(request);
  EXPECT_EQ(http.method, "POST");
  EXPECT_EQ(http.target, "/cse-in/AE1/cont_temp");
  EXPECT_THAT(Fields(http.headers),
              ElementsAre(Pair("X-M2M-Origin", "C0001"), Pair("X-M2M-RI", "1234"),
                          Pair("X-M2M-RVI", "2a"), Pair("Accept", "application/json"),
                          Pair("Content-Type", "application/json;ty=23")));
  EXPECT_EQ(http.body, request.content);
}

TEST(HttpMessageTest, WritesTheMethodOfEveryOperation) {
  RequestPrimitive request;
  for (const auto& [operation, method] : {std::pair{Operation::kCreate, "POST"},
                                          {Operation::kRetrieve, "GET"},
                                          {Operation::kUpdate, "PUT"},
                                          {Operation::kDelete, "DELETE"},
                                          {Operation::kNotify, "POST"}}) {
    request.operation = operation;
    EXPECT_EQ(EncodeRequest(request).method, method);
  }
}

TEST(HttpMessageTest, WritesNoContentTypeWithoutContent) {
  RequestPrimitive request;
  request.operation = Operation::kDelete;
  EXPECT_FALSE(EncodeRequest(request).headers.Has("Content-Type"));
  request.operation = Operation::kUpdate;
  request.content = "{}";
  EXPECT_EQ(EncodeRequest(request).headers.Find("content-type"), "application/json");
}

TEST(HttpMessageTest, LeavesAnEmptyOriginatorOut) {
  RequestPrimitive request;
  request.request_identifier = "r";
  EXPECT_FALSE(EncodeRequest(request).headers.Has("X-M2M-Origin"));
}

TEST(HttpMessageTest, EncodesParameters) {
  RequestPrimitive request;
  request.to = "cse-in";
  request.parameters = {{"fu", "1"}, {"lbl", "LWM2M Client: 1.1"}, {"lbl", "a+b&c=d"}, {"ty", "3"}};
  EXPECT_EQ(EncodeRequest(request).target,
            "/cse-in?fu=1&lbl=LWM2M%20Client%3A%201.1&lbl=a%2Bb%26c%3Dd&ty=3");
  const auto decoded = DecodeRequest(EncodeRequest(request));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->parameters, request.parameters);
}

TEST(HttpMessageTest, PartsValuesThatAreJoinedByPlus) {
  HttpRequest http;
  http.method = "GET";
  http.target = "/cse-in?ty=3+4&atrl=ri&x&=&";
  EXPECT_FALSE(DecodeRequest(http).has_value());
  http.target = "/cse-in?ty=3+4&atrl=ri+lbl&&x";
  const auto request = DecodeRequest(http);
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(request->parameters, ElementsAre(Pair("ty", "3"), Pair("ty", "4"), Pair("atrl", "ri"),
                                               Pair("atrl", "lbl"), Pair("x", "")));
}

TEST(HttpMessageTest, KeepsLineBreaksOutOfHeaderFields) {
  RequestPrimitive request;
  request.from = "Cx\r\nX-M2M-RSC: 2000";
  EXPECT_EQ(EncodeRequest(request).headers.Find("X-M2M-Origin"), "Cx  X-M2M-RSC: 2000");
}

TEST(HttpMessageTest, TellsCreateFromNotifyByTheResourceType) {
  HttpRequest http;
  http.method = "POST";
  http.target = "/cse-in";
  http.body = "{}";
  for (const char* const type :
       {"application/json;ty=3", "application/json; ty=3", "Application/JSON ; TY = 3",
        "application/json; charset=utf-8; ty=3", "application/vnd.onem2m-res+json;ty=3"}) {
    http.headers = HttpHeaders();
    http.headers.Add("content-type", type);
    const auto request = DecodeRequest(http);
    ASSERT_TRUE(request.has_value()) << type;
    EXPECT_EQ(request->operation, Operation::kCreate) << type;
    EXPECT_EQ(request->type, ResourceType::kContainer) << type;
  }
  for (const char* const type : {"application/json", "application/vnd.onem2m-ntfy+json", ""}) {
    http.headers = HttpHeaders();
    http.headers.Add("Content-Type", type);
    const auto request = DecodeRequest(http);
    ASSERT_TRUE(request.has_value()) << type;
    EXPECT_EQ(request->operation, Operation::kNotify) << type;
    EXPECT_FALSE(request->type.has_value()) << type;
  }
}

TEST(HttpMessageTest, SaysWhyARequestIsRefused) {
  HttpRequest http;
  http.method = "POST";
  http.target = "/cse-in";
  http.body = "<x/>";
  http.headers.Add("Content-Type", "application/xml;ty=3");
  EXPECT_EQ(DecodeRequest(http).error().status, ResponseStatusCode::kUnsupportedMediaType);
  http.headers = HttpHeaders();
  http.headers.Add("Content-Type", "application/json;ty=x");
  EXPECT_EQ(DecodeRequest(http).error().detail, "ty");
  http.headers = HttpHeaders();
  http.method = "PATCH";
  EXPECT_EQ(DecodeRequest(http).error().status, ResponseStatusCode::kOperationNotAllowed);
  http.method = "GET";
  http.target = "/cse-in?lbl=%zz";
  EXPECT_EQ(DecodeRequest(http).error().detail, "lbl");
  http.target = "/cse-in%zz";
  EXPECT_EQ(DecodeRequest(http).error().detail, "path");
}

TEST(HttpMessageTest, ReadsAWholeUriOnTheRequestLine) {
  HttpRequest http;
  http.method = "GET";
  http.target = "http://host:8080/~/id-in/cse-in?rcn=4";
  const auto request = DecodeRequest(http);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->to, "/id-in/cse-in");
  EXPECT_THAT(request->parameters, ElementsAre(Pair("rcn", "4")));
  http.target = "http://host";
  EXPECT_EQ(DecodeRequest(http)->to, "");
  http.target = "/cse-in?lbl=http://x/y";
  EXPECT_EQ(DecodeRequest(http)->to, "cse-in");
}

TEST(HttpMessageTest, WritesAndReadsAResponse) {
  ResponsePrimitive response;
  response.status = ResponseStatusCode::kCreated;
  response.request_identifier = "1234";
  response.release_version = "3";
  response.originating_time = "20260101T000000";
  response.content = R"({"m2m:cnt":{}})";
  const auto http = EncodeResponse(response, "cse-in/x");
  EXPECT_EQ(http.status, 201);
  EXPECT_THAT(
      Fields(http.headers),
      ElementsAre(Pair("X-M2M-RSC", "2001"), Pair("X-M2M-RI", "1234"), Pair("X-M2M-RVI", "3"),
                  Pair("X-M2M-OT", "20260101T000000"), Pair("Content-Location", "cse-in/x"),
                  Pair("Content-Type", "application/json")));
  const auto decoded = DecodeResponse(http);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->status, response.status);
  EXPECT_EQ(decoded->request_identifier, response.request_identifier);
  EXPECT_EQ(decoded->release_version, response.release_version);
  EXPECT_EQ(decoded->originating_time, response.originating_time);
  EXPECT_EQ(decoded->content, response.content);
}

TEST(HttpMessageTest, LetsTheResponseStatusCodeDecide) {
  HttpResponse http;
  http.status = 409;
  http.headers.Add("x-m2m-rsc", " 4106 ");
  EXPECT_EQ(DecodeResponse(http)->status, ResponseStatusCode::kOriginatorNotAuthenticated);
}

TEST(HttpMessageTest, FallsBackOnTheHttpStatusWithoutAUsableResponseStatusCode) {
  for (const char* const code : {"", "ok", "-1", "0", "2000x", "99999999999999"}) {
    HttpResponse http;
    http.status = 404;
    http.headers.Add("X-M2M-RSC", code);
    EXPECT_EQ(DecodeResponse(http)->status, ResponseStatusCode::kNotFound) << code;
  }
}

TEST(HttpMessageTest, RefusesWhatIsNoFinalHttpStatus) {
  HttpResponse http;
  for (const int status : {0, 101, 199, 600, -1}) {
    http.status = status;
    EXPECT_FALSE(DecodeResponse(http).has_value()) << status;
  }
}

TEST(HttpMessageTest, DropsLineBreaksAfterTheBody) {
  HttpResponse http;
  http.body = "{}\r\n";
  EXPECT_EQ(DecodeResponse(http)->content, "{}");
}

TEST(HttpMessageTest, TakesTheTimeFromTheDateWhenTheCseNamesNone) {
  HttpResponse http;
  http.headers.Add("Date", "Sat, 21 Nov 2026 03:23:07 GMT");
  EXPECT_EQ(DecodeResponse(http)->originating_time, "20261121T032307");
  http.headers.Add("X-M2M-OT", "20261121T032308,1");
  EXPECT_EQ(DecodeResponse(http)->originating_time, "20261121T032308,1");
}

TEST(HttpMessageTest, RefusesDatesOfAnotherForm) {
  EXPECT_EQ(TimestampOfHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), "19941106T084937");
  for (const char* const date : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                                 "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 36 Nov 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 1994 08:49:37 UTC"}) {
    EXPECT_EQ(TimestampOfHttpDate(date), "") << date;
  }
}

}  // namespace
}  // namespace onem2m

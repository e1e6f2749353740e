#include "onem2m/codec/http_wire.h"

#include <gtest/gtest.h>

namespace onem2m {
namespace {

using Progress = HttpResponseReader::Progress;

TEST(HttpWireTest, WritesARequest) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/cse-in?rcn=0";
  request.headers.Add("X-M2M-RI", "1");
  request.body = "{}";
  EXPECT_EQ(WriteRequest(request, "host:8080"),
            "POST /cse-in?rcn=0 HTTP/1.1\r\nHost: host:8080\r\nX-M2M-RI: 1\r\n"
            "Content-Length: 2\r\nConnection: keep-alive\r\n\r\n{}");
}

TEST(HttpWireTest, AnnouncesAnEmptyBodyOnlyWhereOneIsExpected) {
  HttpRequest request;
  request.method = "GET";
  EXPECT_EQ(WriteRequest(request, "h").find("Content-Length"), std::string::npos);
  request.method = "PUT";
  EXPECT_NE(WriteRequest(request, "h").find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(HttpWireTest, ReadsAnAnswerWithALength) {
  HttpResponseReader reader;
  EXPECT_FALSE(reader.started());
  EXPECT_EQ(reader.Feed("HTTP/1.1 201 Created\r\nx-m2m-rsc: 2001\r\nContent-Length: 2\r\n\r\n{}"),
            Progress::kComplete);
  EXPECT_TRUE(reader.started());
  EXPECT_TRUE(reader.connection_is_clean());
  const auto response = reader.Take();
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.headers.Find("X-M2M-RSC"), "2001");
  EXPECT_EQ(response.body, "{}");
}

struct Answer {
  const char* octets;
  const char* body;
  bool clean;
};

class AnswerTest : public testing::TestWithParam<Answer> {};

TEST_P(AnswerTest, IsReadWholeAndOctetByOctet) {
  HttpResponseReader whole;
  EXPECT_EQ(whole.Feed(GetParam().octets), Progress::kComplete);
  EXPECT_EQ(whole.connection_is_clean(), GetParam().clean);
  EXPECT_EQ(whole.Take().body, GetParam().body);

  HttpResponseReader pieces;
  auto progress = Progress::kReading;
  for (const char* octet = GetParam().octets; *octet != '\0'; ++octet) {
    progress = pieces.Feed({octet, 1});
  }
  EXPECT_EQ(progress, Progress::kComplete);
  EXPECT_EQ(pieces.connection_is_clean(), GetParam().clean);
  EXPECT_EQ(pieces.Take().body, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    HttpWireTest, AnswerTest,
    testing::Values(
        Answer{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true},
        Answer{"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "x", true},   // no reason at all
        Answer{"HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx", "x", true},  // an empty one
        Answer{"HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "x", true},      // bare line feeds
        Answer{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\r\n", "{}", true},  // two too many
        Answer{"\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "x", true},
        Answer{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1", "x", false},
        Answer{"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", "x", false},
        Answer{"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "x", false},
        Answer{"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", "x",
               true},
        Answer{"HTTP/1.1 204 No Content\r\n\r\n", "", true},
        Answer{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "x",
               true},
        Answer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n"
               "A \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
               "{}0123456789", true}));

TEST(HttpWireTest, ReadsAnAnswerWithoutLengthUntilTheConnectionCloses) {
  HttpResponseReader reader;
  EXPECT_EQ(reader.Feed("HTTP/1.1 200 OK\r\n\r\n{\"a\""), Progress::kReading);
  EXPECT_EQ(reader.Feed(":1}\r\n"), Progress::kReading);
  EXPECT_EQ(reader.Close(), Progress::kComplete);
  EXPECT_FALSE(reader.connection_is_clean());
  EXPECT_EQ(reader.Take().body, "{\"a\":1}\r\n");
}

TEST(HttpWireTest, KnowsThatNothingOfAnAnswerHasCome) {
  HttpResponseReader reader;
  EXPECT_EQ(reader.Feed("\r\n\n"), Progress::kReading);
  EXPECT_FALSE(reader.started());
  EXPECT_EQ(reader.Close(), Progress::kMalformed);
  EXPECT_FALSE(reader.started());
}

TEST(HttpWireTest, RefusesAnAnswerThatIsCutAtAnyOctet) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-M2M-RSC: 2000\r\n\r\n{}";
  for (std::size_t length = 0; length < answer.size(); ++length) {
    HttpResponseReader reader;
    EXPECT_EQ(reader.Feed(std::string_view(answer).substr(0, length)), Progress::kReading);
    // Without the empty line nothing says that there is a length: none of these is complete.
    EXPECT_EQ(reader.Close(), Progress::kMalformed) << length;
    EXPECT_EQ(reader.started(), length > 0);
  }
}

class NoAnswerTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(NoAnswerTest, IsMalformed) {
  HttpResponseReader reader;
  EXPECT_EQ(reader.Feed(GetParam().first), Progress::kMalformed);
  EXPECT_EQ(reader.error(), GetParam().second);
  EXPECT_FALSE(reader.connection_is_clean());
}

INSTANTIATE_TEST_SUITE_P(
    HttpWireTest, NoAnswerTest,
    testing::Values(
        std::pair{"garbage\r\n", "no HTTP status line"},
        std::pair{"HTTP/2 200\r\n", "no HTTP status line"},
        std::pair{"HTTP/1.1 2x0 OK\r\n", "no HTTP status line"},
        std::pair{"HTTP/1.1 2000 OK\r\n", "no HTTP status line"},
        std::pair{"HTTP/1.1 099 OK\r\n", "no HTTP status line"},
        std::pair{"HTTP/1.1 20\r\n", "no HTTP status line"},
        std::pair{"HTTP/1.1 200 OK\r\nno colon\r\n", "no header field"},
        std::pair{"HTTP/1.1 200 OK\r\n: x\r\n", "no header field"},
        std::pair{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length"},
        std::pair{"HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n", "Content-Length"},
        std::pair{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
                  "Content-Length"},
        std::pair{"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", "body too long"},
        std::pair{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk size"},
        std::pair{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFF\r\n",
                  "body too long"},
        std::pair{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
                  "chunk longer than its size"}));

TEST(HttpWireTest, BoundsTheHead) {
  HttpResponseReader endless_line;
  EXPECT_EQ(endless_line.Feed(std::string(70'000, 'x')), Progress::kMalformed);
  HttpResponseReader endless_fields;
  auto progress = endless_fields.Feed("HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 100'000 && progress == Progress::kReading; ++i) {
    progress = endless_fields.Feed("A: b\r\n");
  }
  EXPECT_EQ(progress, Progress::kMalformed);
  EXPECT_EQ(endless_fields.error(), "head too long");
}

}  // namespace
}  // namespace onem2m

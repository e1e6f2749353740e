// HTTP/1.1 on the wire, client side: what a request looks like in octets, and the answer read from
// whatever pieces the connection delivers. (RFC 9112)
//
// The answer is not read with a library because three things must be known exactly that an HTTP
// session hides: whether any octet of an answer has come (then nothing may be repeated), whether
// the connection is clean after it (one CSE sends two octets more than it announces), and how long
// the whole exchange may still take.
#ifndef ONEM2M_CODEC_HTTP_WIRE_H_
#define ONEM2M_CODEC_HTTP_WIRE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "onem2m/codec/http_message.h"

namespace onem2m {

// Adds Host, Content-Length and Connection: keep-alive.
std::string WriteRequest(const HttpRequest& request, std::string_view host);

// Reads one answer. Feed it until it is not kReading; then it is used up.
// One thread only. Owns what it has read.
class HttpResponseReader {
 public:
  enum class Progress { kReading, kComplete, kMalformed };

  Progress Feed(std::string_view octets);
  // The peer has closed: completes an answer whose length is not announced, else kMalformed.
  Progress Close();

  // False until an octet has come that is not a blank line: nothing of an answer was seen.
  bool started() const { return started_; }
  // Complete, the peer keeps the connection, and nothing but blank lines came after the answer.
  bool connection_is_clean() const;
  const std::string& error() const { return error_; }
  HttpResponse Take() { return std::move(response_); }

 private:
  enum class Part {
    kStatusLine,
    kHeaders,
    kBodyOfLength,
    kBodyUntilClose,
    kChunkSize,
    kChunk,
    kChunkEnd,
    kTrailers,
    kDone,
    kFailed,
  };

  void Advance();
  bool AdvanceOnce();  // false when more octets are needed or the end is reached
  bool NextLine(std::string_view& line);
  void ReadStatusLine(std::string_view line);
  void ReadHeader(std::string_view line);
  void FinishHeaders();
  void ReadChunkSize(std::string_view line);
  bool MoveToBody(Part next);
  void Fail(std::string error);
  Progress progress() const;

  Part part_ = Part::kStatusLine;
  std::string pending_;
  std::size_t at_ = 0;  // in pending_: what is before it has been read
  std::size_t head_octets_ = 0;
  std::uint64_t remaining_ = 0;  // of the body or of the chunk
  bool started_ = false;
  bool peer_closes_ = false;
  std::string error_;
  HttpResponse response_;
};

}  // namespace onem2m

#endif  // ONEM2M_CODEC_HTTP_WIRE_H_

#include "onem2m/codec/http_wire.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace onem2m {
namespace {

constexpr std::size_t kMaxHeadOctets = 64 * 1024;
constexpr std::uint64_t kMaxBodyOctets = 64 * 1024 * 1024;

bool IsBlankLineOctet(char c) { return c == '\r' || c == '\n'; }

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool ParseUnsigned(std::string_view text, int base, std::uint64_t& number) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number, base);
  return !text.empty() && result.ec == std::errc() && result.ptr == end;
}

}  // namespace

std::string WriteRequest(const HttpRequest& request, std::string_view host) {
  std::string octets;
  octets.reserve(512 + request.body.size());
  octets += request.method;
  octets += ' ';
  octets += request.target;
  octets += " HTTP/1.1\r\nHost: ";
  octets += host;
  octets += "\r\n";
  for (const auto& [name, value] : request.headers.fields()) {
    octets += name;
    octets += ": ";
    octets += value;
    octets += "\r\n";
  }
  // RFC 9110 §8.6: a method that has a meaning for content says so even when there is none.
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    octets += "Content-Length: ";
    octets += std::to_string(request.body.size());
    octets += "\r\n";
  }
  octets += "Connection: keep-alive\r\n\r\n";
  octets += request.body;
  return octets;
}

HttpResponseReader::Progress HttpResponseReader::Feed(std::string_view octets) {
  pending_.append(octets);
  Advance();
  return progress();
}

HttpResponseReader::Progress HttpResponseReader::Close() {
  if (part_ == Part::kBodyUntilClose) {
    peer_closes_ = true;
    part_ = Part::kDone;
  } else if (part_ != Part::kDone && part_ != Part::kFailed) {
    Fail("closed before the end of the answer");
  }
  return progress();
}

bool HttpResponseReader::connection_is_clean() const {
  return part_ == Part::kDone && !peer_closes_ &&
         std::all_of(pending_.begin() + static_cast<std::ptrdiff_t>(at_), pending_.end(),
                     IsBlankLineOctet);
}

HttpResponseReader::Progress HttpResponseReader::progress() const {
  switch (part_) {
    case Part::kDone:
      return Progress::kComplete;
    case Part::kFailed:
      return Progress::kMalformed;
    case Part::kStatusLine:
    case Part::kHeaders:
    case Part::kBodyOfLength:
    case Part::kBodyUntilClose:
    case Part::kChunkSize:
    case Part::kChunk:
    case Part::kChunkEnd:
    case Part::kTrailers:
      break;
  }
  return Progress::kReading;
}

void HttpResponseReader::Fail(std::string error) {
  part_ = Part::kFailed;
  error_ = std::move(error);
}

void HttpResponseReader::Advance() {
  while (AdvanceOnce()) {
  }
  if (part_ != Part::kDone) {
    pending_.erase(0, at_);
    at_ = 0;
  }
}

bool HttpResponseReader::AdvanceOnce() {
  std::string_view line;
  switch (part_) {
    case Part::kStatusLine:
      // What an earlier answer had too much stands before this one.
      while (at_ < pending_.size() && IsBlankLineOctet(pending_[at_])) ++at_;
      started_ = started_ || at_ < pending_.size();
      if (!NextLine(line)) return false;
      ReadStatusLine(line);
      return true;
    case Part::kHeaders:
      if (!NextLine(line)) return false;
      if (line.empty()) {
        FinishHeaders();
      } else {
        ReadHeader(line);
      }
      return true;
    case Part::kBodyOfLength:
      return MoveToBody(Part::kDone);
    case Part::kBodyUntilClose:
      response_.body.append(pending_, at_);
      at_ = pending_.size();
      if (response_.body.size() > kMaxBodyOctets) Fail("body too long");
      return false;
    case Part::kChunkSize:
      if (!NextLine(line)) return false;
      ReadChunkSize(line);
      return true;
    case Part::kChunk:
      return MoveToBody(Part::kChunkEnd);
    case Part::kChunkEnd:
      if (!NextLine(line)) return false;
      if (line.empty()) {
        part_ = Part::kChunkSize;
      } else {
        Fail("chunk longer than its size");
      }
      return true;
    case Part::kTrailers:
      if (!NextLine(line)) return false;
      if (line.empty()) part_ = Part::kDone;
      return true;
    case Part::kDone:
    case Part::kFailed:
      break;
  }
  return false;
}

bool HttpResponseReader::NextLine(std::string_view& line) {
  const std::size_t end = pending_.find('\n', at_);
  const std::size_t length = (end == std::string::npos ? pending_.size() : end) - at_;
  if (head_octets_ + length > kMaxHeadOctets) {
    Fail("head too long");
    return false;
  }
  if (end == std::string::npos) return false;
  line = std::string_view(pending_).substr(at_, length);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  head_octets_ += length + 1;
  at_ = end + 1;
  return true;
}

// HTTP-version SP status-code [ SP reason-phrase ]; TS-0009 §6.3 leaves the reason out.
void HttpResponseReader::ReadStatusLine(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = 9;
  std::uint64_t status = 0;
  if (line.substr(0, kVersion.size()) != kVersion || line.size() < kStatusAt + 3 ||
      line[kStatusAt - 1] != ' ' || !ParseUnsigned(line.substr(kStatusAt, 3), 10, status) ||
      status < 100 || (line.size() > kStatusAt + 3 && line[kStatusAt + 3] != ' ')) {
    Fail("no HTTP status line");
    return;
  }
  response_ = HttpResponse();
  response_.status = static_cast<int>(status);
  // Persistence is the default from 1.1 on. (RFC 9112 §9.3)
  peer_closes_ = line[kVersion.size()] == '0';
  part_ = Part::kHeaders;
}

void HttpResponseReader::ReadHeader(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    Fail("no header field");
    return;
  }
  response_.headers.Add(line.substr(0, colon), line.substr(colon + 1));
}

// Message body length. (RFC 9112 §6.3)
void HttpResponseReader::FinishHeaders() {
  if (response_.status < 200) {  // an interim answer; the final one follows
    part_ = Part::kStatusLine;
    return;
  }
  const std::string connection = LowerCase(response_.headers.Find("Connection"));
  if (connection.find("close") != std::string::npos) {
    peer_closes_ = true;
  } else if (connection.find("keep-alive") != std::string::npos) {
    peer_closes_ = false;
  }
  constexpr int kNoContent = 204;
  constexpr int kNotModified = 304;
  if (response_.status == kNoContent || response_.status == kNotModified) {
    part_ = Part::kDone;
  } else if (LowerCase(response_.headers.Find("Transfer-Encoding")).find("chunked") !=
             std::string::npos) {
    part_ = Part::kChunkSize;
  } else if (!response_.headers.Has("Content-Length")) {
    part_ = Part::kBodyUntilClose;
  } else if (!ParseUnsigned(response_.headers.Find("Content-Length"), 10, remaining_)) {
    Fail("Content-Length");
  } else if (remaining_ > kMaxBodyOctets) {
    Fail("body too long");
  } else {
    part_ = Part::kBodyOfLength;
  }
}

void HttpResponseReader::ReadChunkSize(std::string_view line) {
  std::string_view size = line.substr(0, line.find(';'));
  while (!size.empty() && size.back() == ' ') size.remove_suffix(1);
  if (!ParseUnsigned(size, 16, remaining_)) {
    Fail("chunk size");
  } else if (remaining_ > kMaxBodyOctets - response_.body.size()) {
    Fail("body too long");
  } else {
    head_octets_ = 0;  // the bound is for one run of lines, not for a body in many chunks
    part_ = remaining_ == 0 ? Part::kTrailers : Part::kChunk;
  }
}

bool HttpResponseReader::MoveToBody(Part next) {
  const std::size_t available = pending_.size() - at_;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, available));
  response_.body.append(pending_, at_, count);
  at_ += count;
  remaining_ -= count;
  if (remaining_ > 0) return false;
  part_ = next;
  return true;
}

}  // namespace onem2m

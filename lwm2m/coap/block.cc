#include "lwm2m/coap/block.h"

#include <algorithm>
#include <utility>

namespace lwm2m {
namespace {

constexpr Seconds kExchangeLifetime{247};  // RFC 7252 §4.8.2

void Append(std::string& key, std::string_view part) {
  key.append(std::to_string(part.size())).push_back(':');
  key.append(part);
}

std::string KeyOfBody(const Peer& peer, const CoapRequest& request) {
  std::string key;
  Append(key, peer.address);
  Append(key, peer.local);
  key.push_back(static_cast<char>(peer.transport));
  key.push_back(static_cast<char>(request.method));
  for (const std::string& segment : request.path) Append(key, segment);
  key.push_back('?');
  for (const std::string& query : request.queries) Append(key, query);
  return key;
}

}  // namespace

bool Block::Fits(std::size_t octets) const {
  if (exponent == kBert) return !more || (octets > 0 && octets % size() == 0);
  return more ? octets == size() : octets <= size();
}

std::optional<Block> ParseBlock(std::string_view option_value, bool stream) {
  if (option_value.size() > 3) return std::nullopt;
  std::uint32_t value = 0;
  for (const char octet : option_value) {
    value = value << 8 | static_cast<unsigned char>(octet);
  }
  Block block;
  block.number = value >> 4;
  block.more = (value & 0x8) != 0;
  block.exponent = value & 0x7;
  if (block.exponent == Block::kBert && !stream) return std::nullopt;
  return block;
}

std::string EncodeBlock(const Block& block) {
  const std::uint32_t value = block.number << 4 | (block.more ? 0x8u : 0u) | block.exponent;
  std::string octets;
  if (value > 0xffff) octets.push_back(static_cast<char>(value >> 16));
  if (value > 0xff) octets.push_back(static_cast<char>(value >> 8 & 0xff));
  octets.push_back(static_cast<char>(value & 0xff));
  return octets;
}

AnswerPart CutAnswer(const CoapResponse& response, const std::optional<Block>& wanted,
                     unsigned largest_exponent) {
  const std::string_view body = response.payload.body();
  AnswerPart part{response.code, body, {}};
  Block block = wanted.value_or(Block{});
  // Blocks of another size than the one asked for would make its number another offset.
  if (block.number == 0) block.exponent = std::min(block.exponent, largest_exponent);
  if (block.exponent == Block::kBert) block.exponent = Block::kLargestExponent;
  const bool whole = block.number == 0 && body.size() <= block.size();
  if (!IsSuccess(response.code) || whole) return part;
  if (block.offset() >= body.size()) return {Code::kBadRequest, {}, {}};
  part.octets = body.substr(block.offset(), block.size());
  block.more = block.offset() + part.octets.size() < body.size();
  part.options.block2 = block;
  part.options.etag = response.etag;
  if (block.number == 0) part.options.size2 = static_cast<std::uint32_t>(body.size());
  return part;
}

void BlockAssembly::Drop(Bodies::iterator body) {
  octets_ -= body->octets.size();
  by_key_.erase(body->key);
  bodies_.erase(body);
}

BlockAssembly::Taken BlockAssembly::Take(const Peer& peer, const CoapRequest& request,
                                         const Block& block, TimePoint now) {
  const std::string& payload = request.payload.octets;
  if (!block.Fits(payload.size())) return {Outcome::kMalformed, {}, {}};
  const std::string key = KeyOfBody(peer, request);
  auto known = by_key_.find(key);
  if (block.number == 0 && known == by_key_.end()) {
    bodies_.push_back(Body{key, {}, {}, false, now});
    known = by_key_.emplace(key, std::prev(bodies_.end())).first;
  }
  if (known == by_key_.end()) return {Outcome::kIncomplete, {}, {}};
  const Bodies::iterator body = known->second;
  const std::string_view present = body->octets;
  if (block.offset() > present.size() || (block.offset() == present.size() && body->complete)) {
    return {Outcome::kIncomplete, {}, {}};
  }
  if (block.offset() + payload.size() > bounds_.body) {
    Drop(body);
    return {Outcome::kTooLarge, {}, {}};
  }
  // A block that is there already is a duplicate, perhaps a late one of an older block: it takes
  // nothing away from what came after it. One that differs begins a transfer of something else.
  const bool again = !payload.empty() && present.substr(block.offset(), payload.size()) == payload;
  if (!again || (!block.more && block.offset() + payload.size() < present.size())) {
    octets_ -= body->octets.size();
    body->octets.resize(block.offset());
    body->octets += payload;
    octets_ += body->octets.size();
    body->complete = !block.more;
  }
  if (block.number == 0) {
    body->complete = false;  // it may be that all of it comes again
    body->format = request.payload.format;
  }
  body->touched = now;
  bodies_.splice(bodies_.end(), bodies_, body);
  Taken taken{block.more ? Outcome::kContinue : Outcome::kComplete, {}, body->format};
  if (!block.more) taken.body = body->octets;
  while (bodies_.size() > 1 && (octets_ > bounds_.octets || bodies_.size() > bounds_.bodies)) {
    Drop(bodies_.begin());
  }
  return taken;
}

void BlockAssembly::Expire(TimePoint now) {
  while (!bodies_.empty() && now - bodies_.front().touched >= kExchangeLifetime) {
    Drop(bodies_.begin());
  }
}

}  // namespace lwm2m

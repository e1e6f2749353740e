// The Block1 and Block2 options, and the assembly of what they cut in pieces.  (RFC 7959)
#ifndef LWM2M_COAP_BLOCK_H_
#define LWM2M_COAP_BLOCK_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lwm2m/message.h"
#include "lwm2m/registration.h"

namespace lwm2m {

//  NUM (0–20 bits) | M (1) | SZX (3)      RFC 7959 §2.2; an empty option value is 0/0/16.
struct Block {
  static constexpr unsigned kLargestExponent = 6;
  static constexpr unsigned kBert = 7;  // on streams: any number of 1024 octets (RFC 8323 §6)
  static constexpr std::uint32_t kLargestNumber = 0xfffff;

  std::uint32_t number = 0;
  bool more = false;
  unsigned exponent = kLargestExponent;

  std::size_t size() const {
    return std::size_t{16} << (exponent == kBert ? kLargestExponent : exponent);
  }
  std::size_t offset() const { return number * size(); }
  // Whether the message may carry that many octets.
  bool Fits(std::size_t octets) const;
  friend bool operator==(const Block&, const Block&) = default;
};
// nullopt for one that is too long, and for the size that is reserved except on streams (BLK-4).
std::optional<Block> ParseBlock(std::string_view option_value, bool stream = false);
// One to three octets.
std::string EncodeBlock(const Block& block);

// Options of block-wise transfer, which CoapRequest and CoapResponse do not know.
struct TransferOptions {
  std::optional<Block> block1;
  std::optional<Block> block2;
  std::optional<std::uint32_t> size1;
  std::optional<std::uint32_t> size2;
  std::string etag;
  bool malformed = false;  // a Block option with a reserved size or too long
};

// What one message takes of an answer of ours.  (RFC 7959 §2.4; BLK-2)
struct AnswerPart {
  Code code;
  std::string_view octets;  // of the response's body
  TransferOptions options;
};
// `wanted` is the Block2 option of the request, if it had one; blocks are not larger than that, nor
// than `largest_exponent`. Nothing is kept between blocks: a device may ask for any of them, and so
// go on after an interruption. A body that is no success, or fits, goes whole. 4.00 for a block
// behind the end.
AnswerPart CutAnswer(const CoapResponse& response, const std::optional<Block>& wanted,
                     unsigned largest_exponent);

// Puts Block1 uplinks together. Keyed by peer, method, path, queries and format, so that neither a
// token per block nor an evicted session matters.
//
// Loop thread only. Owns everything. Bounded per body, by number and in octets; the oldest gives
// way. (RFC 7959 §2.5; BLK-3)
class BlockAssembly {
 public:
  struct Bounds {
    std::size_t body = std::size_t{64} * 1024;
    std::size_t octets = std::size_t{16} * 1024 * 1024;
    std::size_t bodies = 4096;
  };
  explicit BlockAssembly(Bounds bounds) : bounds_(bounds) {}

  enum class Outcome {
    kContinue,    // 2.31: go on
    kComplete,    // `body` is the whole payload
    kIncomplete,  // 4.08: a block before this one is missing
    kTooLarge,    // 4.13
    kMalformed,   // 4.00: a block that is not last has another size than it says
  };
  struct Taken {
    Outcome outcome;
    std::string body;
    std::optional<ContentFormat> format;  // of the first block: docs/interop.md
  };
  // Takes one block. A duplicate, also a late one of an older block, gets the same outcome again:
  // the body stays until another transfer takes its place, or EXCHANGE_LIFETIME has passed.
  Taken Take(const Peer& peer, const CoapRequest& request, const Block& block, TimePoint now);
  void Expire(TimePoint now);

  const Bounds& bounds() const { return bounds_; }
  std::size_t octets() const { return octets_; }

 private:
  struct Body {
    std::string key;
    std::string octets;
    std::optional<ContentFormat> format;
    bool complete = false;  // the last block was taken: nothing is appended
    TimePoint touched;
  };
  using Bodies = std::list<Body>;  // oldest first
  void Drop(Bodies::iterator body);

  const Bounds bounds_;
  Bodies bodies_;
  std::unordered_map<std::string, Bodies::iterator> by_key_;
  std::size_t octets_ = 0;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_BLOCK_H_

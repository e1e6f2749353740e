// Reads CBOR item by item, without building a tree.  (RFC 8949)
#ifndef LWM2M_CODEC_CBOR_READER_H_
#define LWM2M_CODEC_CBOR_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lwm2m/error.h"
#include "lwm2m/value.h"

namespace lwm2m {

// The first three bits of an item.  (RFC 8949 §3.1)
enum class CborMajor {
  kUnsigned = 0,
  kNegative = 1,
  kBytes = 2,
  kText = 3,
  kArray = 4,
  kMap = 5,
  kTag = 6,
  kSimple = 7,
};

// An array or map that is being read.
struct CborContainer {
  bool indefinite;
  // Elements or pairs to come, as announced: only counted down, never used to reserve memory.
  std::uint64_t remaining;
};

// What one step of libcbor's decoder found: a whole item, or the head of one that has parts.
struct CborItem;

// Owned by one decoder call. The payload must outlive the reader.
class CborReader {
 public:
  explicit CborReader(std::string_view payload) : rest_(payload) {}

  bool at_end() const { return rest_.empty(); }
  // nullopt at the end.
  std::optional<CborMajor> major() const;

  Result<CborContainer> OpenArray() { return Open(CborMajor::kArray); }
  Result<CborContainer> OpenMap() { return Open(CborMajor::kMap); }
  // True when an element (of a map: a pair) follows; takes the "break" that ends an indefinite one.
  Result<bool> HasNext(CborContainer& container);

  // A number, Boolean, text or byte string as std::int64_t (std::uint64_t above its range), double,
  // bool, std::string or Opaque. Takes indefinite strings, tag 1 (epoch time) before a number and
  // tag 4 (decimal fraction).
  Result<Value> ReadValue();
  // Passes over one item of any kind.
  Result<void> Skip() { return Skip(0); }

 private:
  Result<CborItem> Take();
  Result<CborContainer> Open(CborMajor major);
  Result<Value> ReadUntagged();
  Result<Value> ReadChunks(CborMajor major);
  Result<Value> ReadDecimalFraction();
  Result<void> Skip(std::size_t depth);

  std::string_view rest_;
};

}  // namespace lwm2m

#endif  // LWM2M_CODEC_CBOR_READER_H_

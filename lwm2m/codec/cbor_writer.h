// Writes CBOR in its shortest forms, with definite lengths.  (RFC 8949 §4.2.1)
#ifndef LWM2M_CODEC_CBOR_WRITER_H_
#define LWM2M_CODEC_CBOR_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "lwm2m/value.h"

namespace lwm2m {

// Owned by one encoder call.
class CborWriter {
 public:
  void Array(std::size_t elements);
  void Map(std::size_t pairs);
  void Integer(std::int64_t number);
  void Unsigned(std::uint64_t number);
  void Float(double number);
  void Boolean(bool truth);
  void Null();
  void Text(std::string_view text);
  void Bytes(std::string_view octets);
  // Time as an integer, Object Link and Corelnk as text.  (LwM2M Core 1.1.1 Table C-2)
  void Write(const Value& value);

  std::string Take() && { return std::move(octets_); }

 private:
  std::string octets_;
};

}  // namespace lwm2m

#endif  // LWM2M_CODEC_CBOR_WRITER_H_

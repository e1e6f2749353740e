#include "lwm2m/codec/cbor_writer.h"

#include <cbor.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace lwm2m {

namespace {

// Appends what `encode`, a function of libcbor, writes for `arguments`: never more than a head and
// eight octets.
template <typename Encode, typename... Arguments>
void Append(std::string& octets, Encode encode, Arguments... arguments) {
  std::array<unsigned char, 9> buffer;
  const std::size_t length = encode(arguments..., buffer.data(), buffer.size());
  octets.append(reinterpret_cast<const char*>(buffer.data()), length);
}

// A normal number of half precision has 10 bits after the point and exponents from -14 to 15.
bool FitsHalf(float number) {
  if (number == 0.0F) return true;
  const auto bits = std::bit_cast<std::uint32_t>(number);
  const int exponent = static_cast<int>(bits >> 23 & 0xff) - 127;
  return (bits & 0x1fff) == 0 && exponent >= -14 && exponent <= 15;
}

struct ValueWriter {
  CborWriter& out;

  void operator()(const std::string& text) const { out.Text(text); }
  void operator()(std::int64_t number) const { out.Integer(number); }
  void operator()(std::uint64_t number) const { out.Unsigned(number); }
  void operator()(double number) const { out.Float(number); }
  void operator()(bool truth) const { out.Boolean(truth); }
  void operator()(const Opaque& opaque) const { out.Bytes(opaque.octets); }
  void operator()(Time time) const { out.Integer(time.seconds); }
  void operator()(ObjectLink link) const { out.Text(ToText(Value(link))); }
  void operator()(const CoreLink& link) const { out.Text(link.text); }
};

}  // namespace

void CborWriter::Array(std::size_t elements) { Append(octets_, cbor_encode_array_start, elements); }

void CborWriter::Map(std::size_t pairs) { Append(octets_, cbor_encode_map_start, pairs); }

void CborWriter::Integer(std::int64_t number) {
  if (number >= 0) return Unsigned(static_cast<std::uint64_t>(number));
  Append(octets_, cbor_encode_negint, static_cast<std::uint64_t>(-1 - number));
}

void CborWriter::Unsigned(std::uint64_t number) { Append(octets_, cbor_encode_uint, number); }

void CborWriter::Float(double number) {
  const bool in_range = std::abs(number) <= std::numeric_limits<float>::max();
  const float single = in_range ? static_cast<float>(number) : 0.0F;
  if (!in_range || static_cast<double>(single) != number) {
    Append(octets_, cbor_encode_double, number);
  } else if (FitsHalf(single)) {
    Append(octets_, cbor_encode_half, single);
  } else {
    Append(octets_, cbor_encode_single, single);
  }
}

void CborWriter::Boolean(bool truth) { Append(octets_, cbor_encode_bool, truth); }

void CborWriter::Null() { Append(octets_, cbor_encode_null); }

void CborWriter::Text(std::string_view text) {
  Append(octets_, cbor_encode_string_start, text.size());
  octets_ += text;
}

void CborWriter::Bytes(std::string_view octets) {
  Append(octets_, cbor_encode_bytestring_start, octets.size());
  octets_ += octets;
}

void CborWriter::Write(const Value& value) { std::visit(ValueWriter{*this}, value); }

}  // namespace lwm2m

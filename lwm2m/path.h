// The path of an LwM2M entity: /, /3, /3/0, /3/0/9 or /3/0/7/1.  (LwM2M Core 1.1.1 §7.2, §6.3.1)
#ifndef LWM2M_PATH_H_
#define LWM2M_PATH_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lwm2m/error.h"

namespace lwm2m {

// Object, Object Instance, Resource and Resource Instance identifiers are 16 bits wide; 65535 is
// MAX_ID and reserved.  (VER-5)
using Id = std::uint16_t;
inline constexpr Id kMaxId = 65535;

// A value: up to four identifiers. Never includes an alternate root path. Immutable in use.
class Path {
 public:
  static constexpr std::size_t kMaxDepth = 4;

  constexpr Path() = default;  // the root, "/"
  constexpr explicit Path(Id object) : ids_{object, 0, 0, 0}, depth_(1) {}
  constexpr Path(Id object, Id instance) : ids_{object, instance, 0, 0}, depth_(2) {}
  constexpr Path(Id object, Id instance, Id resource)
      : ids_{object, instance, resource, 0}, depth_(3) {}
  constexpr Path(Id object, Id instance, Id resource, Id resource_instance)
      : ids_{object, instance, resource, resource_instance}, depth_(4) {}

  // Reads "/", "/3", "/3/0" … Decimal numbers without sign or leading zeros; one trailing slash is
  // tolerated. kMalformed names what is wrong.
  static Result<Path> Parse(std::string_view text);

  constexpr std::size_t depth() const { return depth_; }
  constexpr bool is_root() const { return depth_ == 0; }
  constexpr bool is_object() const { return depth_ == 1; }
  constexpr bool is_instance() const { return depth_ == 2; }
  constexpr bool is_resource() const { return depth_ == 3; }
  constexpr bool is_resource_instance() const { return depth_ == 4; }

  // Each requires that the path is at least so deep.
  constexpr Id object() const { return ids_[0]; }
  constexpr Id instance() const { return ids_[1]; }
  constexpr Id resource() const { return ids_[2]; }
  constexpr Id resource_instance() const { return ids_[3]; }
  constexpr Id operator[](std::size_t level) const { return ids_[level]; }

  // Requires depth() < kMaxDepth.
  constexpr Path Child(Id id) const {
    Path child = *this;
    child.ids_[child.depth_++] = id;
    return child;
  }
  // The first `depth` identifiers; requires depth <= this->depth().
  constexpr Path Prefix(std::size_t depth) const {
    Path prefix;
    for (std::size_t i = 0; i < depth; ++i) prefix = prefix.Child(ids_[i]);
    return prefix;
  }
  // True for this path itself and everything below it.
  constexpr bool Contains(const Path& other) const {
    if (other.depth_ < depth_) return false;
    for (std::size_t i = 0; i < depth_; ++i) {
      if (ids_[i] != other.ids_[i]) return false;
    }
    return true;
  }

  std::string ToString() const;  // "/" for the root

  // Orders parents directly before their children: identifiers first, then depth.
  friend constexpr std::strong_ordering operator<=>(const Path&, const Path&) = default;
  friend constexpr bool operator==(const Path&, const Path&) = default;

 private:
  std::array<Id, kMaxDepth> ids_{};
  std::uint8_t depth_ = 0;
};

}  // namespace lwm2m

template <>
struct std::hash<lwm2m::Path> {
  std::size_t operator()(const lwm2m::Path& path) const noexcept;
};

#endif  // LWM2M_PATH_H_

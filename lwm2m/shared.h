// A value that many records hold and few change: in memory once.
#ifndef LWM2M_SHARED_H_
#define LWM2M_SHARED_H_

#include <atomic>
#include <cstdint>
#include <utility>

namespace lwm2m {

// A value as any other, of the size of a pointer: a copy shares what it was copied from, and Edit()
// parts from those that it is shared with before it changes. So a hundred thousand devices of a
// kind have one object list, and server and service have one registration of each.
//
// Copies may be read, copied and destroyed on several threads at once; one object is used by one
// thread at a time, as a std::string is.
template <typename T>
class Shared {
 public:
  Shared() = default;  // T{}, which takes no memory
  Shared(T value)      // NOLINT(google-explicit-constructor): it is a T
      : node_(new Node(std::move(value))) {}
  Shared(const Shared& other) noexcept : node_(other.node_) {
    if (node_ != nullptr) node_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  Shared(Shared&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Shared() {
    if (node_ != nullptr && node_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete node_;
    }
  }

  const T& operator*() const { return node_ == nullptr ? Empty() : node_->value; }
  const T* operator->() const { return &**this; }
  operator const T&() const { return **this; }  // NOLINT(google-explicit-constructor): it is a T

  // The value, to be changed: nobody else has it. Until this is copied again.
  T& Edit() {
    if (node_ == nullptr || node_->holders.load(std::memory_order_acquire) > 1) *this = T(**this);
    return node_->value;
  }

  // True when both are one in memory; they may be equal without.
  bool IsSharedWith(const Shared& other) const { return node_ == other.node_; }
  // Nobody else has it.
  bool IsUnique() const {
    return node_ != nullptr && node_->holders.load(std::memory_order_acquire) == 1;
  }

  friend bool operator==(const Shared& left, const Shared& right) {
    return left.node_ == right.node_ || *left == *right;
  }
  friend bool operator==(const Shared& left, const T& right) { return *left == right; }

 private:
  struct Node {
    explicit Node(T initial) : value(std::move(initial)) {}
    std::atomic<std::uint32_t> holders{1};
    T value;
  };
  static const T& Empty() {
    static const T kEmpty{};
    return kEmpty;
  }

  Node* node_ = nullptr;
};

}  // namespace lwm2m

#endif  // LWM2M_SHARED_H_

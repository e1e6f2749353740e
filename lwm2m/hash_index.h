// Which records have a key, by the hash of the key: neither copies of keys nor a node per record.
#ifndef LWM2M_HASH_INDEX_H_
#define LWM2M_HASH_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace lwm2m {

// A hash table of small items, pointers to records or their numbers, that whoever uses it can tell
// apart; keys stay in the records, and several records may have the same. About 16 octets for a
// pointer: one array of items and one of tags, 32 bits of the hash, open addressing. (Knuth, TAOCP
// 6.4, Algorithm R: removal moves what follows, there are no tombstones.) Find() and ForEach() call
// what must not change the index.
template <typename Item>
class HashIndex {
 public:
  std::size_t size() const { return size_; }

  void Reserve(std::size_t items) {
    std::size_t capacity = tags_.size();
    while (items * kFullDenominator > capacity * kFullNumerator) {
      capacity = capacity == 0 ? kFewest : capacity * 2;
    }
    if (capacity != tags_.size()) Rehash(capacity);
  }

  void Add(std::size_t hash, Item item) {
    Reserve(size_ + 1);
    Place(TagOf(hash), std::move(item));
    ++size_;
  }

  // Takes out that item; false when it is not there.
  bool Remove(std::size_t hash, const Item& item) {
    if (size_ == 0) return false;
    const std::uint32_t tag = TagOf(hash);
    for (std::size_t at = tag & mask(); tags_[at] != kNone; at = (at + 1) & mask()) {
      if (tags_[at] != tag || !(items_[at] == item)) continue;
      Close(at);
      --size_;
      return true;
    }
    return false;
  }

  // An item of that hash for which `matches(item)` is true.
  template <typename Matches>
  std::optional<Item> Find(std::size_t hash, Matches matches) const {
    if (size_ == 0) return std::nullopt;
    const std::uint32_t tag = TagOf(hash);
    for (std::size_t at = tag & mask(); tags_[at] != kNone; at = (at + 1) & mask()) {
      if (tags_[at] == tag && matches(items_[at])) return items_[at];
    }
    return std::nullopt;
  }
  // All of that hash, and some of others.
  template <typename Visit>
  void ForEach(std::size_t hash, Visit visit) const {
    Find(hash, [&](const Item& item) {
      visit(item);
      return false;
    });
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (std::size_t at = 0; at < tags_.size(); ++at) {
      if (tags_[at] != kNone) visit(items_[at]);
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0;
  static constexpr std::size_t kFewest = 16;
  static constexpr std::size_t kFullNumerator = 4, kFullDenominator = 5;  // never fuller than this

  // Also of hashes that differ in few bits, such as those of numbers.
  static std::uint32_t TagOf(std::size_t hash) {
    const auto tag = static_cast<std::uint32_t>((std::uint64_t{hash} * 0x9e3779b97f4a7c15u) >> 32);
    return tag == kNone ? 1 : tag;
  }
  std::size_t mask() const { return tags_.size() - 1; }

  void Place(std::uint32_t tag, Item item) {
    std::size_t at = tag & mask();
    while (tags_[at] != kNone) at = (at + 1) & mask();
    tags_[at] = tag;
    items_[at] = std::move(item);
  }

  // Empties a place, and moves there what was put further along because of it.
  void Close(std::size_t at) {
    for (std::size_t next = (at + 1) & mask(); tags_[next] != kNone; next = (next + 1) & mask()) {
      const std::size_t wanted = tags_[next] & mask();
      if (((next - wanted) & mask()) < ((next - at) & mask())) continue;
      tags_[at] = tags_[next];
      items_[at] = std::move(items_[next]);
      at = next;
    }
    tags_[at] = kNone;
    items_[at] = Item{};
  }

  void Rehash(std::size_t capacity) {
    const std::vector<std::uint32_t> tags =
        std::exchange(tags_, std::vector<std::uint32_t>(capacity, kNone));
    std::vector<Item> items = std::exchange(items_, std::vector<Item>(capacity));
    for (std::size_t at = 0; at < tags.size(); ++at) {
      if (tags[at] != kNone) Place(tags[at], std::move(items[at]));
    }
  }

  std::vector<std::uint32_t> tags_;  // by place; kNone: nothing is there
  std::vector<Item> items_;
  std::size_t size_ = 0;
};

}  // namespace lwm2m

#endif  // LWM2M_HASH_INDEX_H_

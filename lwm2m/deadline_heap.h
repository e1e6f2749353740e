// Deadlines of many records, the earliest first.
#ifndef LWM2M_DEADLINE_HEAP_H_
#define LWM2M_DEADLINE_HEAP_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "lwm2m/registration.h"

namespace lwm2m {

// A binary heap in one array, of which each record knows its place: a deadline is moved or taken
// out without a search, and costs 16 octets and no node. `kPlace` is the member of the record that
// the heap keeps; 0: it has no deadline. Borrows the records: Remove() before one is destroyed.
template <typename Record, std::uint32_t Record::*kPlace>
class DeadlineHeap {
 public:
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  TimePoint earliest() const { return entries_.front().at; }  // unless empty
  Record& first() const { return *entries_.front().record; }

  bool Has(const Record& record) const { return record.*kPlace != 0; }
  TimePoint Of(const Record& record) const { return entries_[record.*kPlace - 1].at; }  // if Has()

  void Set(Record& record, TimePoint at) {
    if (!Has(record)) {
      entries_.push_back({at, &record});
      record.*kPlace = static_cast<std::uint32_t>(entries_.size());
    } else {
      entries_[record.*kPlace - 1].at = at;
    }
    Settle(record.*kPlace - 1);
  }

  void Remove(Record& record) {
    if (!Has(record)) return;
    const std::size_t place = record.*kPlace - 1;
    record.*kPlace = 0;
    const Entry last = entries_.back();
    entries_.pop_back();
    if (place == entries_.size()) return;
    Put(place, last);
    Settle(place);
  }

 private:
  struct Entry {
    TimePoint at;
    Record* record;
  };

  void Put(std::size_t place, const Entry& entry) {
    entries_[place] = entry;
    entry.record->*kPlace = static_cast<std::uint32_t>(place + 1);
  }

  // Moves the entry up or down to where it belongs.
  void Settle(std::size_t place) {
    const Entry entry = entries_[place];
    while (place > 0 && entry.at < entries_[(place - 1) / 2].at) {
      Put(place, entries_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    for (std::size_t child = 2 * place + 1; child < entries_.size(); child = 2 * place + 1) {
      const bool right = child + 1 < entries_.size() && entries_[child + 1].at < entries_[child].at;
      if (right) ++child;
      if (entry.at <= entries_[child].at) break;
      Put(place, entries_[child]);
      place = child;
    }
    Put(place, entry);
  }

  std::vector<Entry> entries_;
};

}  // namespace lwm2m

#endif  // LWM2M_DEADLINE_HEAP_H_

// Established observations by token, and which of their notifications are new.
#ifndef LWM2M_OBSERVATION_TABLE_H_
#define LWM2M_OBSERVATION_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lwm2m/attributes.h"
#include "lwm2m/hash_index.h"
#include "lwm2m/message.h"
#include "lwm2m/path.h"
#include "lwm2m/registration.h"
#include "lwm2m/server.h"
#include "lwm2m/shared.h"

namespace lwm2m {

// Number and time of a notification.
struct NotificationOrder {
  std::uint32_t sequence = 0;  // 24 bits
  TimePoint at{};
};

// RFC 7641 §3.4: a notification is newer if its number is ahead by less than 2^23, or if it arrived
// more than 128 seconds after the newest one seen.
bool IsFresher(const NotificationOrder& seen, const NotificationOrder& incoming);

// What makes two notifications of one observation the same message (RFC 7252 §4.5).
struct NotificationKey {
  std::uint16_t message_id = 0;
  std::uint32_t sequence = 0;
  std::size_t payload_hash = 0;
  friend bool operator==(const NotificationKey&, const NotificationKey&) = default;
};
NotificationKey KeyOf(const CoapResponse& notification);

// One observation and what was last received on it. What most observations do not have takes a
// pointer.
class ObservationState {
 public:
  // `endpoint`: its name, which outlives this.
  ObservationState(const std::string& endpoint, Observation observation);

  const std::string& endpoint() const { return *endpoint_; }
  const std::string& token() const { return token_; }
  const Path& path() const { return path_; }
  const std::vector<Path>& paths() const { return more_->paths; }
  const std::optional<ContentFormat>& accept() const { return accept_; }
  const NotificationAttributes& attributes() const { return more_->attributes; }
  const std::optional<Seconds>& maximum_period() const { return more_->maximum_period; }
  void set_maximum_period(std::optional<Seconds> period) { more_.Edit().maximum_period = period; }
  Observation observation() const;

  static constexpr std::size_t kRecent = 8;
  // Whether it is among the last kRecent that were stored. Of a key 64 bits are kept.
  bool WasReceived(const NotificationKey& key) const;
  void Remember(const NotificationKey& key);
  void Forget(const NotificationKey& key);

  std::optional<NotificationOrder> newest;
  TimePoint heard{};  // when it was last heard, established or asked for again

 private:
  struct More {
    std::vector<Path> paths;
    NotificationAttributes attributes;
    std::optional<Seconds> maximum_period;
  };
  const std::string* endpoint_;
  std::string token_;
  Path path_;
  std::optional<ContentFormat> accept_;
  std::uint8_t remembered_ = 0;  // of recent_, oldest first
  Shared<More> more_;
  std::array<std::uint64_t, kRecent> recent_{};
};

// Loop thread only. Owns everything. Tokens are unique over all endpoints: they are 64 random bits.
class ObservationTable {
 public:
  ObservationState* Find(const std::string& token);
  const ObservationState* Find(const std::string& token) const;
  // The observation of exactly that path, or of exactly that list of paths with the root as path;
  // nullptr when there is none.
  const ObservationState* Find(std::string_view endpoint, const Path& path,
                               const std::vector<Path>& paths = {}) const;
  std::vector<Observation> Of(std::string_view endpoint) const;  // by path
  std::size_t CountOf(std::string_view endpoint) const;
  std::vector<ObservationState*> StatesOf(std::string_view endpoint);  // until the next change

  // Adds it, or renews the one of the same endpoint and path or paths, whose freshness starts over.
  void Put(Observation observation);
  // Removes and returns it.
  std::optional<Observation> Remove(const std::string& token);
  std::vector<Observation> RemoveAll(std::string_view endpoint);

  std::size_t size() const { return by_token_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using States = std::vector<std::unique_ptr<ObservationState>>;  // of one endpoint, by path
  const States& StatesOrNone(std::string_view endpoint) const;
  static States::const_iterator Place(const States& states, const Path& path,
                                      const std::vector<Path>& paths);

  std::unordered_map<std::string, States, Hash, std::equal_to<>> by_endpoint_;
  HashIndex<ObservationState*> by_token_;
};

}  // namespace lwm2m

#endif  // LWM2M_OBSERVATION_TABLE_H_

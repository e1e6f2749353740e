// Established observations by token, and which of their notifications are new.
#ifndef LWM2M_OBSERVATION_TABLE_H_
#define LWM2M_OBSERVATION_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lwm2m/message.h"
#include "lwm2m/path.h"
#include "lwm2m/registration.h"
#include "lwm2m/server.h"

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

// One observation and what was last received on it.
struct ObservationState {
  Observation observation;
  std::optional<NotificationOrder> newest;
  std::vector<NotificationKey> recent;  // the last kRecent that were stored
  TimePoint heard{};                    // when it was last heard, established or asked for again

  static constexpr std::size_t kRecent = 8;
  bool WasReceived(const NotificationKey& key) const;
  void Remember(const NotificationKey& key);
  void Forget(const NotificationKey& key);
};

// Loop thread only. Owns everything. Tokens are unique over all endpoints: they are 64 random bits.
class ObservationTable {
 public:
  ObservationState* Find(const std::string& token);
  const ObservationState* Find(const std::string& token) const;
  // The observation of exactly that path, or of exactly that list of paths with the root as path;
  // nullptr when there is none.
  const Observation* Find(std::string_view endpoint, const Path& path,
                          const std::vector<Path>& paths = {}) const;
  std::vector<Observation> Of(std::string_view endpoint) const;
  std::size_t CountOf(std::string_view endpoint) const;
  std::vector<ObservationState*> StatesOf(std::string_view endpoint);  // until the next change

  // Adds it, or renews the one of the same endpoint and path or paths, whose freshness starts over.
  void Put(Observation observation);
  // Removes and returns it.
  std::optional<Observation> Remove(const std::string& token);
  std::vector<Observation> RemoveAll(std::string_view endpoint);

  std::size_t size() const { return by_token_.size(); }

 private:
  std::unordered_map<std::string, ObservationState> by_token_;
  using Target = std::pair<Path, std::vector<Path>>;
  std::map<std::string, std::map<Target, std::string>, std::less<>> tokens_;  // by endpoint
};

}  // namespace lwm2m

#endif  // LWM2M_OBSERVATION_TABLE_H_

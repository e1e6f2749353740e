// Firmware updates under way: between commands of applications and the devices.
#ifndef IPE_FIRMWARE_DESK_H_
#define IPE_FIRMWARE_DESK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ipe/config.h"
#include "ipe/firmware_files.h"
#include "ipe/metrics.h"
#include "ipe/store.h"
#include "lwm2m/firmware_update.h"
#include "lwm2m/object_model.h"
#include "lwm2m/server.h"
#include "onem2m/error.h"

namespace ipe {

// What a command asks for.
struct FirmwareOrder {
  std::string command;   // resource id of its contentInstance: its identity, also after a restart
  std::string endpoint;  // Endpoint Client Name
  std::string file;      // of firmware.directory; "" : `uri` is given
  std::string uri;       // where the device fetches the image; "" : from us, or it is pushed
  std::optional<lwm2m::FirmwareMethod> method;
  std::int64_t deadline = 0;  // Unix seconds: told to install by then
};

// Loop thread only. Runs at most one update of an endpoint at a time, any number of endpoints;
// every update is in the store with its step before the operation of that step is sent, and goes on
// after a restart. Images are shared. (FW-1 … FW-7; docs/firmware.md)
//
// Also the source that devices pull from: GET /fw/<key>/<file> on the registration ports. The key
// is of one update and unguessable, and where the endpoint is registered with an identity, a
// secured request must prove the same. So only a device with an update under way gets an image,
// from any address of its own, and what it does not finish it can resume by blocks.
class FirmwareDesk {
 public:
  // Where the update stands; after a finished() one no other follows.
  using Report = std::function<void(const lwm2m::FirmwareStatus&)>;
  enum class Begin { kNew, kResumed };

  FirmwareDesk(const Config::Firmware& config, const lwm2m::ObjectModel& model, Store& store,
               Metrics& metrics, std::function<std::int64_t()> unix_now);
  ~FirmwareDesk();

  // Updates of an earlier run; Start() takes them up by their command.
  StoreResult<void> Load();
  void set_server(lwm2m::Server& server) { server_ = &server; }

  // Never calls `report` from within. An error says why there is no update: file, URI, endpoint
  // without registration or object 5, another update of it under way (4105).
  onem2m::Result<Begin> Start(const FirmwareOrder& order, Report report, lwm2m::TimePoint now);
  // Ends the endpoint's update in the device too; its report says so. 4004: none is under way;
  // 4005: the device installs already.
  onem2m::Result<void> Cancel(std::string_view endpoint, lwm2m::TimePoint now);
  // True for a command whose update an earlier run had begun.
  bool IsLeftOver(std::string_view command) const;

  // The endpoint was registered, or its registration was updated (FW-7).
  void OnRegistered(std::string_view endpoint, lwm2m::TimePoint now);
  // A value of the endpoint, from a notification or a Read.
  void OnValue(std::string_view endpoint, const lwm2m::Path& path, const lwm2m::Payload& payload,
               lwm2m::TimePoint now);
  // Returns when to be called again at the latest.
  lwm2m::TimePoint Tick(lwm2m::TimePoint now);

  // lwm2m::ServerOptions::resources
  std::optional<lwm2m::CoapResponse> Serve(const lwm2m::Peer& peer,
                                           const lwm2m::CoapRequest& request);

  // One JSON object per update under way, for the admin port: {"updates":[…]}.
  std::string ToJson() const;
  std::size_t open_updates() const { return updates_.size(); }

 private:
  struct Update;
  using Scheduled = std::pair<lwm2m::TimePoint, std::string>;

  onem2m::Result<std::shared_ptr<const FirmwareFile>> FileOf(const FirmwareOrder& order);
  std::vector<std::string> SourcesFor(const FirmwareOrder& order, const std::string& key) const;
  std::string KeyOf(const FirmwareOrder& order) const;
  Update* Find(std::string_view endpoint);
  void Pump(Update& update);
  void Submit(Update& update, lwm2m::Operation operation);
  void Remember(Update& update);
  void Tell(Update& update);
  void End(Update& update);
  void Schedule(Update& update);

  const Config::Firmware& config_;
  const lwm2m::ObjectModel& model_;
  Store& store_;
  Metrics& metrics_;
  const std::function<std::int64_t()> unix_now_;
  lwm2m::Server* server_ = nullptr;
  FirmwareFiles files_;
  lwm2m::TimePoint now_{};
  std::unordered_map<std::string, std::unique_ptr<Update>> updates_;  // by endpoint
  std::unordered_map<std::string, std::string> by_key_;               // endpoint
  std::unordered_map<std::string, lwm2m::FirmwareStatus> left_over_;  // by command
  std::set<Scheduled> schedule_;
  std::uint64_t next_id_ = 1;
};

}  // namespace ipe

#endif  // IPE_FIRMWARE_DESK_H_

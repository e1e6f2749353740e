// <mgmtObj>s of the endpoints: what devices say goes in, what applications write comes out as
// commands.
#ifndef IPE_MANAGEMENT_DESK_H_
#define IPE_MANAGEMENT_DESK_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ipe/endpoint.h"
#include "ipe/own_subscriptions.h"
#include "ipe/store.h"
#include "lwm2m/firmware_update.h"
#include "lwm2m/object_model.h"
#include "mapping/management_command.h"
#include "mapping/management_object.h"
#include "mapping/profile.h"

namespace ipe {

// Loop thread only. Keeps, for endpoints that have the mode, what each of their <mgmtObj>s says as
// far as we know: so that only what changed is told, and that our own Updates are recognised when
// the CSE tells us of them (R54). A command is one of CommandDesk's, in whose store it is before
// anything happens to it; its identity is of the resource, the attribute and the time at which the
// CSE took it, so that a notification that comes twice is one command.
// (TS-0014 clause 9, TS-0005 §6; R7, R79–R81)
class ManagementDesk {
 public:
  // What it asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual Endpoint* FindEndpoint(std::string_view endpoint) = 0;
    virtual void TellCse(Endpoint& endpoint, std::vector<OutboxRow> rows) = 0;
    virtual void WantSubscription(Endpoint& endpoint, SubscriptionPlace place) = 0;
    // Takes it as the contentInstance of a command in `container`, once by its resource id;
    // false: not taken, and no OnCommandEnded follows.
    virtual bool TakeCommand(const std::string& endpoint, const std::string& container,
                             const onem2m::ContentInstance& command) = 0;
  };

  ManagementDesk(Surroundings& surroundings, const mapping::Profile& profile,
                 const lwm2m::ObjectModel& model, std::function<std::int64_t()> unix_now);

  // --- from the device
  // Rows of what a message says anew; decodes only where the mode is on. An error: the payload
  // cannot be decoded.
  lwm2m::Result<std::vector<OutboxRow>> RowsOf(const Endpoint& endpoint, const lwm2m::Path& path,
                                               const lwm2m::Payload& payload);
  std::vector<OutboxRow> RowsOf(const Endpoint& endpoint, std::vector<lwm2m::Record> records);
  // The outbox did not take rows: what they said has to be said again.
  void OnRowsLost(const Endpoint& endpoint);

  // --- the life of an endpoint
  // Registered or updated: makes what no value would make. `restored`: by an earlier run of the
  // service; then also what it had made is looked for, to know its subscription.
  void OnRegistered(Endpoint& endpoint, bool restored = false);
  // The CSE has lost what it knew.
  void OnCseLost(Endpoint& endpoint);
  void ForgetEndpoint(std::string_view endpoint);

  // --- to the CSE
  void OnSending(const Endpoint& endpoint, const std::vector<OutboxRow>& rows);
  void OnDelivered(Endpoint& endpoint, RowId row);

  // --- from applications
  void OnNotification(const OwnNotification& arrived);
  // Deleted, perhaps with the <mgmtObj>.
  void OnSubscriptionLost(Endpoint& endpoint, const SubscriptionPlace& place);

  // --- commands that began here
  static bool IsOwn(const OpenCommand& open);
  void OnCommandBegun(const OpenCommand& open);
  void OnFirmware(const OpenCommand& open, const lwm2m::FirmwareStatus& status);
  void OnCommandEnded(const OpenCommand& open, bool succeeded);

 private:
  // What we sent, and may be told of.
  struct Echo {
    std::string name;
    onem2m::AttributeValue value;
    std::int64_t until = 0;     // Unix seconds
    std::int64_t heard_at = 0;  // we were told of it, with this lastModifiedTime; 0: not yet
    std::string modified_at = {};
  };
  struct Running {
    std::string command;                           // OpenCommand::resource_id
    std::optional<onem2m::AttributeValue> before;  // what the attribute said before it was written
  };
  struct Managed {
    onem2m::NamedAttributes known;  // what it says when all that is in the outbox is delivered
    std::map<std::string, Running> running;  // by attribute
    std::deque<Echo> echoes;
    bool told = false;        // in this run
    bool subscribed = false;  // or asked for
    // The last notification without a time: the same again within seconds is the same.
    onem2m::NamedAttributes last_written;
    std::int64_t last_written_at = 0;
  };
  struct Desk {
    std::map<std::string, Managed> objects;                // by name
    std::vector<std::pair<RowId, std::string>> in_flight;  // of the delivery under way: names
  };

  mapping::ManagementRules RulesOf(const Endpoint& endpoint) const;
  // Rows that say `attributes`, as far as the resource does not say so already.
  void Say(const std::string& endpoint, const mapping::ManagementPlan& plan,
           const onem2m::NamedAttributes& attributes, OutboxRow::Kind kind,
           std::vector<OutboxRow>& rows);
  void SayNow(Endpoint& endpoint, const mapping::ManagementPlan& plan,
              const onem2m::NamedAttributes& attributes);
  bool enabled() const { return profile_.HasManagementObjects(); }
  bool IsEcho(Managed& managed, const onem2m::NamedAttribute& attribute,
              const std::string& modified_at) const;
  onem2m::NamedAttributes Written(Managed& managed, const onem2m::ManagementObject& told) const;
  std::string StampOf(Managed& managed, const onem2m::NamedAttributes& written,
                      const std::string& modified_at) const;

  Surroundings& surroundings_;
  const mapping::Profile& profile_;
  const lwm2m::ObjectModel& model_;
  const std::function<std::int64_t()> unix_now_;
  std::unordered_map<std::string, Desk> desks_;  // by endpoint
};

}  // namespace ipe

#endif  // IPE_MANAGEMENT_DESK_H_

// Modules (<flexContainer>) that applications write: their Updates are Writes to the device.
#ifndef IPE_MODULE_DESK_H_
#define IPE_MODULE_DESK_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ipe/own_subscriptions.h"
#include "ipe/store.h"
#include "lwm2m/object_model.h"
#include "onem2m/resources.h"

namespace ipe {

// Loop thread only. Keeps what was told of modules that can be written, so that the CSE's
// notifications of our own Updates are told from those of applications (R54): a notification does
// not say who made an Update, only what the module says after it. Nothing is kept for endpoints
// without such modules. What an application changed is a command of the CommandDesk. (TS-0014 §6.4;
// R51, R54)
class ModuleDesk {
 public:
  // What it asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    // A command in the words of `requests`, taken once by its resource id; false: not taken.
    virtual bool TakeCommand(const std::string& endpoint, const std::string& container,
                             const onem2m::ContentInstance& command) = 0;
    // Rows that put back what an application has changed and the device cannot.
    virtual void PutBack(const std::string& endpoint, std::vector<OutboxRow> rows) = 0;
  };

  ModuleDesk(Surroundings& surroundings, const lwm2m::ObjectModel& model)
      : surroundings_(surroundings), model_(model) {}

  // Rows on their way to the CSE.
  void OnSending(const std::string& endpoint, const std::vector<OutboxRow>& rows);
  // Of a subscription on a module.
  void OnNotification(const OwnNotification& arrived);
  void ForgetEndpoint(const std::string& endpoint) { modules_.erase(endpoint); }

 private:
  struct Module {
    onem2m::NamedAttributes known;             // what it says when all that was sent has arrived
    std::deque<onem2m::NamedAttributes> told;  // after each of our Updates not notified yet
    std::string resource_id;                   // which one they tell of
    std::deque<std::int64_t> state_tags;       // of notifications seen
  };

  static bool IsRepeated(Module& module, const onem2m::FlexContainer& notified);
  static bool IsOurs(Module& module, const onem2m::NamedAttributes& notified);
  void Take(const OwnNotification& arrived, Module& module, const onem2m::FlexContainer& notified);

  Surroundings& surroundings_;
  const lwm2m::ObjectModel& model_;
  std::unordered_map<std::string, std::map<std::string, Module>> modules_;  // endpoint, address
};

}  // namespace ipe

#endif  // IPE_MODULE_DESK_H_

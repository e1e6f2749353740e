// What a Bootstrap-Server sends to one client, in order.  (LwM2M Core 1.1.1 §6.1.6, §6.1.7)
#ifndef LWM2M_BOOTSTRAP_PLAN_H_
#define LWM2M_BOOTSTRAP_PLAN_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/bootstrap_account.h"
#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// The accounts that a client has, from the answer to a Bootstrap-Discover (BS-7).
struct BootstrapInventory {
  std::string version;                       // "1.1"; "" when it does not say
  std::map<Id, std::optional<Id>> security;  // instance of object 0 → Short Server ID
  std::map<Id, std::optional<Id>> servers;   // instance of object 1 → Short Server ID
  // Core §6.1.7.3: the account of the Bootstrap-Server is listed without ssid.
  bool IsBootstrapAccount(Id security_instance) const;
};
// kMalformed when the text is no link format.
Result<BootstrapInventory> ReadInventory(std::string_view links);

struct BootstrapStep {
  enum class Kind { kDiscover, kDelete, kWrite, kRead, kFinish };
  Kind kind = Kind::kFinish;
  Path path;
  std::vector<Record> records;  // kWrite
  // A refusal ends the run: the client could not register without it.
  bool required = false;
};
std::string_view ToString(BootstrapStep::Kind kind);

// Deletes, Writes, Reads and Finish; the Discover that gave `inventory` comes before them.
// Instances that the account leaves open are the lowest that are free, never that of the bootstrap
// account, which has instance 0 by custom where `inventory` is absent.
std::vector<BootstrapStep> PlanBootstrap(const BootstrapAccount& account,
                                         const std::optional<BootstrapInventory>& inventory,
                                         const ObjectModel& model);

// Everything that the plan writes, in one list: the content of a Bootstrap-Pack (BS-16).
std::vector<Record> BootstrapPack(const BootstrapAccount& account, const ObjectModel& model);

}  // namespace lwm2m

#endif  // LWM2M_BOOTSTRAP_PLAN_H_

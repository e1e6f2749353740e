#include "lwm2m/bootstrap_plan.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <utility>

#include "lwm2m/core_link.h"

namespace lwm2m {
namespace {

constexpr Id kSecurityObject = 0;
constexpr Id kServerObject = 1;
constexpr Id kAccessControlObject = 2;

std::optional<Id> ReadShortServerId(const CoreLinkEntry& link) {
  const std::string* text = link.Find("ssid");
  if (text == nullptr) return std::nullopt;
  Id id = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, id);
  // BS-14: 0 and 65535 name no server.
  if (error != std::errc() || stop != end || id == 0 || id == kMaxId) return std::nullopt;
  return id;
}

Id LowestFree(const std::set<Id>& taken) {
  Id id = 0;
  while (taken.count(id) > 0) ++id;
  return id;
}

bool IsDeleted(const BootstrapAccount& account, const Path& instance) {
  return std::any_of(account.deletes.begin(), account.deletes.end(),
                     [&](const Path& deleted) { return deleted.Contains(instance); });
}

// Chooses instances of one object, one for each server.
class InstanceChoice {
 public:
  void Reserve(Id instance) { taken_.insert(instance); }
  void Occupy(Id instance, std::optional<Id> short_server_id) {
    taken_.insert(instance);
    if (short_server_id) of_server_.emplace(*short_server_id, instance);
  }
  // What the client has for that server already, else what the account wants, else the lowest.
  void Want(Id short_server_id, const std::optional<Id>& wanted) {
    const auto known = of_server_.find(short_server_id);
    if (known != of_server_.end()) {
      chosen_[short_server_id] = known->second;
    } else if (wanted && taken_.insert(*wanted).second) {
      chosen_[short_server_id] = *wanted;
    }
  }
  Id Choose(Id short_server_id) {
    const auto known = chosen_.find(short_server_id);
    if (known != chosen_.end()) return known->second;
    const Id free = LowestFree(taken_);
    taken_.insert(free);
    chosen_[short_server_id] = free;
    return free;
  }

 private:
  std::set<Id> taken_;
  std::map<Id, Id> of_server_;  // Short Server ID → instance that is there
  std::map<Id, Id> chosen_;
};

InstanceChoice ChooseSecurity(const BootstrapAccount& account,
                              const std::optional<BootstrapInventory>& inventory) {
  InstanceChoice choice;
  const bool zero_is_wanted = std::any_of(
      account.servers.begin(), account.servers.end(),
      [](const BootstrapServerEntry& entry) { return entry.security_instance == Id{0}; });
  // By custom 0 is the bootstrap account, unless somebody who knows the client says otherwise.
  if ((!inventory || inventory->security.empty()) && !zero_is_wanted) choice.Reserve(0);
  if (inventory) {
    const bool recognised = std::any_of(
        inventory->security.begin(), inventory->security.end(),
        [&](const auto& listed) { return inventory->IsBootstrapAccount(listed.first); });
    for (const auto& [instance, short_server_id] : inventory->security) {
      if (inventory->IsBootstrapAccount(instance) || !recognised) {
        choice.Reserve(instance);
      } else if (!IsDeleted(account, Path(kSecurityObject, instance))) {
        choice.Occupy(instance, short_server_id);
      }
    }
  }
  for (const BootstrapServerEntry& entry : account.servers) {
    choice.Want(entry.short_server_id, entry.security_instance);
  }
  return choice;
}

InstanceChoice ChooseServer(const BootstrapAccount& account,
                            const std::optional<BootstrapInventory>& inventory) {
  InstanceChoice choice;
  if (inventory) {
    for (const auto& [instance, short_server_id] : inventory->servers) {
      if (!IsDeleted(account, Path(kServerObject, instance))) {
        choice.Occupy(instance, short_server_id);
      }
    }
  }
  for (const BootstrapServerEntry& entry : account.servers) {
    choice.Want(entry.short_server_id, entry.server_instance);
  }
  return choice;
}

BootstrapStep Write(Path path, std::vector<Record> records, bool required) {
  return {BootstrapStep::Kind::kWrite, path, std::move(records), required};
}

// A PUT replaces what it names, and of an object that is always there only a resource is meant.
std::vector<BootstrapStep> WriteValues(const BootstrapAccount& account, const ObjectModel& model) {
  std::map<Path, std::vector<Record>> by_path;
  for (const Record& record : account.values) {
    const ObjectDefinition* object = model.Find(record.path.object());
    const bool single = object == nullptr || !object->multiple;
    by_path[record.path.Prefix(single ? 3 : 2)].push_back(record);
  }
  std::vector<BootstrapStep> steps;
  for (auto& [path, records] : by_path) steps.push_back(Write(path, std::move(records), false));
  return steps;
}

std::vector<BootstrapStep> PlanWrites(const BootstrapAccount& account,
                                      const std::optional<BootstrapInventory>& inventory,
                                      const ObjectModel& model) {
  InstanceChoice security = ChooseSecurity(account, inventory);
  InstanceChoice server = ChooseServer(account, inventory);
  std::vector<BootstrapStep> steps;
  for (const BootstrapServerEntry& entry : account.servers) {
    const Id instance = security.Choose(entry.short_server_id);
    steps.push_back(Write(Path(kSecurityObject, instance), SecurityRecords(entry, instance), true));
  }
  for (const BootstrapServerEntry& entry : account.servers) {
    const Id instance = server.Choose(entry.short_server_id);
    steps.push_back(Write(Path(kServerObject, instance), ServerRecords(entry, instance), true));
  }
  Id instance = 0;
  for (const BootstrapAccessControl& entry : account.access_control) {
    steps.push_back(
        Write(Path(kAccessControlObject, instance), AccessControlRecords(entry, instance), false));
    ++instance;
  }
  for (BootstrapStep& step : WriteValues(account, model)) steps.push_back(std::move(step));
  return steps;
}

}  // namespace

bool BootstrapInventory::IsBootstrapAccount(Id security_instance) const {
  const auto listed = security.find(security_instance);
  return listed != security.end() && !listed->second;
}

Result<BootstrapInventory> ReadInventory(std::string_view links) {
  const auto entries = ParseCoreLinks(links);
  if (!entries) return tl::unexpected(entries.error());
  BootstrapInventory inventory;
  for (const CoreLinkEntry& link : *entries) {
    if (link.target.empty() || link.target == "/") {
      if (const std::string* version = link.Find("lwm2m")) inventory.version = *version;
      continue;
    }
    const auto path = Path::Parse(link.target);
    if (!path || !path->is_instance()) continue;
    if (path->object() == kSecurityObject) {
      inventory.security[path->instance()] = ReadShortServerId(link);
    } else if (path->object() == kServerObject) {
      inventory.servers[path->instance()] = ReadShortServerId(link);
    }
  }
  return inventory;
}

std::string_view ToString(BootstrapStep::Kind kind) {
  switch (kind) {
    case BootstrapStep::Kind::kDiscover:
      return "discover";
    case BootstrapStep::Kind::kDelete:
      return "delete";
    case BootstrapStep::Kind::kWrite:
      return "write";
    case BootstrapStep::Kind::kRead:
      return "read";
    case BootstrapStep::Kind::kFinish:
      return "finish";
  }
  return "unknown";
}

std::vector<BootstrapStep> PlanBootstrap(const BootstrapAccount& account,
                                         const std::optional<BootstrapInventory>& inventory,
                                         const ObjectModel& model) {
  std::vector<BootstrapStep> steps;
  for (const Path& path : account.deletes) {
    // BS-6: the bootstrap account survives, so nobody asks for its deletion by name.
    const bool bootstrap_account = inventory && path.is_instance() &&
                                   path.object() == kSecurityObject &&
                                   inventory->IsBootstrapAccount(path.instance());
    if (!bootstrap_account) steps.push_back({BootstrapStep::Kind::kDelete, path, {}, false});
  }
  for (BootstrapStep& step : PlanWrites(account, inventory, model)) {
    steps.push_back(std::move(step));
  }
  for (const Path& path : account.reads) {
    steps.push_back({BootstrapStep::Kind::kRead, path, {}, false});
  }
  steps.push_back({BootstrapStep::Kind::kFinish, Path(), {}, true});
  return steps;
}

std::vector<Record> BootstrapPack(const BootstrapAccount& account, const ObjectModel& model) {
  std::vector<Record> records;
  for (BootstrapStep& step : PlanWrites(account, std::nullopt, model)) {
    std::move(step.records.begin(), step.records.end(), std::back_inserter(records));
  }
  return records;
}

}  // namespace lwm2m

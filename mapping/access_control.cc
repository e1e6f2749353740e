#include "mapping/access_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lwm2m/access_control.h"
#include "onem2m/notification.h"

namespace mapping {

using onem2m::AccessControlPolicy;
using onem2m::AccessControlRule;

namespace {

constexpr int kReading = onem2m::kMayRetrieve | onem2m::kMayDiscover;
constexpr int kSubscription = static_cast<int>(onem2m::ResourceType::kSubscription);
constexpr int kContentInstance = static_cast<int>(onem2m::ResourceType::kContentInstance);

using Originators = std::set<std::string>;

std::string OriginatorIn(const std::string& text) { return std::string(onem2m::LastSegment(text)); }

// What a rule lets be created that reaches a device: not where it is limited to subscriptions.
bool LetsCommand(const AccessControlRule& rule) {
  if ((rule.operations & onem2m::kMayUpdate) != 0) return true;
  return (rule.operations & onem2m::kMayCreate) != 0 &&
         (rule.child_types.empty() || std::find(rule.child_types.begin(), rule.child_types.end(),
                                                kContentInstance) != rule.child_types.end());
}

Originators WhoMay(const std::vector<AccessControlRule>& rules, const std::string& ipe_ae_id,
                   bool (*may)(const AccessControlRule&)) {
  Originators who;
  for (const AccessControlRule& rule : rules) {
    if (!may(rule)) continue;
    for (const std::string& originator : rule.originators) who.insert(OriginatorIn(originator));
  }
  who.erase(OriginatorIn(ipe_ae_id));
  return who;
}

bool MayRead(const AccessControlRule& rule) {
  return (rule.operations & onem2m::kMayRetrieve) != 0;
}
bool MayDelete(const AccessControlRule& rule) {
  return (rule.operations & onem2m::kMayDelete) != 0;
}
bool MayUpdate(const AccessControlRule& rule) {
  return (rule.operations & onem2m::kMayUpdate) != 0;
}

struct Granted {
  bool read = true, write = true, remove = true;
};

// The rows of the table of §6.6 in docs/mapping.md.
Granted GrantedBy(Protected what, int rights) {
  const auto has = [&](int right) { return (rights & right) != 0; };
  switch (what) {
    case Protected::kObject:  // §8.2: what is said of an object is only who may create instances
      return {true, has(lwm2m::kRightToCreate), true};
    case Protected::kInstance:
      return {has(lwm2m::kRightToRead), has(lwm2m::kRightToWrite), has(lwm2m::kRightToDelete)};
    case Protected::kExecutable:
      return {has(lwm2m::kRightToRead), has(lwm2m::kRightToExecute), has(lwm2m::kRightToDelete)};
  }
  return {};
}

AccessControlPolicy BuildPolicy(std::string name, const Granted& granted, const AccessLists& lists,
                                const std::string& ipe_ae_id) {
  AccessControlPolicy policy;
  policy.resource_name = std::move(name);
  const int reading = granted.read ? kReading : 0;
  const auto grant = [&](const std::vector<std::string>& who, int operations,
                         std::vector<int> child_types) {
    if (who.empty() || operations == 0) return;
    policy.privileges.push_back({who, operations, std::move(child_types)});
  };
  grant(lists.readers, reading, {});
  // A reader subscribes by creating a child. Where the CSE cannot limit the type of the child the
  // rule is left out, since it would also be the right to command.
  if (granted.read) grant(lists.readers, onem2m::kMayCreate, {kSubscription});
  grant(lists.writers, reading | (granted.write ? onem2m::kMayCreate : 0), {});
  if (granted.read && !granted.write) grant(lists.writers, onem2m::kMayCreate, {kSubscription});
  grant(lists.deleters, reading | (granted.remove ? onem2m::kMayDelete : 0), {});
  policy.privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  // TS-0014 §6.5.2 (R64): the IPE keeps full rights on what it created.
  policy.self_privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  if (!lists.administrators.empty()) {
    policy.self_privileges.push_back({lists.administrators, kReading | onem2m::kMayUpdate, {}});
  }
  return policy;
}

}  // namespace

AccessLists Sorted(AccessLists lists) {
  for (auto* list : {&lists.readers, &lists.writers, &lists.deleters, &lists.administrators}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  return lists;
}

AccessControlPolicy BuildSharedPolicy(const AccessLists& lists, const std::string& ipe_ae_id) {
  return BuildPolicy(std::string(kSharedPolicy), {}, lists, ipe_ae_id);
}

int ShownRights(Protected what, int rights) {
  switch (what) {
    case Protected::kObject:
      return rights & lwm2m::kRightToCreate;
    case Protected::kInstance:
      return rights & (lwm2m::kRightToRead | lwm2m::kRightToWrite | lwm2m::kRightToDelete);
    case Protected::kExecutable:
      return rights & lwm2m::kRightToExecute;
  }
  return 0;
}

std::string PolicyName(const lwm2m::Path& path, Protected what) {
  if (what == Protected::kObject) return fmt::format("{}-{}", kSharedPolicy, path.object());
  return fmt::format("{}-{}-{}{}", kSharedPolicy, path.object(), path.instance(),
                     what == Protected::kExecutable ? "-execute" : "");
}

AccessControlPolicy BuildDevicePolicy(const lwm2m::Path& path, Protected what, int rights,
                                      const AccessLists& lists, const std::string& ipe_ae_id) {
  return BuildPolicy(PolicyName(path, what), GrantedBy(what, rights), lists, ipe_ae_id);
}

AccessLists ListsOf(const AccessControlPolicy& policy, const std::string& ipe_ae_id) {
  const Originators writers = WhoMay(policy.privileges, ipe_ae_id, LetsCommand);
  const Originators deleters = WhoMay(policy.privileges, ipe_ae_id, MayDelete);
  const Originators administrators = WhoMay(policy.self_privileges, ipe_ae_id, MayUpdate);
  // Readers are those who have no more than that.
  Originators readers;
  for (const AccessControlRule& rule : policy.privileges) {
    if (!MayRead(rule) || LetsCommand(rule) || MayDelete(rule)) continue;
    for (const std::string& originator : rule.originators) {
      readers.insert(OriginatorIn(originator));
    }
  }
  readers.erase(OriginatorIn(ipe_ae_id));
  const auto list = [](const Originators& who) {
    return std::vector<std::string>(who.begin(), who.end());
  };
  return {list(readers), list(writers), list(deleters), list(administrators)};
}

int RightsGranted(Protected what, const AccessControlPolicy& policy, const std::string& ipe_ae_id) {
  const bool read = !WhoMay(policy.privileges, ipe_ae_id, MayRead).empty();
  const bool write = !WhoMay(policy.privileges, ipe_ae_id, LetsCommand).empty();
  const bool remove = !WhoMay(policy.privileges, ipe_ae_id, MayDelete).empty();
  int rights = (read ? lwm2m::kRightToRead : 0) | (remove ? lwm2m::kRightToDelete : 0);
  if (write) {
    rights |= lwm2m::kRightToWrite | lwm2m::kRightToExecute | lwm2m::kRightToCreate;
  }
  return ShownRights(what, rights);
}

bool GrantTheSame(const AccessControlPolicy& one, const AccessControlPolicy& other,
                  const std::string& ipe_ae_id) {
  for (const auto may : {&MayRead, &LetsCommand, &MayDelete}) {
    if (WhoMay(one.privileges, ipe_ae_id, *may) != WhoMay(other.privileges, ipe_ae_id, *may)) {
      return false;
    }
  }
  return WhoMay(one.self_privileges, ipe_ae_id, MayUpdate) ==
             WhoMay(other.self_privileges, ipe_ae_id, MayUpdate) &&
         KeepsRightsOfIpe(one, ipe_ae_id) == KeepsRightsOfIpe(other, ipe_ae_id);
}

bool KeepsRightsOfIpe(const AccessControlPolicy& policy, const std::string& ipe_ae_id) {
  const auto has_all = [&](const std::vector<AccessControlRule>& rules) {
    return std::any_of(rules.begin(), rules.end(), [&](const AccessControlRule& rule) {
      return rule.operations == onem2m::kMayEverything && rule.child_types.empty() &&
             std::any_of(rule.originators.begin(), rule.originators.end(),
                         [&](const std::string& originator) {
                           return OriginatorIn(originator) == OriginatorIn(ipe_ae_id);
                         });
    });
  };
  return has_all(policy.privileges) && has_all(policy.self_privileges);
}

std::string ConfiguredLabel(const AccessLists& lists) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  const auto mix = [&](std::string_view text) {
    for (const char octet : text) {
      hash = (hash ^ static_cast<unsigned char>(octet)) * 1099511628211u;
    }
    hash = (hash ^ 0xff) * 1099511628211u;  // ends it: 0xff is in no UTF-8 text
  };
  for (const auto* list :
       {&lists.readers, &lists.writers, &lists.deleters, &lists.administrators}) {
    for (const std::string& originator : *list) mix(originator);
    mix("");
  }
  return fmt::format("LWM2M-IPE-Configured:{:016x}", hash);
}

}  // namespace mapping

#include "onem2m/cse/access_control.h"

#include <algorithm>
#include <utility>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr std::string_view kEverybody = "all";

bool Contains(const Array& array, std::int64_t number) {
  return std::any_of(array.begin(), array.end(), [number](const Value& each) {
    return each.AsInteger() && *each.AsInteger() == number;
  });
}

Result<void> CheckObjectDetails(const Value& details) {
  const Array* list = details.AsArray();
  if (!list || list->empty()) return BadRequest("acod must be a list");
  for (const Value& each : *list) {
    const Object* detail = each.AsObject();
    if (!detail) return BadRequest("acod must be a list of objects");
    for (const Member& member : *detail) {
      if (member.name == names::kChildResourceType) {
        const Array* types = member.value.AsArray();
        if (!types || types->empty() ||
            !std::all_of(types->begin(), types->end(),
                         [](const Value& type) { return type.AsInteger() != nullptr; })) {
          return BadRequest("acod.chty must be a list of integers");
        }
      } else if (member.name == names::kResourceType) {
        if (!member.value.AsInteger()) return BadRequest("acod.ty must be an integer");
      } else {
        return BadRequest("unknown member acod." + member.name);
      }
    }
  }
  return {};
}

Result<void> CheckRule(const Value& value) {
  const Object* rule = value.AsObject();
  if (!rule) return BadRequest("acr must be a list of objects");
  for (const Member& member : *rule) {
    if (member.name == names::kAccessControlOriginators) {
      const Array* originators = member.value.AsArray();
      if (!originators || originators->empty() ||
          !std::all_of(originators->begin(), originators->end(),
                       [](const Value& each) { return each.AsString() != nullptr; })) {
        return BadRequest("acor must be a list of strings");
      }
    } else if (member.name == names::kAccessControlOperations) {
      const std::int64_t* operations = member.value.AsInteger();
      if (!operations || *operations < 1 || *operations > kMayEverything) {
        return BadRequest("acop must be an integer from 1 to 63");
      }
    } else if (member.name == names::kAccessControlObjectDetails) {
      if (const auto details = CheckObjectDetails(member.value); !details) return details;
    } else if (member.name == names::kAccessControlContexts ||
               member.name == names::kAccessControlAuthenticationFlag) {
      return tl::unexpected(
          Error{ResponseStatusCode::kNotImplemented, member.name + " is not served here"});
    } else {
      return BadRequest("unknown member acr." + member.name);
    }
  }
  if (!Find(*rule, names::kAccessControlOriginators)) return BadRequest("acor is missing");
  if (!Find(*rule, names::kAccessControlOperations)) return BadRequest("acop is missing");
  return {};
}

// accessControlObjectDetails narrow a rule: for Create to the types of the child, otherwise to the
// type of the target where they name one. (TS-0001 v3 §9.6.2.4)
bool FitsObjectDetails(const Value& details, int operation, ResourceType target,
                       std::optional<ResourceType> child) {
  return std::any_of(details.AsArray()->begin(), details.AsArray()->end(), [&](const Value& each) {
    const Object& detail = *each.AsObject();
    const Value* type = Find(detail, names::kResourceType);
    if (type && *type->AsInteger() != static_cast<std::int64_t>(target)) return false;
    const Value* child_types = Find(detail, names::kChildResourceType);
    if (operation != kMayCreate || !child_types) return true;
    return child && Contains(*child_types->AsArray(), static_cast<std::int64_t>(*child));
  });
}

}  // namespace

bool MatchesWildcard(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // the last "*" met, and what it has taken so far
  std::size_t taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<void> CheckRules(std::string_view name, const Value& rules) {
  const Object* set = rules.AsObject();
  const std::string attribute(name);
  if (!set) return BadRequest(attribute + " must be an object");
  for (const Member& member : *set) {
    if (member.name != names::kAccessControlRule) {
      return BadRequest("unknown member " + attribute + "." + member.name);
    }
    const Array* list = member.value.AsArray();
    if (!list) return BadRequest(attribute + ".acr must be a list");
    for (const Value& rule : *list) {
      if (const auto checked = CheckRule(rule); !checked) return checked;
    }
  }
  // TS-0001 v3 §9.6.2.0: "selfPrivileges … shall contain at least one access control rule".
  const Value* list = Find(*set, names::kAccessControlRule);
  if (name == names::kSelfPrivileges && (!list || list->AsArray()->empty())) {
    return BadRequest("pvs must have at least one rule");
  }
  return {};
}

AccessControl::AccessControl(const ResourceTree& tree, std::string administrator)
    : tree_(tree), administrator_(std::move(administrator)) {}

bool AccessControl::AllowsAtBase(std::string_view originator, int operation,
                                 std::optional<ResourceType> child) const {
  if (operation == kMayRetrieve || operation == kMayDiscover) return true;
  if (operation != kMayCreate || !child) return false;
  if (*child == ResourceType::kAe) return true;
  if (*child != ResourceType::kNode && *child != ResourceType::kAccessControlPolicy) return false;
  const Resource* registered = tree_.FindById(originator);
  return registered && registered->type == ResourceType::kAe;
}

bool AccessControl::Grants(const Resource& policy, std::string_view attribute,
                           std::string_view originator, int operation, const Resource& target,
                           std::optional<ResourceType> child) const {
  const Value* set = policy.attributes.Find(attribute);
  const Value* list = set ? Find(*set->AsObject(), names::kAccessControlRule) : nullptr;
  if (!list) return false;
  return std::any_of(list->AsArray()->begin(), list->AsArray()->end(), [&](const Value& each) {
    const Object& rule = *each.AsObject();
    if ((*Find(rule, names::kAccessControlOperations)->AsInteger() & operation) == 0) return false;
    const Value* details = Find(rule, names::kAccessControlObjectDetails);
    if (details && !FitsObjectDetails(*details, operation, target.type, child)) return false;
    const Array& originators = *Find(rule, names::kAccessControlOriginators)->AsArray();
    return std::any_of(originators.begin(), originators.end(), [&](const Value& value) {
      const std::string_view pattern = tree_.LocalId(*value.AsString());
      return pattern == kEverybody || MatchesWildcard(pattern, originator);
    });
  });
}

bool AccessControl::Allows(std::string_view originator, int operation, const Resource& target,
                           std::optional<ResourceType> child) const {
  if (IsAdministrator(originator)) return true;
  if (&target == &tree_.root()) return AllowsAtBase(originator, operation, child);
  // TS-0001 v3 §9.6.1.3.2: where no policy is met on the way up the creator alone has rights.
  bool decided = false;
  bool granted = false;
  for (const Resource* at = &target; at->parent; at = at->parent) {
    const bool own = at->creator && *at->creator == originator;
    // An AE keeps its subtree whatever policies are in it; anybody else only what follows no other
    // policy.
    if (own && (at->type == ResourceType::kAe || at == &target || !decided)) return true;
    if (decided) continue;
    if (at->type == ResourceType::kAccessControlPolicy) {
      granted = Grants(*at, names::kSelfPrivileges, originator, operation, target, child);
      decided = true;
    } else if (const Value* ids = at->attributes.Find(names::kAccessControlPolicyIds)) {
      granted = std::any_of(ids->AsArray()->begin(), ids->AsArray()->end(), [&](const Value& id) {
        const Resource* policy = tree_.FindById(*id.AsString());
        return policy && policy->type == ResourceType::kAccessControlPolicy &&
               Grants(*policy, names::kPrivileges, originator, operation, target, child);
      });
      decided = true;
    }
  }
  return granted;
}

bool AccessControl::AllowsPolicyChange(std::string_view originator, const Resource& target) const {
  if (IsAdministrator(originator)) return true;
  for (const Resource* at = &target; at; at = at->parent) {
    const bool own = at->creator && *at->creator == originator;
    if (own && (at == &target || at->type == ResourceType::kAe)) return true;
  }
  const Value* ids = target.attributes.Find(names::kAccessControlPolicyIds);
  if (!ids) return Allows(originator, kMayUpdate, target);
  return std::any_of(ids->AsArray()->begin(), ids->AsArray()->end(), [&](const Value& id) {
    const Resource* policy = tree_.FindById(*id.AsString());
    return policy && Grants(*policy, names::kSelfPrivileges, originator, kMayUpdate, target, {});
  });
}

}  // namespace onem2m::cse

// The shape in which the built-in object definitions are written down.
#ifndef LWM2M_DDF_OBJECT_FACTS_H_
#define LWM2M_DDF_OBJECT_FACTS_H_

#include <initializer_list>
#include <span>
#include <string_view>

#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

struct ResourceFact {
  Id id;
  std::string_view name;
  std::string_view operations;  // of "R", "W", "E"; "" for none towards a server
  std::string_view occurrence;  // S single or M multiple, then M mandatory or O optional
  Type type;
  std::string_view range = {};
  std::string_view units = {};
};

struct ObjectFact {
  Id id;
  std::string_view name;
  std::string_view version;
  std::string_view occurrence;
  std::span<const ResourceFact> resources;
};

// An object put together from reusable resources; it has several instances and is optional.
struct CompositionFact {
  Id id;
  std::string_view name;
  std::string_view version;
  std::initializer_list<Id> mandatory;
  std::initializer_list<Id> optional;
};

std::span<const ObjectFact> EnablerObjects();
std::span<const ObjectFact> ManagementObjects();
std::span<const ResourceFact> ReusableResources();  // ascending ids
std::span<const CompositionFact> IpsoObjects();

}  // namespace lwm2m

#endif  // LWM2M_DDF_OBJECT_FACTS_H_

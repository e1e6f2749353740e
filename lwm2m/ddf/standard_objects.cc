#include "lwm2m/ddf/standard_objects.h"

#include <algorithm>
#include <string>

#include "lwm2m/ddf/object_facts.h"

namespace lwm2m {

namespace {

bool Has(std::string_view letters, char letter) {
  return letters.find(letter) != std::string_view::npos;
}

ResourceDefinition ToDefinition(const ResourceFact& fact) {
  ResourceDefinition definition;
  definition.id = fact.id;
  definition.name = fact.name;
  definition.readable = Has(fact.operations, 'R');
  definition.writable = Has(fact.operations, 'W');
  definition.executable = Has(fact.operations, 'E');
  definition.multiple = fact.occurrence[0] == 'M';
  definition.mandatory = fact.occurrence[1] == 'M';
  definition.type = fact.type;
  definition.range = fact.range;
  definition.units = fact.units;
  return definition;
}

ObjectDefinition ToDefinition(const ObjectFact& fact) {
  ObjectDefinition definition;
  definition.id = fact.id;
  definition.name = fact.name;
  definition.version = fact.version;
  definition.multiple = fact.occurrence[0] == 'M';
  definition.mandatory = fact.occurrence[1] == 'M';
  for (const ResourceFact& resource : fact.resources) {
    definition.resources.push_back(ToDefinition(resource));
  }
  return definition;
}

void AppendReusable(std::initializer_list<Id> ids, bool mandatory, ObjectDefinition& object) {
  const auto facts = ReusableResources();
  for (const Id id : ids) {
    const auto fact =
        std::lower_bound(facts.begin(), facts.end(), id,
                         [](const ResourceFact& row, Id wanted) { return row.id < wanted; });
    object.resources.push_back(ToDefinition(*fact));
    object.resources.back().mandatory = mandatory;
  }
}

ObjectDefinition ToDefinition(const CompositionFact& fact) {
  ObjectDefinition definition;
  definition.id = fact.id;
  definition.name = fact.name;
  definition.version = fact.version;
  definition.multiple = true;
  AppendReusable(fact.mandatory, true, definition);
  AppendReusable(fact.optional, false, definition);
  return definition;
}

}  // namespace

ObjectModel StandardObjects() {
  ObjectModel model;
  for (const ObjectFact& fact : EnablerObjects()) model.Add(ToDefinition(fact));
  for (const ObjectFact& fact : ManagementObjects()) model.Add(ToDefinition(fact));
  for (const CompositionFact& fact : IpsoObjects()) model.Add(ToDefinition(fact));
  return model;
}

}  // namespace lwm2m

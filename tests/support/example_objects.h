// Object definitions for tests of the formats: those of the examples in the standard, and one
// object with a resource of every type.
#ifndef TESTS_SUPPORT_EXAMPLE_OBJECTS_H_
#define TESTS_SUPPORT_EXAMPLE_OBJECTS_H_

#include <initializer_list>

#include "lwm2m/object_model.h"

namespace lwm2m {

struct ExampleResource {
  Id id;
  Type type;
  bool multiple = false;
};

inline ObjectDefinition ExampleObject(Id id, std::initializer_list<ExampleResource> resources) {
  ObjectDefinition object;
  object.id = id;
  object.multiple = true;
  for (const ExampleResource& example : resources) {
    ResourceDefinition resource;
    resource.id = example.id;
    resource.type = example.type;
    resource.multiple = example.multiple;
    resource.readable = true;
    resource.writable = true;
    object.resources.push_back(resource);
  }
  return object;
}

// Object 32001 is left undefined on purpose.
inline ObjectModel ExampleObjects() {
  using enum Type;
  ObjectModel model;
  model.Add(ExampleObject(0, {{0, kString},
                              {1, kBoolean},
                              {2, kInteger},
                              {3, kOpaque},
                              {4, kOpaque},
                              {5, kOpaque},
                              {10, kInteger}}));
  model.Add(ExampleObject(1, {{0, kInteger},
                              {1, kInteger},
                              {2, kInteger},
                              {3, kInteger},
                              {5, kInteger},
                              {6, kBoolean},
                              {7, kString}}));
  model.Add(ExampleObject(2, {{0, kInteger}, {1, kInteger}, {2, kInteger, true}, {3, kInteger}}));
  model.Add(ExampleObject(
      3,
      {{0, kString},        {1, kString},         {2, kString},        {3, kString},
       {6, kInteger, true}, {7, kInteger, true},  {8, kInteger, true}, {9, kInteger},
       {10, kInteger},      {11, kInteger, true}, {13, kTime},         {14, kString},
       {15, kString},       {16, kString},        {17, kString},       {18, kString},
       {19, kString},       {20, kInteger},       {21, kInteger},      {22, kObjectLink, true}}));
  model.Add(ExampleObject(16, {{0, kString, true}}));
  model.Add(ExampleObject(65, {{0, kObjectLink, true}, {1, kString}, {2, kInteger}}));
  model.Add(ExampleObject(66, {{0, kString}, {1, kString}, {2, kObjectLink}}));
  model.Add(ExampleObject(72, {{2, kFloat}}));
  model.Add(ExampleObject(3303, {{5601, kFloat}, {5602, kFloat}, {5700, kFloat}, {5701, kString}}));
  model.Add(ExampleObject(32000, {{0, kOpaque},
                                  {7, kInteger, true},
                                  {8, kUnsignedInteger},
                                  {9, kInteger},
                                  {10, kCoreLink},
                                  {11, kFloat},
                                  {5605, kInteger},
                                  {5750, kString},
                                  {5850, kBoolean}}));
  return model;
}

}  // namespace lwm2m

#endif  // TESTS_SUPPORT_EXAMPLE_OBJECTS_H_

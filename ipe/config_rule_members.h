// The members of a rule of interworking.profile: one table for reading, writing and the modes.
#ifndef IPE_CONFIG_RULE_MEMBERS_H_
#define IPE_CONFIG_RULE_MEMBERS_H_

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <vector>

#include "mapping/profile.h"

namespace ipe {

struct RuleMember {
  const char* name;
  const char* expected;
  // False: the value is not as expected.
  bool (*read)(const YAML::Node& node, mapping::Rule& rule);
  // What read() would take again; an undefined node when the rule does not have the member.
  YAML::Node (*write)(const mapping::Rule& rule);
};

// In the order of docs/configuration.md.
const std::vector<RuleMember>& RuleMembers();

// The modes of TS-0014: how a value appears in the CSE.
bool IsMode(std::string_view text);
const char* ModeNames();  // "semantic, transparent, … or timeseries"
void SetModes(const std::vector<std::string>& modes, mapping::Rule& rule);

}  // namespace ipe

#endif  // IPE_CONFIG_RULE_MEMBERS_H_

// What applications write into a <mgmtObj>, as commands, and how these went.
// (TS-0014 clause 9; TS-0005 §6.3, §6.7; R50–R55, R81)
#ifndef MAPPING_MANAGEMENT_COMMAND_H_
#define MAPPING_MANAGEMENT_COMMAND_H_

#include <string>
#include <string_view>
#include <vector>

#include "mapping/management_object.h"

namespace mapping {

// One that the `requests` container would take (docs/mapping.md, Commands).
struct ManagementCommand {
  std::string attribute;  // that was written
  std::string content;    // {"op":"execute","path":"/3/0/4"}
  bool is_action = false;
};

// True when writing into it can mean something.
bool TakesCommands(const ManagementPlan& object, const ManagementRules& rules);

// True for an attribute that does something because it is written true, not for its value.
bool IsAction(const ManagementPlan& object, std::string_view attribute,
              const ManagementRules& rules);

// The commands that `written` means, Writes before actions. `known` has what else stands in the
// resource: the URL of a firmware. What is not written is no command, nor is an action that is
// written false.
std::vector<ManagementCommand> ManagementCommands(const ManagementPlan& object,
                                                  const onem2m::NamedAttributes& written,
                                                  const onem2m::NamedAttributes& known,
                                                  const ManagementRules& rules);

enum class Progress { kRunning, kDone, kFailed };
// What the resource is to say about a command that was written into `attribute`: an action that is
// over is false again, and its status (m2m:actionStatus) tells the outcome.
onem2m::NamedAttributes ProgressOf(const ManagementPlan& object, std::string_view attribute,
                                   Progress progress);

}  // namespace mapping

#endif  // MAPPING_MANAGEMENT_COMMAND_H_

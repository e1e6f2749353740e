// Resource names of what stands below a <node> that several endpoints share.  (R14, R79)
#ifndef MAPPING_NODE_CHILD_H_
#define MAPPING_NODE_CHILD_H_

#include <string>
#include <string_view>

#include "mapping/identifiers.h"

namespace mapping {

// resourceName in the CSE of the endpoint's <mgmtObj> `name`: "deviceInfo", and below a shared
// <node> "deviceInfo.box-7-a", with the resourceName of its <AE>. Names of <mgmtObj>s have no dot,
// so that it is told apart whatever an <AE> is called.
std::string NodeChildName(std::string_view name, const EndpointNames& names);

struct NodeChild {
  std::string_view name;
  std::string_view ae_name;  // "" : the <node> is not shared
};
NodeChild ParseNodeChild(std::string_view resource_name);

}  // namespace mapping

#endif  // MAPPING_NODE_CHILD_H_

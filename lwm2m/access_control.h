// What servers may do, as a client's Access Control object says.  (LwM2M Core 1.1.1 §8; object 2)
#ifndef LWM2M_ACCESS_CONTROL_H_
#define LWM2M_ACCESS_CONTROL_H_

#include <map>
#include <vector>

#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

inline constexpr Path kAccessControlObject{2};

// Bits of an ACL.  (§8.1, resource /2/x/2)
inline constexpr int kRightToRead = 1;  // also to observe, discover and write attributes
inline constexpr int kRightToWrite = 2;
inline constexpr int kRightToExecute = 4;
inline constexpr int kRightToDelete = 8;
inline constexpr int kRightToCreate = 16;  // of the object, not of an instance
inline constexpr int kAllRights = 31;

// One instance of object 2.
struct AccessControl {
  Id id = 0;  // /2/id
  // What it is about: an instance; or an object, of which it says who may create instances.
  Path target;
  std::map<Id, int> acl;  // by Short Server ID; 0: of every server that is not listed
  Id owner = kMaxId;      // Short Server ID that may change it; kMaxId: only bootstrap
  friend bool operator==(const AccessControl&, const AccessControl&) = default;
};

// The instances in what was read of /2, /2/x or below; ids ascending. One without a target, or
// about object 0, is left out; bits that no right stands for are taken away.
std::vector<AccessControl> ReadAccessControl(const std::vector<Record>& records);

// §8.2.1: the rights of the server with that Short Server ID: its ACL; without one, those of an
// owner, who has all; else the default; else none.
int RightsOf(const AccessControl& control, Id short_server_id);

}  // namespace lwm2m

#endif  // LWM2M_ACCESS_CONTROL_H_

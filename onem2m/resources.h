// Resource types of oneM2M that the IPE creates and reads, with the attributes it uses.
// Attributes are those of TS-0001 v3 §9.6; short names live in codec/short_names.h only.
#ifndef ONEM2M_RESOURCES_H_
#define ONEM2M_RESOURCES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "onem2m/types.h"

namespace onem2m {

// Universal and common attributes. Empty strings and absent optionals are not written. What only
// the hosting CSE sets is filled when a representation is read.
struct Common {
  std::string resource_name;                           // rn
  std::string resource_id;                             // ri, hosting CSE
  std::string parent_id;                               // pi, hosting CSE
  std::string creation_time;                           // ct, hosting CSE
  std::string last_modified_time;                      // lt, hosting CSE
  std::string expiration_time;                         // et, a timestamp
  std::vector<std::string> labels;                     // lbl
  std::vector<std::string> access_control_policy_ids;  // acpi
  bool ask_for_creator = false;                        // Create with `cr: null`
  std::string creator;                                 // cr, hosting CSE
  friend bool operator==(const Common&, const Common&) = default;
};

struct CseBase : Common {                               // 6.2, read only
  std::string cse_id;                                   // csi, "/id-in"
  std::vector<std::string> supported_release_versions;  // srv
  std::vector<std::int64_t> supported_resource_types;   // srt
  std::string current_time;                             // ctm (R4), "" when absent
};

struct Ae : Common {                                    // TS-0001 §9.6.5
  std::string app_name;                                 // apn
  std::string app_id;                                   // api
  std::string ae_id;                                    // aei, hosting CSE
  std::vector<std::string> point_of_access;             // poa
  bool request_reachability = false;                    // rr
  std::string node_link;                                // nl
  std::string ontology_ref;                             // or
  std::vector<std::string> supported_release_versions;  // srv
};

struct Node : Common {                       // §9.6.18
  std::string node_id;                       // ni
  std::vector<std::string> hosted_ae_links;  // hael
};

struct Container : Common {                             // §9.6.6
  std::optional<std::int64_t> max_number_of_instances;  // mni
  std::optional<std::int64_t> max_byte_size;            // mbs
  std::optional<std::int64_t> max_instance_age;         // mia, s
  std::string ontology_ref;                             // or
  std::int64_t current_number_of_instances = 0;         // cni, hosting CSE
  std::int64_t state_tag = 0;                           // st, hosting CSE
};

struct ContentRef {
  std::string name;  // nm
  std::string uri;   // uri
  friend bool operator==(const ContentRef&, const ContentRef&) = default;
};

struct ContentInstance : Common {       // §9.6.7
  std::string content;                  // con, always a JSON string
  std::string content_info;             // cnf
  std::vector<ContentRef> content_ref;  // conr
  std::string ontology_ref;             // or
  std::int64_t state_tag = 0;           // st, hosting CSE
};

struct Subscription : Common {                // §9.6.8
  std::vector<std::string> notification_uri;  // nu
  std::vector<int> event_types;               // enc.net
  std::vector<int> child_types;               // enc.chty
  int content_type = 1;                       // nct
};

struct AccessControlRule {
  std::vector<std::string> originators;  // acor
  int operations = 0;                    // acop, sum
  std::vector<int> child_types;          // acod[0].chty; empty: no acod
  friend bool operator==(const AccessControlRule&, const AccessControlRule&) = default;
};

struct AccessControlPolicy : Common {              // §9.6.2
  std::vector<AccessControlRule> privileges;       // pv
  std::vector<AccessControlRule> self_privileges;  // pvs, not empty
};

using Resource =
    std::variant<Ae, Node, Container, ContentInstance, Subscription, AccessControlPolicy, CseBase>;

ResourceType TypeOf(const Resource& resource);
const Common& CommonOf(const Resource& resource);
Common& CommonOf(Resource& resource);

}  // namespace onem2m

#endif  // ONEM2M_RESOURCES_H_

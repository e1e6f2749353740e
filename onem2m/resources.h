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

#include "onem2m/attribute_value.h"
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
  int content_type = 1;                       // nct; 0: left to the CSE
  // How its owner wants to be notified: durations are xs:duration ("PT10S") as sent.
  std::optional<std::int64_t> rate_limit_number;  // rl.mnn: notifications in …
  std::string rate_limit_window;                  // rl.tww
  std::string batch_duration;                     // bn.dur
  std::string max_age;  // ma: how old what a blocking Retrieve is answered may be
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

// Which specialisation it is the name of its JSON root says, "m2m:fwr"; a self-defined one has a
// name of its own.
struct ManagementObject : Common {        // §9.6.15, Annex D
  std::string root;                       // "m2m:fwr"
  std::int64_t definition = 0;            // mgd: 1001 firmware …, 0 self-defined
  std::vector<std::string> object_ids;    // obis
  std::vector<std::string> object_paths;  // obps
  std::string description;                // dc
  std::string schema;                     // mgs
  NamedAttributes attributes;             // the specialisation's own
};

struct FlexContainer : Common {                         // §9.6.35
  std::string root;                                     // "cod:tempe"
  std::string definition;                               // cnd, "org.onem2m.common.moduleclass.…"
  std::string ontology_ref;                             // or
  std::string node_link;                                // nl
  std::optional<bool> instances_enabled;                // fcied (R4), goes with the limits
  std::optional<std::int64_t> max_number_of_instances;  // mni (R4)
  std::optional<std::int64_t> max_byte_size;            // mbs (R4)
  std::optional<std::int64_t> max_instance_age;         // mia (R4), s
  std::int64_t state_tag = 0;                           // st, hosting CSE
  std::int64_t content_size = 0;                        // cs, hosting CSE
  NamedAttributes attributes;                           // the specialisation's own
};

struct TimeSeries : Common {                              // §9.6.36
  std::optional<std::int64_t> max_number_of_instances;    // mni
  std::optional<std::int64_t> max_byte_size;              // mbs
  std::optional<std::int64_t> max_instance_age;           // mia, s
  std::optional<std::int64_t> periodic_interval;          // pei, ms
  std::optional<bool> missing_data_detect;                // mdd
  std::optional<std::int64_t> missing_data_max_number;    // mdn
  std::optional<std::int64_t> missing_data_detect_timer;  // mdt, ms
  std::string ontology_ref;                               // or
  std::string content_info;                               // cnf
  std::int64_t current_number_of_instances = 0;           // cni, hosting CSE
};

struct TimeSeriesInstance : Common {            // §9.6.37
  std::string data_generation_time;             // dgt, a timestamp; unique in its series
  std::string content;                          // con, always a JSON string
  std::optional<std::int64_t> sequence_number;  // snr
};

struct SemanticDescriptor : Common {           // §9.6.30
  std::string descriptor;                      // dsp, RDF in base64
  std::optional<std::int64_t> representation;  // dcrp, m2m:descriptorRepresentation
  std::string ontology_ref;                    // or
  std::string semantic_operation;              // soe, SPARQL
  std::vector<std::string> related_semantics;  // rels
};

using Resource = std::variant<Ae, Node, Container, ContentInstance, Subscription,
                              AccessControlPolicy, CseBase, ManagementObject, FlexContainer,
                              TimeSeries, TimeSeriesInstance, SemanticDescriptor>;

ResourceType TypeOf(const Resource& resource);
const Common& CommonOf(const Resource& resource);
Common& CommonOf(Resource& resource);

}  // namespace onem2m

#endif  // ONEM2M_RESOURCES_H_

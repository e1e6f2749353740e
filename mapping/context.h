// What every mapping rule needs to know about this IPE.
#ifndef MAPPING_CONTEXT_H_
#define MAPPING_CONTEXT_H_

#include <chrono>
#include <string>
#include <vector>

namespace mapping {

enum class LabelFamily { kSeed, kPublished, kBoth };  // TS-0014 seed §6.3.2; published §6.2.2.1
enum class Expiration { kExact, kParent };            // kParent: only AE and node get one

// A value, filled once from the configuration and what the CSE told us.
struct Context {
  std::string ipe_ae_id;          // AE-ID of the IPE as the CSE gave it
  std::string earlier_ipe_ae_id;  // before the CSE renamed it; "" : never. Its labels are ours, too
  std::string app_id;             // api of endpoint AEs
  std::string notify_url;         // poa and nu
  std::vector<std::string> release_versions{"2a", "3"};  // srv of endpoint AEs
  LabelFamily labels = LabelFamily::kBoth;
  Expiration expiration = Expiration::kExact;
  std::chrono::seconds expiration_grace{86400};
  std::vector<std::string> access_control_policy_ids;  // of endpoint AEs; empty: none
  std::vector<std::string> management_policy_ids;      // of what takes commands by Update
  bool ontology_ref = true;                            // the CSE accepts it on containers
};

}  // namespace mapping

#endif  // MAPPING_CONTEXT_H_

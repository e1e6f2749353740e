// What SenML JSON and SenML CBOR share: labels, resolution of base fields, names.
// (RFC 8428 §4; LwM2M Core 1.1.1 §7.4.5, §7.4.6)
#ifndef LWM2M_CODEC_SENML_H_
#define LWM2M_CODEC_SENML_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/codec/name_root.h"
#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// The numbers are those of SenML CBOR (RFC 8428 §6, Table 4); "vlo" is an addition of LwM2M and has
// none.
enum class SenmlLabel {
  kBaseSum = -6,
  kBaseValue = -5,
  kBaseUnit = -4,
  kBaseTime = -3,
  kBaseName = -2,
  kBaseVersion = -1,
  kName = 0,
  kUnit = 1,
  kValue = 2,
  kStringValue = 3,
  kBooleanValue = 4,
  kSum = 5,
  kTime = 6,
  kUpdateTime = 7,
  kDataValue = 8,
  kObjectLinkValue,
};

std::string_view NameOf(SenmlLabel label);
// nullopt for a label that may be passed over; kMalformed for one that ends in "_", which nobody
// may pass over who does not understand it (RFC 8428 §4.4).
Result<std::optional<SenmlLabel>> FindSenmlLabel(std::string_view name);
std::optional<SenmlLabel> FindSenmlLabel(std::int64_t number);
// False for units and sums, which LwM2M gives no meaning.
bool IsUsed(SenmlLabel label);

// One SenML Record as it stands in the payload.
struct SenmlEntry {
  std::optional<std::string> base_name;
  std::optional<double> base_time;
  std::string name;
  std::optional<double> time;
  std::optional<Value> value;

  // Takes the value of a label that IsUsed(): an Opaque for kDataValue, else what the payload
  // spells (text also for kObjectLinkValue).
  Result<void> Set(SenmlLabel label, Value read);
};

// Turns entries into records, in the order of the payload: base fields hold until they are given
// again (RFC 8428 §4.6). The name of a record is bn + n, its time bt + t; a sum below 2^28 counts
// from the moment of reception (§4.5.3), and 0 is that moment, which needs no saying. One decoder
// call; `base` and `model` are borrowed.
class SenmlResolver {
 public:
  SenmlResolver(const Path& base, const ObjectModel& model, const NameRoot& root)
      : base_(base), model_(model), root_(root) {}

  // Nothing for a record that the root passes over.
  Result<std::optional<Record>> Resolve(SenmlEntry entry);

 private:
  const Path& base_;
  const ObjectModel& model_;
  const NameRoot& root_;
  std::string base_name_;
  double base_time_ = 0;
};

// The entries that say `records`: bn once, in the first, as `base` with a slash after it, or as
// `base` alone when all records are at `base`; times absolute.
Result<std::vector<SenmlEntry>> ToSenmlEntries(const std::vector<Record>& records, const Path& base,
                                               const ObjectModel& model, const NameRoot& root);
// The label under which a value of this type is written.
SenmlLabel LabelFor(const Value& value);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_SENML_H_

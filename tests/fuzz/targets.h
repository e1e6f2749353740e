// What the fuzzers feed, one function per decoder. Each also holds what it decoded to a property
// that must be true of every input; a violation ends the process, as a crash would.
#ifndef TESTS_FUZZ_TARGETS_H_
#define TESTS_FUZZ_TARGETS_H_

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/attributes.h"
#include "lwm2m/bootstrap_plan.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/core_link.h"
#include "lwm2m/ddf/standard_objects.h"
#include "lwm2m/object_model.h"
#include "mapping/commands.h"
#include "onem2m/notification.h"

namespace ipe::fuzz {

inline void Require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", property);
  std::abort();
}

inline const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  return model;
}

// The first octet chooses what the payload answers.
inline void Payload(lwm2m::ContentFormat format, std::string_view input) {
  if (input.empty()) return;
  constexpr lwm2m::Path kBases[] = {
      lwm2m::Path(3, 0),    lwm2m::Path(3),    lwm2m::Path(3, 0, 9),   lwm2m::Path(3, 0, 7),
      lwm2m::Path(3303, 0), lwm2m::Path(6, 0), lwm2m::Path(31'000, 0), lwm2m::Path()};
  const auto choice = static_cast<unsigned char>(input.front()) % std::size(kBases);
  const lwm2m::Path& base = kBases[choice];
  const auto records = lwm2m::Decode(format, input.substr(1), base, Model());
  if (!records) {
    Require(!records.error().detail.empty(), "an error names what is wrong");
    return;
  }
  for (const lwm2m::Record& record : *records) {
    Require(base.Contains(record.path), "records lie at or below the base");
    Require(record.path.depth() >= 3, "records are resources or resource instances");
  }
  const auto encoded = lwm2m::Encode(format, *records, base, Model());
  if (!encoded) return;
  const auto again = lwm2m::Decode(format, *encoded, base, Model());
  Require(again.has_value(), "what was encoded can be decoded");
}

inline void Tlv(std::string_view input) { Payload(lwm2m::ContentFormat::kTlv, input); }
inline void OmaJson(std::string_view input) { Payload(lwm2m::ContentFormat::kJson, input); }

inline void SenmlJson(std::string_view input) { Payload(lwm2m::ContentFormat::kSenmlJson, input); }
inline void SenmlCbor(std::string_view input) { Payload(lwm2m::ContentFormat::kSenmlCbor, input); }
inline void Cbor(std::string_view input) { Payload(lwm2m::ContentFormat::kCbor, input); }
inline void Lwm2mCbor(std::string_view input) { Payload(lwm2m::ContentFormat::kLwm2mCbor, input); }

// "name=value" or "name", with "&" between, as in a query: what is set is written and read the
// same.
inline void Attributes(std::string_view input) {
  std::vector<std::pair<std::string, std::optional<std::string>>> pairs;
  while (!input.empty()) {
    const std::string_view query = input.substr(0, input.find('&'));
    input.remove_prefix(std::min(query.size() + 1, input.size()));
    const std::size_t equals = query.find('=');
    pairs.emplace_back(query.substr(0, equals), std::nullopt);
    if (equals != std::string_view::npos) pairs.back().second = query.substr(equals + 1);
  }
  const auto attributes = lwm2m::ParseAttributes(pairs);
  if (!attributes) {
    Require(!attributes.error().detail.empty(), "an error names what is wrong");
    return;
  }
  pairs.clear();
  for (const std::string& query : lwm2m::ToQueries(*attributes)) {
    const std::size_t equals = query.find('=');
    pairs.emplace_back(query.substr(0, equals), std::nullopt);
    if (equals != std::string::npos) pairs.back().second = query.substr(equals + 1);
  }
  const auto again = lwm2m::ParseAttributes(pairs);
  Require(again.has_value(), "written attributes can be read");
  Require(*again == *attributes, "written attributes are the same");
  const auto valid = lwm2m::Validate(*attributes, lwm2m::Path(3, 0, 9));
  if (!valid) Require(!valid.error().detail.empty(), "a refusal names the attributes");
}

// The answer to a Bootstrap-Discover.
inline void BootstrapDiscover(std::string_view input) {
  const auto inventory = lwm2m::ReadInventory(input);
  if (inventory) return;
  Require(!inventory.error().detail.empty(), "an error names what is wrong");
}

// The store keeps object lists in link format: what was written must be read back the same.
inline void LinkFormat(std::string_view input) {
  const auto list = lwm2m::ParseObjectList(input);
  if (!list) return;
  const auto again = lwm2m::ParseObjectList(lwm2m::ToString(*list));
  Require(again.has_value(), "a printed object list can be read");
  Require(again->paths == list->paths, "a printed object list has the same paths");
}

inline void Notification(std::string_view input) {
  const auto notifications = onem2m::ParseNotification(input);
  if (notifications) return;
  Require(!notifications.error().detail.empty(), "an error names what is wrong");
}

inline void Command(std::string_view input) {
  const auto command = mapping::ParseCommand(input, "cin-1", Model());
  if (!command) {
    Require(!command.error().error.detail.empty(), "a refusal has a reason");
    return;
  }
  Require(lwm2m::Validate(command->operation).has_value(), "a command may be sent to its path");
  Require(command->id.size() <= 64, "an id has at most 64 characters");
}

struct Target {
  const char* name;  // of the folder of its corpus
  void (*feed)(std::string_view input);
};
inline constexpr Target kTargets[] = {{"tlv", Tlv},
                                      {"oma_json", OmaJson},
                                      {"senml_json", SenmlJson},
                                      {"senml_cbor", SenmlCbor},
                                      {"cbor", Cbor},
                                      {"lwm2m_cbor", Lwm2mCbor},
                                      {"attributes", Attributes},
                                      {"bootstrap_discover", BootstrapDiscover},
                                      {"link_format", LinkFormat},
                                      {"notification", Notification},
                                      {"command", Command}};

}  // namespace ipe::fuzz

#endif  // TESTS_FUZZ_TARGETS_H_

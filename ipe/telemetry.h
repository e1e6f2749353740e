// From a device's message to rows of the outbox.
#ifndef IPE_TELEMETRY_H_
#define IPE_TELEMETRY_H_

#include <string>
#include <vector>

#include "ipe/endpoint.h"
#include "ipe/store.h"
#include "lwm2m/error.h"
#include "lwm2m/message.h"
#include "lwm2m/object_model.h"
#include "mapping/profile.h"

namespace ipe {

// What makes rows of a device's message. All are borrowed for one call.
struct TelemetryRules {
  const std::string& ae_address;  // of the endpoint, for Object Links
  const mapping::Profile& profile;
  const lwm2m::ObjectModel& model;
  std::int64_t received;  // Unix seconds: what relative times count from (IR-16)
  // The payload was asked for because the CSE has lost values: none that is on its way to it is
  // made a row again.
  bool is_refresh = false;
};

// The rows that one payload for `path` makes by the profile's modes (TS-0014 clauses 7 and 8): in
// semantic mode one per value, oldest first (IR-15), of a message that covers several only those
// that changed (`repeat: changed`); likewise in the modes of ipe/form_rows.h; in transparent mode
// one. A payload that cannot be decoded still
// makes its transparent row; in semantic mode alone it is an error. The root is the path of
// composite operations (IR-10): their transparent rows are those of RowsOfSend, and what the
// endpoint did not declare is passed over (GEN-2).
lwm2m::Result<std::vector<OutboxRow>> RowsOf(Endpoint& endpoint, const lwm2m::Path& path,
                                             const lwm2m::Payload& payload,
                                             const TelemetryRules& rules);

// The rows of a Send (IR-11), whose `records` are those of its payload (lwm2m::ReadSend). It is
// what the device chose to tell, so no value of it is left out; each has the time it was taken, or
// that of the message. In transparent mode one row per Object Instance: the payload as it came when
// all of it is of that instance, else that instance's records in the same format.
lwm2m::Result<std::vector<OutboxRow>> RowsOfSend(Endpoint& endpoint,
                                                 std::vector<lwm2m::Record> records,
                                                 const lwm2m::Payload& payload,
                                                 const TelemetryRules& rules);

// The row of a contentInstance; the name is filled in by the store.
OutboxRow RowOf(std::string_view endpoint, std::string container, onem2m::ContentInstance instance,
                OutboxRow::Kind kind);

// FNV-1a over the payload's octets, for MessageKey.
std::uint64_t HashOfPayload(std::string_view octets);

// What a payload without Content-Format is: text for a single resource, SenML CBOR for the root,
// else TLV (FMT-3, TS-0014 Table 7.2-1).
lwm2m::ContentFormat FormatOf(const lwm2m::Payload& payload, const lwm2m::Path& path);

}  // namespace ipe

#endif  // IPE_TELEMETRY_H_

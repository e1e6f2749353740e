#include "lwm2m/send.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"
#include "lwm2m/codec/codec.h"

namespace lwm2m {
namespace {

constexpr std::array kFormats = {ContentFormat::kSenmlJson, ContentFormat::kSenmlCbor,
                                 ContentFormat::kLwm2mCbor};

}  // namespace

Result<std::vector<Record>> ReadSend(const Payload& payload, const Registration& sender,
                                     const ObjectModel& model) {
  if (!payload.format) return Malformed("Send without Content-Format");
  if (std::find(kFormats.begin(), kFormats.end(), *payload.format) == kFormats.end()) {
    return tl::unexpected(
        Error{ErrorKind::kUnsupportedFormat,
              fmt::format("Content-Format {} of a Send", static_cast<int>(*payload.format))});
  }
  auto records = Decode(*payload.format, payload.body(), Path(), model);
  if (!records) return records;
  if (records->empty()) return Malformed("Send without a record");
  for (const Record& record : *records) {
    if (record.path.depth() < 3) return Malformed("Send of " + record.path.ToString());
    // Core §6.4.6: what is not registered is refused, the whole of it (IR-12).
    if (!sender.objects.Has(Path(record.path.object(), record.path.instance()))) {
      return tl::unexpected(
          Error{ErrorKind::kNotFound, record.path.ToString() + " is not of a registered instance"});
    }
  }
  return records;
}

Code AnswerTo(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kMalformed:
    case ErrorKind::kInvalidValue:
      return Code::kBadRequest;
    case ErrorKind::kUnsupportedFormat:
      return Code::kUnsupportedContentFormat;
    case ErrorKind::kNotFound:
      return Code::kNotFound;
    case ErrorKind::kNotAllowed:
      return Code::kMethodNotAllowed;
    case ErrorKind::kTooLarge:
      return Code::kRequestEntityTooLarge;
    case ErrorKind::kUnreachable:
      return Code::kServiceUnavailable;
    case ErrorKind::kUnsupported:
      return Code::kNotImplemented;
  }
  return Code::kBadRequest;
}

}  // namespace lwm2m

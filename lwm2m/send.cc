#include "lwm2m/send.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"
#include "lwm2m/codec/codec.h"

namespace lwm2m {
namespace {

constexpr std::array kFormats = {ContentFormat::kSenmlJson, ContentFormat::kSenmlCbor,
                                 ContentFormat::kLwm2mCbor};

Result<void> CheckFormat(const Payload& payload) {
  if (!payload.format) return Malformed("Send without Content-Format");
  if (std::find(kFormats.begin(), kFormats.end(), *payload.format) != kFormats.end()) return {};
  return tl::unexpected(
      Error{ErrorKind::kUnsupportedFormat,
            fmt::format("Content-Format {} of a Send", static_cast<int>(*payload.format))});
}

// Core §6.4.6: what is not registered is refused, the whole of it (IR-12).
Result<std::vector<Record>> ReadBelow(const NameRoot& root, const Payload& payload,
                                      const Registration& sender, const ObjectModel& model) {
  auto records = Decode(*payload.format, payload.body(), Path(), model, root);
  if (!records) return records;
  for (const Record& record : *records) {
    if (record.path.depth() < 3) return Malformed("Send of " + record.path.ToString());
    if (!sender.objects->Has(record.path.Prefix(2))) {
      return tl::unexpected(
          Error{ErrorKind::kNotFound, record.path.ToString() + " is not of a registered instance"});
    }
  }
  return records;
}

}  // namespace

Result<std::vector<Record>> ReadSend(const Payload& payload, const Registration& sender,
                                     const ObjectModel& model) {
  if (auto readable = CheckFormat(payload); !readable) return tl::unexpected(readable.error());
  auto records = ReadBelow({sender.objects->root_path}, payload, sender, model);
  if (records && records->empty()) return Malformed("Send without a record");
  return records;
}

Result<std::vector<std::vector<Record>>> ReadGatewaySend(
    const Payload& payload, const std::vector<const Registration*>& senders,
    const ObjectModel& model) {
  if (auto readable = CheckFormat(payload); !readable) return tl::unexpected(readable.error());
  std::vector<std::vector<Record>> all;
  std::size_t claimed = 0;
  std::size_t total = 0;  // the same for each of them
  for (const Registration* const sender : senders) {
    std::size_t passed_over = 0;
    auto records = ReadBelow({sender->objects->root_path, /*exclusive=*/true, &passed_over},
                             payload, *sender, model);
    if (!records) return tl::unexpected(records.error());
    claimed += records->size();
    total = records->size() + passed_over;
    all.push_back(*std::move(records));
  }
  if (total == 0) return Malformed("Send without a record");
  if (claimed != total) {
    return tl::unexpected(Error{ErrorKind::kNotFound, "Send with a prefix of no device"});
  }
  return all;
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

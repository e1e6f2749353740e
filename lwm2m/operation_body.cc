#include "lwm2m/operation_body.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lwm2m/codec/codec.h"
#include "lwm2m/codec/path_list.h"
#include "lwm2m/object_model.h"
#include "lwm2m/version.h"

namespace lwm2m {

namespace {

using Formats = std::vector<ContentFormat>;

// Several values of one object. TLV first: every client of 1.0 has it, and most later ones do.
constexpr std::array kSeveral = {ContentFormat::kTlv, ContentFormat::kSenmlCbor,
                                 ContentFormat::kSenmlJson, ContentFormat::kLwm2mCbor,
                                 ContentFormat::kJson};
constexpr std::array kOneValue = {ContentFormat::kText,      ContentFormat::kCbor,
                                  ContentFormat::kSenmlCbor, ContentFormat::kTlv,
                                  ContentFormat::kSenmlJson, ContentFormat::kLwm2mCbor,
                                  ContentFormat::kJson};
// Octets are larger as text.
constexpr std::array kOneOpaque = {ContentFormat::kOpaque,    ContentFormat::kCbor,
                                   ContentFormat::kSenmlCbor, ContentFormat::kTlv,
                                   ContentFormat::kLwm2mCbor, ContentFormat::kSenmlJson,
                                   ContentFormat::kJson,      ContentFormat::kText};
// Values of several objects, and paths. ETCH is SenML with other rules for what is not there
// (RFC 8790 §3), which LwM2M gives no meaning of its own.
constexpr std::array kComposite = {ContentFormat::kSenmlCbor, ContentFormat::kSenmlJson,
                                   ContentFormat::kLwm2mCbor, ContentFormat::kSenmlEtchCbor,
                                   ContentFormat::kSenmlEtchJson};
constexpr std::array kCompositeAnswer = {ContentFormat::kSenmlCbor, ContentFormat::kSenmlJson,
                                         ContentFormat::kLwm2mCbor};

bool Announces(const Registration& registration, ContentFormat format) {
  const Formats& announced = registration.objects->formats;
  return std::any_of(announced.begin(), announced.end(),
                     [&](ContentFormat number) { return Canonical(number) == format; });
}

// Those of `fitting` that the client announced, then `common`, which stands in where it announced
// none of them or refuses what it announced.
template <std::size_t size>
Formats Choose(const std::array<ContentFormat, size>& fitting, const Registration& registration,
               std::initializer_list<ContentFormat> common) {
  Formats chosen;
  std::copy_if(fitting.begin(), fitting.end(), std::back_inserter(chosen),
               [&](ContentFormat format) { return Announces(registration, format); });
  for (const ContentFormat format : common) {
    if (std::find(chosen.begin(), chosen.end(), format) == chosen.end()) chosen.push_back(format);
  }
  return chosen;
}

Formats FormatsOfValues(const Operation& operation, const Registration& registration) {
  const bool later = IsAtLeast(registration.version, "1.1");
  const bool one =
      operation.records.size() == 1 && operation.records.front().path == operation.path;
  if (!one) {
    if (!later) return {ContentFormat::kTlv, ContentFormat::kJson};
    return Choose(kSeveral, registration, {ContentFormat::kTlv, ContentFormat::kSenmlCbor});
  }
  const bool opaque = std::holds_alternative<Opaque>(operation.records.front().value);
  const ContentFormat plain = opaque ? ContentFormat::kOpaque : ContentFormat::kText;
  if (!later) return {plain, ContentFormat::kTlv};
  return opaque ? Choose(kOneOpaque, registration, {plain, ContentFormat::kTlv})
                : Choose(kOneValue, registration, {plain, ContentFormat::kTlv});
}

// Values carry their types already: nothing needs to be looked up.
const ObjectModel& NoModel() {
  static const ObjectModel none;
  return none;
}

Id LowestFreeInstance(const ObjectList& objects, Id object) {
  Id instance = 0;
  while (objects.Has(Path(object, instance))) ++instance;
  return instance;
}

std::vector<Record> Renumbered(std::vector<Record> records, Id instance) {
  for (Record& record : records) {
    const Path path = record.path;
    record.path = Path(path.object(), instance, path.resource());
    if (path.is_resource_instance()) record.path = record.path.Child(path.resource_instance());
  }
  return records;
}

// Core 1.1.1 §6.3.6: TLV without a wrapper leaves the number to the client; names in the other
// formats are whole paths.
Result<std::string> EncodeCreate(const Operation& operation, const Registration& registration,
                                 ContentFormat format) {
  const Id object = operation.path.object();
  const bool numbered = operation.path.is_instance();
  const NameRoot root{registration.objects->root_path};
  if (operation.records.empty()) {
    if (!numbered) return Encode(format, {}, Path(object), NoModel(), root);
    return EncodeEmptyInstance(format, operation.path);
  }
  if (numbered) return Encode(format, operation.records, Path(object), NoModel(), root);
  if (format == ContentFormat::kTlv) {
    return Encode(format, operation.records, operation.records.front().path.Prefix(2), NoModel());
  }
  const Id free = LowestFreeInstance(registration.objects, object);
  return Encode(format, Renumbered(operation.records, free), Path(object), NoModel(), root);
}

}  // namespace

std::vector<ContentFormat> BodyFormats(const Operation& operation,
                                       const Registration& registration) {
  if (operation.payload.format) return {};
  switch (operation.kind) {
    case OperationKind::kCreate:
      // An instance without resources has no name in SenML.
      if (operation.records.empty()) return {ContentFormat::kTlv, ContentFormat::kLwm2mCbor};
      return FormatsOfValues(operation, registration);
    case OperationKind::kWriteReplace:
    case OperationKind::kWriteUpdate:
      return FormatsOfValues(operation, registration);
    case OperationKind::kWriteComposite:
    case OperationKind::kReadComposite:
    case OperationKind::kObserveComposite:
    case OperationKind::kCancelObserveComposite:
      return Choose(kComposite, registration,
                    {ContentFormat::kSenmlCbor, ContentFormat::kSenmlJson});
    case OperationKind::kRead:
    case OperationKind::kDiscover:
    case OperationKind::kWriteAttributes:
    case OperationKind::kExecute:
    case OperationKind::kDelete:
    case OperationKind::kObserve:
    case OperationKind::kCancelObserve:
      break;
  }
  return {};
}

Result<Payload> EncodeBody(const Operation& operation, const Registration& registration,
                           ContentFormat format) {
  // Transport §6.4.1: names, too, begin with the alternate root.
  const NameRoot root{registration.objects->root_path};
  Result<std::string> octets;
  if (!operation.paths.empty()) {
    octets = EncodePaths(format, operation.paths, root);
  } else if (operation.kind == OperationKind::kCreate) {
    octets = EncodeCreate(operation, registration, format);
  } else {
    octets = Encode(format, operation.records, TargetOf(operation), NoModel(), root);
  }
  if (!octets) return tl::unexpected(std::move(octets).error());
  return Payload{format, *std::move(octets)};
}

Path TargetOf(const Operation& operation) {
  if (operation.kind == OperationKind::kCreate) return operation.path.Prefix(1);
  const bool given = operation.payload.format.has_value();
  const bool some_instances =
      operation.kind == OperationKind::kWriteUpdate && operation.path.is_resource() && !given;
  return some_instances ? operation.path.Prefix(2) : operation.path;
}

ContentFormat CompositeAnswerFormat(const Registration& registration) {
  return Choose(kCompositeAnswer, registration, {ContentFormat::kSenmlCbor}).front();
}

}  // namespace lwm2m

#include "ipe/firmware_desk.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "ipe/log_events.h"

namespace ipe {

using lwm2m::FirmwareStatus;
using lwm2m::FirmwareStep;
using lwm2m::TimePoint;
using onem2m::ResponseStatusCode;

namespace {

constexpr char kRoot[] = "fw";            // first segment of what we serve
constexpr std::size_t kLongestUri = 255;  // of /5/0/1
constexpr lwm2m::Id kFirmwareObject = 5;

tl::unexpected<onem2m::Error> Refuse(ResponseStatusCode status, std::string detail) {
  return tl::unexpected(onem2m::Error{status, std::move(detail)});
}

std::string_view SchemeOf(lwm2m::Peer::Transport transport) {
  switch (transport) {
    case lwm2m::Peer::Transport::kUdp:
      return "coap";
    case lwm2m::Peer::Transport::kDtls:
      return "coaps";
    case lwm2m::Peer::Transport::kTcp:
      return "coap+tcp";
    case lwm2m::Peer::Transport::kTls:
      return "coaps+tcp";
  }
  return "coap";
}

// Object versions from 1.1 on have Cancel, /5/0/10 (FW-3); without `ver` it is 1.0 (VER-3).
bool HasCancel(const lwm2m::Registration& registration) {
  const auto version = registration.objects->versions.find(kFirmwareObject);
  return version != registration.objects->versions.end() && version->second != "1.0";
}

unsigned PercentOf(const FirmwareStatus& status) {
  if (status.total == 0) return 0;
  return static_cast<unsigned>(status.sent * 100 / status.total);
}

// In what the store keeps.
bool IsSameOnDisk(const FirmwareStatus& a, const FirmwareStatus& b) {
  return a.step == b.step && a.method == b.method && a.downloads == b.downloads &&
         a.executes == b.executes && a.write_accepted == b.write_accepted &&
         a.result_before == b.result_before && a.version_before == b.version_before;
}

// Every 10 % is told.
constexpr unsigned kShare = 10;

}  // namespace

struct FirmwareDesk::Update {
  Update(std::uint64_t number, FirmwareOrder what, lwm2m::FirmwareUpdate how, Report whom)
      : id(number), order(std::move(what)), machine(std::move(how)), report(std::move(whom)) {}

  const std::uint64_t id;  // tells its callbacks from those of an earlier update of the endpoint
  const FirmwareOrder order;
  std::string key;
  std::shared_ptr<const FirmwareFile> file;  // null for a URI of somebody else
  lwm2m::FirmwareUpdate machine;
  Report report;
  std::optional<TimePoint> scheduled;
  std::uint64_t operations = 0;  // grows with each: tells an outcome that nobody waits for
  std::optional<std::pair<lwm2m::OperationKind, lwm2m::Path>> out;
  std::optional<FirmwareStatus> remembered;
  FirmwareStep told_step = FirmwareStep::kInspecting;
  unsigned told_share = 0;
};

FirmwareDesk::FirmwareDesk(const Config::Firmware& config, const lwm2m::ObjectModel& model,
                           Store& store, Metrics& metrics, std::function<std::int64_t()> unix_now)
    : config_(config),
      model_(model),
      store_(store),
      metrics_(metrics),
      unix_now_(std::move(unix_now)),
      files_(config.directory, config.max_bytes) {}

FirmwareDesk::~FirmwareDesk() = default;

StoreResult<void> FirmwareDesk::Load() {
  auto updates = store_.FirmwareUpdates();
  if (!updates) return tl::unexpected(updates.error());
  for (StoredFirmwareUpdate& update : *updates) {
    left_over_.insert_or_assign(std::move(update.command), std::move(update.status));
  }
  return {};
}

bool FirmwareDesk::IsLeftOver(std::string_view command) const {
  return left_over_.count(std::string(command)) > 0;
}

// ---- begin and end

onem2m::Result<std::shared_ptr<const FirmwareFile>> FirmwareDesk::FileOf(
    const FirmwareOrder& order) {
  if (order.file.empty()) {
    if (!lwm2m::FirmwareProtocolOf(order.uri)) {
      return onem2m::BadRequest(
          "\"uri\": expected coap, coaps, http, https, coap+tcp or coaps+tcp");
    }
    if (order.uri.size() > kLongestUri) return onem2m::BadRequest("\"uri\": above 255 octets");
    if (order.method == lwm2m::FirmwareMethod::kPush) {
      return onem2m::BadRequest("\"method\": what stands at a URI can only be pulled");
    }
    return nullptr;
  }
  auto file = files_.Open(order.file);
  if (!file) return Refuse(ResponseStatusCode::kNotFound, "\"file\": " + file.error());
  return std::move(*file);
}

// Unguessable, and the same after a restart.
std::string FirmwareDesk::KeyOf(const FirmwareOrder& order) const {
  const std::string text = store_.notify_secret() + "\nfirmware\n" + order.command;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  constexpr std::size_t kOctets = 8;
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + kOctets, ""));
}

std::vector<std::string> FirmwareDesk::SourcesFor(const FirmwareOrder& order,
                                                  const std::string& key) const {
  if (!order.uri.empty()) return {order.uri};
  std::vector<std::string> bases = config_.urls;
  const lwm2m::Registration* registration = server_->Find(order.endpoint);
  if (bases.empty() && registration != nullptr && !registration->peer.local.empty()) {
    const lwm2m::Peer& peer = registration->peer;
    bases.push_back(fmt::format("{}://{}", SchemeOf(peer.transport), peer.local));
  }
  std::vector<std::string> sources;
  for (std::string_view base : bases) {
    if (base.ends_with('/')) base.remove_suffix(1);
    std::string uri = fmt::format("{}/{}/{}/{}", base, kRoot, key, order.file);
    if (uri.size() <= kLongestUri) sources.push_back(std::move(uri));
  }
  return sources;
}

onem2m::Result<FirmwareDesk::Begin> FirmwareDesk::Start(const FirmwareOrder& order, Report report,
                                                        TimePoint now) {
  const auto left_over = left_over_.extract(order.command);
  const bool resumed = !left_over.empty();
  const lwm2m::Registration* registration = server_->Find(order.endpoint);
  if (!resumed) {
    if (registration == nullptr) {
      return Refuse(ResponseStatusCode::kTargetNotReachable, "the device is not registered");
    }
    if (!registration->objects->HasObject(kFirmwareObject)) {
      return Refuse(ResponseStatusCode::kNotFound, "the device has no Firmware Update object");
    }
  }
  if (Find(order.endpoint) != nullptr) {
    return Refuse(ResponseStatusCode::kConflict, "another update of the device is under way");
  }
  auto file = FileOf(order);
  if (!file && !resumed) return tl::unexpected(file.error());

  lwm2m::FirmwareOrder what;
  const std::string key = KeyOf(order);
  if (file && *file != nullptr) {
    what.image = std::shared_ptr<const lwm2m::FirmwareImage>(*file, &(*file)->image);
  }
  what.sources = SourcesFor(order, key);
  what.method = order.method;
  what.may_execute_cancel = registration != nullptr && HasCancel(*registration);
  what.deadline = now + std::chrono::seconds(order.deadline - unix_now_());
  lwm2m::FirmwareTimes times;
  times.install = config_.install_timeout;
  lwm2m::FirmwareUpdate machine =
      resumed ? lwm2m::FirmwareUpdate(std::move(what), times, model_, left_over.mapped(), now)
              : lwm2m::FirmwareUpdate(std::move(what), times, model_, now);

  auto update = std::make_unique<Update>(next_id_++, order, std::move(machine), std::move(report));
  update->key = key;
  if (file) update->file = std::move(*file);
  update->told_step = update->machine.status().step;
  spdlog::info("event=firmware-update endpoint={} file={} uri={} resumed={}",
               LogValue(order.endpoint), LogValue(order.file), LogValue(order.uri), resumed);
  by_key_[key] = order.endpoint;
  Update& begun = *updates_.insert_or_assign(order.endpoint, std::move(update)).first->second;
  Remember(begun);
  Schedule(begun);
  return resumed ? Begin::kResumed : Begin::kNew;
}

onem2m::Result<void> FirmwareDesk::Cancel(std::string_view endpoint, TimePoint now) {
  now_ = now;
  Update* update = Find(endpoint);
  if (update == nullptr) {
    return Refuse(ResponseStatusCode::kNotFound, "no firmware update of the device is under way");
  }
  if (auto cancelled = update->machine.Cancel(now); !cancelled) {
    return Refuse(ResponseStatusCode::kOperationNotAllowed, cancelled.error().detail);
  }
  ++update->operations;
  if (const auto out = std::exchange(update->out, std::nullopt)) {
    server_->Cancel(endpoint, out->first, out->second, now);
  }
  Schedule(*update);
  return {};
}

void FirmwareDesk::End(Update& update) {
  const FirmwareStatus status = update.machine.status();
  const bool done = status.step == FirmwareStep::kDone;
  spdlog::info("event=firmware-update-ended endpoint={} outcome={} result={} version={} reason={}",
               LogValue(update.order.endpoint), lwm2m::ToString(status.step),
               status.result.value_or(0), LogValue(status.version), LogValue(status.reason));
  metrics_
      .counter("firmware_updates", "Firmware updates that have ended",
               {{"outcome", done ? "done" : "failed"}})
      .Increment();
  if (update.scheduled) schedule_.erase({*update.scheduled, update.order.endpoint});
  by_key_.erase(update.key);
  const auto ended = updates_.extract(update.order.endpoint);
  if (ended.mapped()->out) {
    const auto& [kind, path] = *ended.mapped()->out;
    server_->Cancel(ended.key(), kind, path, now_);
  }
  ended.mapped()->report(status);
}

// ---- one step after the other

FirmwareDesk::Update* FirmwareDesk::Find(std::string_view endpoint) {
  const auto found = updates_.find(std::string(endpoint));
  return found == updates_.end() ? nullptr : found->second.get();
}

// What is to be done now; `update` may be gone afterwards.
void FirmwareDesk::Pump(Update& update) {
  auto operation = update.machine.Next(now_);
  Remember(update);
  if (update.machine.status().finished()) return End(update);
  Tell(update);
  if (operation) Submit(update, *std::move(operation));
  Schedule(update);
}

void FirmwareDesk::Submit(Update& update, lwm2m::Operation operation) {
  const std::string endpoint = update.order.endpoint;
  const std::uint64_t id = update.id;
  const std::uint64_t number = ++update.operations;
  update.out.emplace(operation.kind, operation.path);
  if (operation.payload.shared != nullptr) {
    operation.progress = [this, endpoint, id, number](std::size_t sent, std::size_t total) {
      Update* told = Find(endpoint);
      if (told == nullptr || told->id != id || told->operations != number) return;
      told->machine.OnProgress(sent, total);
      Tell(*told);
    };
  }
  server_->Submit(endpoint, std::move(operation), lwm2m::Priority::kCommand,
                  update.machine.deadline(), now_,
                  [this, endpoint, id, number](const lwm2m::Outcome& outcome) {
                    Update* told = Find(endpoint);
                    if (told == nullptr || told->id != id || told->operations != number) return;
                    told->out.reset();
                    told->machine.OnOutcome(outcome, now_);
                    Tell(*told);
                    Pump(*told);
                  });
}

void FirmwareDesk::Remember(Update& update) {
  if (update.remembered && IsSameOnDisk(*update.remembered, update.machine.status())) return;
  update.remembered = update.machine.status();
  const auto put = store_.Put(StoredFirmwareUpdate{update.order.command, update.machine.status()});
  if (!put) {
    spdlog::error("event=store-failed what=put-firmware-update endpoint={} cause={}",
                  LogValue(update.order.endpoint), LogValue(put.error().detail));
  }
}

// A new step, and every 10 % of the image.
void FirmwareDesk::Tell(Update& update) {
  const FirmwareStatus& status = update.machine.status();
  if (status.finished()) return;  // by End()
  const unsigned share = PercentOf(status) / kShare;
  if (status.step == update.told_step && share <= update.told_share) return;
  if (status.step != update.told_step) {
    spdlog::info("event=firmware-step endpoint={} step={}", LogValue(update.order.endpoint),
                 lwm2m::ToString(status.step));
  }
  update.told_step = status.step;
  update.told_share = share;
  update.report(status);
}

void FirmwareDesk::Schedule(Update& update) {
  const TimePoint wake = update.machine.wake();
  if (update.scheduled == wake) return;
  if (update.scheduled) schedule_.erase({*update.scheduled, update.order.endpoint});
  schedule_.emplace(wake, update.order.endpoint);
  update.scheduled = wake;
}

TimePoint FirmwareDesk::Tick(TimePoint now) {
  now_ = now;
  while (!schedule_.empty() && schedule_.begin()->first <= now) {
    const std::string endpoint = schedule_.begin()->second;
    schedule_.erase(schedule_.begin());
    Update* update = Find(endpoint);
    update->scheduled.reset();
    Pump(*update);
  }
  return schedule_.empty() ? TimePoint::max() : schedule_.begin()->first;
}

void FirmwareDesk::OnRegistered(std::string_view endpoint, TimePoint now) {
  now_ = now;
  Update* update = Find(endpoint);
  if (update == nullptr) return;
  update->machine.OnRegistered(now);
  Schedule(*update);
}

void FirmwareDesk::OnValue(std::string_view endpoint, const lwm2m::Path& path,
                           const lwm2m::Payload& payload, TimePoint now) {
  now_ = now;
  Update* update = Find(endpoint);
  if (update == nullptr) return;
  update->machine.OnValue(path, payload, now);
  Schedule(*update);
}

// ---- the source of a pull

std::optional<lwm2m::CoapResponse> FirmwareDesk::Serve(const lwm2m::Peer& peer,
                                                       const lwm2m::CoapRequest& request) {
  const auto& path = request.path;
  if (path.size() != 3 || path[0] != kRoot) return std::nullopt;
  const auto endpoint = by_key_.find(path[1]);
  if (endpoint == by_key_.end()) return std::nullopt;
  Update* update = Find(endpoint->second);
  if (update->order.file != path[2] || update->file == nullptr) return std::nullopt;
  const lwm2m::Registration* registration = server_->Find(endpoint->second);
  const bool stranger = registration != nullptr && !peer.identity.empty() &&
                        !registration->peer.identity.empty() &&
                        registration->peer.identity != peer.identity;
  if (stranger) return std::nullopt;

  update->machine.OnFetch();
  lwm2m::CoapResponse response;
  response.payload =
      lwm2m::Payload{lwm2m::ContentFormat::kOpaque, "", update->file->image.octets()};
  response.etag = update->file->etag;
  return response;
}

// ---- what an operator sees

std::string FirmwareDesk::ToJson() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto text = [&writer](const char* name, std::string_view value) {
    writer.Key(name);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  writer.Key("updates");
  writer.StartArray();
  for (const auto& [endpoint, update] : updates_) {
    const FirmwareStatus& status = update->machine.status();
    writer.StartObject();
    text("endpoint", endpoint);
    if (!update->order.file.empty()) text("file", update->order.file);
    if (!update->order.uri.empty()) text("uri", update->order.uri);
    text("step", lwm2m::ToString(status.step));
    if (status.method) text("method", lwm2m::ToString(*status.method));
    if (status.state) text("state", lwm2m::ToString(*status.state));
    if (status.result) {
      writer.Key("result");
      writer.Int64(*status.result);
    }
    if (status.method == lwm2m::FirmwareMethod::kPush) {
      writer.Key("percent");
      writer.Uint(PercentOf(status));
    }
    writer.Key("downloads");
    writer.Uint(status.downloads);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace ipe

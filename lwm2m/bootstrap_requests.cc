// What starts a bootstrap: Bootstrap-Request, Bootstrap-Pack-Request, and our own initiative.
// (LwM2M Core 1.1.1 §6.1.4; 1.2 §6.1.7.7)
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <charconv>

#include "lwm2m/bootstrap.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/registration.h"

namespace lwm2m {
namespace {

bool IsSecure(const Peer& peer) {
  return peer.transport == Peer::Transport::kDtls || peer.transport == Peer::Transport::kTls;
}

struct BootstrapQuery {
  std::optional<std::string> endpoint;
  std::optional<std::string> preferred_format;  // pct, as it was written
};

Result<BootstrapQuery> ParseBootstrapQuery(const std::vector<std::string>& queries) {
  auto parsed = ParseRegistrationQuery(queries);  // the same `ep`
  if (!parsed) return tl::unexpected(std::move(parsed).error());
  BootstrapQuery query;
  query.endpoint = std::move(parsed->endpoint);
  for (const std::string& parameter : parsed->unknown) {
    if (!parameter.starts_with("pct=")) continue;
    if (query.preferred_format) return Malformed("pct is given twice");
    query.preferred_format = parameter.substr(4);
  }
  return query;
}

// nullopt: none that carries an object instance and that we write.
std::optional<ContentFormat> WritableFormat(std::string_view text) {
  std::uint16_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  const auto format = static_cast<ContentFormat>(number);
  const auto* const known = std::find(kBootstrapFormats.begin(), kBootstrapFormats.end(), format);
  if (known == kBootstrapFormats.end()) return std::nullopt;
  return format;
}

// Tells one body of a pack from another while it is fetched in blocks.
std::string EtagOf(std::string_view body) {
  const std::size_t hash = std::hash<std::string_view>{}(body);
  std::string etag;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    etag.push_back(static_cast<char>(hash >> shift & 0xff));
  }
  return etag;
}

}  // namespace

// A request while it is looked at.
struct BootstrapServer::Uplink {
  ExchangeId exchange;
  const Peer& peer;
  const CoapRequest& request;
  ExchangeKey key;
  TimePoint now;
};

void BootstrapServer::OnRequest(ExchangeId exchange, const Peer& peer, const CoapRequest& request,
                                TimePoint now) {
  exchanges_.Expire(now);
  const Uplink uplink{exchange, peer, request, KeyOf(request), now};
  // A pack is made again: its answer is too large to be remembered, and reading changes nothing.
  if (request.method != Method::kGet) {
    if (const auto known = exchanges_.Find(peer, uplink.key, now)) {
      ++counters_.duplicates;
      CoapResponse answer;
      answer.code = known->answer.code;
      return transport_.Respond(exchange, answer);
    }
    exchanges_.Begin(peer, uplink.key, request.confirmable, now);
  }
  Route(uplink);
  assert(IsConsistent());
}

void BootstrapServer::Route(const Uplink& uplink) {
  const CoapRequest& request = uplink.request;
  if (request.unknown_critical_option != 0) {
    return Refuse(uplink, Code::kBadOption, Complaint::kRequest, "unknown critical option");
  }
  const bool begins = request.path == std::vector<std::string>{"bs"};
  const bool packs = request.path == std::vector<std::string>{"bspack"};
  if (!begins && !packs) {
    return Refuse(uplink, Code::kNotFound, Complaint::kRequest, "no such resource");
  }
  if (request.method != (begins ? Method::kPost : Method::kGet)) {
    return Refuse(uplink, Code::kMethodNotAllowed, Complaint::kRequest, "method");
  }
  return begins ? BeginRequest(uplink) : GivePack(uplink);
}

// BS-1.
void BootstrapServer::BeginRequest(const Uplink& uplink) {
  const auto query = ParseBootstrapQuery(uplink.request.queries);
  if (!query) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, query.error().detail);
  }
  const std::string endpoint = query->endpoint.value_or(uplink.peer.identity);
  if (endpoint.empty()) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, "ep is missing");
  }
  std::optional<ContentFormat> preferred;
  if (query->preferred_format) {
    preferred = WritableFormat(*query->preferred_format);
    if (!preferred) {
      return Refuse(uplink, Code::kUnsupportedContentFormat, Complaint::kRequest,
                    "pct is not served");
    }
  }
  auto account = AccountFor(uplink, endpoint, Code::kBadRequest, Code::kBadRequest);
  if (!account) return;
  if (!HasRoomFor(endpoint, uplink.now)) {
    return Refuse(uplink, Code::kServiceUnavailable, Complaint::kBusy, "too many runs");
  }
  const auto running = runs_.find(endpoint);
  if (running != runs_.end()) {
    if (IsSecure(running->second.peer) && !IsSecure(uplink.peer)) {
      return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, "a secure run is under way");
    }
    End(running, BootstrapReport::State::kReplaced, "a new Bootstrap-Request", uplink.now);
  }
  ++counters_.requests;
  // BS-4: the answer precedes the first command.
  CoapResponse answer;
  answer.code = Code::kChanged;
  Reply(uplink, std::move(answer));
  Begin(endpoint, uplink.peer, std::move(*account), preferred, uplink.now);
}

// BS-16.
void BootstrapServer::GivePack(const Uplink& uplink) {
  const auto query = ParseBootstrapQuery(uplink.request.queries);
  if (!query) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, query.error().detail);
  }
  const std::string endpoint = query->endpoint.value_or(uplink.peer.identity);
  if (endpoint.empty()) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, "ep is missing");
  }
  const ContentFormat format = uplink.request.accept.value_or(ContentFormat::kSenmlCbor);
  if (format != ContentFormat::kSenmlCbor && format != ContentFormat::kSenmlJson &&
      format != ContentFormat::kLwm2mCbor) {
    return Refuse(uplink, Code::kNotAcceptable, Complaint::kRequest, "format of a pack");
  }
  const auto account = AccountFor(uplink, endpoint, Code::kUnauthorized, Code::kNotFound);
  if (!account) return;
  auto body = Encode(format, BootstrapPack(*account, model_), Path(), model_);
  if (!body) {
    return Refuse(uplink, Code::kNotFound, Complaint::kAccount, body.error().detail);
  }
  ++counters_.packs;
  if (runs_.count(endpoint) == 0) {
    BootstrapReport report;
    report.endpoint = endpoint;
    report.peer = uplink.peer;
    report.state = BootstrapReport::State::kFinished;
    report.detail = "pack";
    report.started = report.ended = uplink.now;
    reports_.insert_or_assign(endpoint, std::move(report));
    DropOldReports();
  }
  spdlog::info("event=bootstrap-pack ep=\"{}\" peer={}", endpoint, uplink.peer.address);
  CoapResponse answer;
  answer.code = Code::kContent;
  answer.etag = EtagOf(*body);
  answer.payload = Payload{format, std::move(*body)};
  Reply(uplink, std::move(answer));
}

std::optional<BootstrapAccount> BootstrapServer::AccountFor(const Uplink& uplink,
                                                            const std::string& endpoint,
                                                            Code not_allowed, Code not_known) {
  // SEC-8: before anything is said about which accounts there are.
  if (!MayRegister(credentials_, uplink.peer, endpoint)) {
    Refuse(uplink, not_allowed, Complaint::kRequest, "ep of somebody else");
    return std::nullopt;
  }
  auto account = accounts_.Find(endpoint, IsSecure(uplink.peer));
  if (!account) {
    const ErrorKind kind = account.error().kind;
    Refuse(uplink, kind == ErrorKind::kNotAllowed ? not_allowed : not_known,
           kind == ErrorKind::kNotFound ? Complaint::kRequest : Complaint::kAccount,
           account.error().detail);
    return std::nullopt;
  }
  return std::move(*account);
}

void BootstrapServer::Refuse(const Uplink& uplink, Code code, Complaint kind,
                             std::string_view reason) {
  if (ClassOf(code) == 4) ++counters_.refused;
  if (const auto before = complaints_.Pass(kind, uplink.now)) {
    spdlog::warn("event=bootstrap-refused peer={} code={} reason=\"{}\" suppressed={}",
                 uplink.peer.address, ToString(code), reason, *before);
  }
  CoapResponse answer;
  answer.code = code;
  Reply(uplink, std::move(answer));
}

void BootstrapServer::Reply(const Uplink& uplink, CoapResponse response) {
  if (uplink.request.method != Method::kGet) {
    exchanges_.Answer(uplink.peer, uplink.key, {response.code, {}});
  }
  transport_.Respond(uplink.exchange, response);
}

// BS-2.
Result<void> BootstrapServer::Start(std::string_view endpoint, TimePoint now) {
  const auto report = reports_.find(endpoint);
  if (report == reports_.end()) {
    return tl::unexpected(Error{ErrorKind::kNotFound, "the client never asked for bootstrap here"});
  }
  const std::string name(endpoint);
  const Peer peer = report->second.peer;
  auto account = accounts_.Find(name, IsSecure(peer));
  if (!account) return tl::unexpected(std::move(account).error());
  if (!HasRoomFor(name, now)) {
    return tl::unexpected(Error{ErrorKind::kTooLarge, "too many runs"});
  }
  const auto running = runs_.find(name);
  if (running != runs_.end()) {
    End(running, BootstrapReport::State::kReplaced, "started anew", now);
  }
  Begin(name, peer, std::move(*account), std::nullopt, now);
  assert(IsConsistent());
  return {};
}

}  // namespace lwm2m

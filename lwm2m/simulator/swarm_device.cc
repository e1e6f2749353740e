#include "lwm2m/simulator/swarm_device.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "lwm2m/simulator/payload.h"

namespace lwm2m::simulator {
namespace {

constexpr std::string_view kObjectLinks =
    "</>;rt=\"oma.lwm2m\";ct=11542,</1/0>,</3/0>,</4/0>,</5/0>,</3303/0>,</3304/0>,</3306/0>,</"
    "3323/0>";
constexpr Id kFirmwareUpdate = 5;
constexpr double kMicrosecondsPerSecond = 1e6;

std::string NameOf(std::string_view prefix, std::size_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return std::string(prefix) + digits;
}

// Sorted by path. What does not change is there for whoever reads the instance.
std::vector<Leaf> ResourcesOf(const SwarmDevice& device, std::size_t number, const Path& instance) {
  const auto in = [&instance](Id resource) { return instance.Child(resource); };
  const auto percent = static_cast<std::int64_t>(device.sequence % 101);
  const double measured = static_cast<double>(device.sent_at) / kMicrosecondsPerSecond;
  switch (instance.object()) {
    case 1:
      return {{in(0), DataType::kInteger, std::int64_t{101}},
              {in(1), DataType::kInteger, std::int64_t{86400}},
              {in(6), DataType::kBoolean, false},
              {in(7), DataType::kString, std::string("U")}};
    case 3:
      return {{in(0), DataType::kString, std::string("swarm")},
              {in(2), DataType::kString, NameOf("", number)},
              {in(9), DataType::kInteger, percent},
              {in(11), DataType::kInteger, std::int64_t{0}},
              {in(16), DataType::kString, std::string("U")}};
    case 4:
      return {{in(0), DataType::kInteger, std::int64_t{21}},
              {in(2), DataType::kInteger, -percent},
              {in(4), DataType::kString, std::string("127.0.0.1")}};
    case kFirmwareUpdate:
      return {{in(3), DataType::kInteger, std::int64_t{0}},
              {in(5), DataType::kInteger, std::int64_t{0}},
              {in(9), DataType::kInteger, std::int64_t{2}}};
    case 3303:
    case 3304:
    case 3323:
      return {{in(5700), DataType::kFloat, measured}};
    case 3306:
      return {{in(5850), DataType::kBoolean, false}, {in(5851), DataType::kInteger, percent}};
    default:
      return {};
  }
}

// Those at or below `path`; nothing where it does not exist.
std::vector<Leaf> Read(const SwarmDevice& device, std::size_t number, const Path& path) {
  if (path.depth() == 0 || path.depth() > 3 || (path.depth() > 1 && path.instance() != 0))
    return {};
  std::vector<Leaf> leaves = ResourcesOf(device, number, Path(path.object(), 0));
  std::erase_if(leaves, [&path](const Leaf& leaf) { return !path.Contains(leaf.path); });
  return leaves;
}

// The one of an instance that changes, so that a notification is one value.
std::vector<Leaf> News(const SwarmDevice& device, std::size_t number, const Path& path) {
  std::vector<Leaf> leaves = Read(device, number, path);
  if (path.is_resource()) return leaves;
  constexpr std::array<Path, 6> kChanging{Path(3, 0, 9),       Path(4, 0, 2),
                                          Path(3303, 0, 5700), Path(3304, 0, 5700),
                                          Path(3306, 0, 5851), Path(3323, 0, 5700)};
  std::erase_if(leaves, [&kChanging](const Leaf& leaf) {
    return std::find(kChanging.begin(), kChanging.end(), leaf.path) == kChanging.end();
  });
  return leaves;
}

void AddLocation(const SwarmDevice& device, Datagram& datagram) {
  for (std::size_t at = 0; at < device.handle_length;) {
    const auto length = static_cast<std::size_t>(device.handle[at]);
    datagram.Add(kUriPath, {&device.handle[at + 1], length});
    at += 1 + length;
  }
}

void AddRegistration(Datagram& datagram, std::size_t number, const SwarmDialect& dialect) {
  datagram.Add(kUriPath, "rd");
  datagram.AddNumber(kContentFormat, kLinkFormat);
  datagram.Add(kUriQuery, "ep=" + NameOf(dialect.prefix, number));
  datagram.Add(kUriQuery, "lt=" + std::to_string(dialect.lifetime));
  datagram.Add(kUriQuery, "lwm2m=" + dialect.version);
  datagram.Add(kUriQuery, "b=" + dialect.binding);
  datagram.payload = kObjectLinks;
}

void AddNotification(const SwarmDevice& device, std::size_t number, Datagram& datagram) {
  const auto& observation = device.observations[device.notified];
  datagram.token.assign(observation.token.data(), observation.token_length);
  datagram.AddNumber(kObserve, device.sequence & 0xffffff);
  datagram.AddNumber(kContentFormat, kTlvFormat);
  datagram.payload = EncodeTlv(observation.path, News(device, number, observation.path));
}

std::optional<Path> PathOf(const Datagram& request) {
  std::string text;
  for (const std::string& segment : request.Texts(kUriPath)) text += "/" + segment;
  const auto path = Path::Parse(text.empty() ? "/" : text);
  return path ? std::optional(*path) : std::nullopt;
}

void Forget(SwarmDevice& device, std::size_t index) {
  std::move(device.observations.begin() + static_cast<std::ptrdiff_t>(index) + 1,
            device.observations.begin() + device.observation_count,
            device.observations.begin() + static_cast<std::ptrdiff_t>(index));
  --device.observation_count;
}

// RFC 7641 §4.1: one of the same token, or of the same path, takes the place of the former.
bool Remember(SwarmDevice& device, const Datagram& request, const Path& path) {
  const auto end = device.observations.begin() + device.observation_count;
  auto place = std::find_if(device.observations.begin(), end,
                            [&path](const auto& observation) { return observation.path == path; });
  if (place == device.observations.end()) return false;
  if (place == end) ++device.observation_count;
  *place = {{}, static_cast<std::uint8_t>(request.token.size()), path};
  std::copy(request.token.begin(), request.token.end(), place->token.begin());
  return true;
}

void Cancel(SwarmDevice& device, const Datagram& request) {
  for (std::size_t i = 0; i < device.observation_count; ++i) {
    const auto& observation = device.observations[i];
    const std::string_view token(observation.token.data(), observation.token_length);
    if (token == request.token) return Forget(device, i);
  }
}

std::string LinksOf(const std::vector<Leaf>& leaves, const Path& path) {
  std::string links;
  if (!path.is_resource()) links = "<" + path.ToString() + ">";
  for (const Leaf& leaf : leaves) {
    links += (links.empty() ? "<" : ",<") + leaf.path.ToString() + ">";
  }
  return links;
}

Code Get(SwarmDevice& device, std::size_t number, const Path& path, const Datagram& request,
         Datagram& answer, SwarmCounters& counters) {
  const std::vector<Leaf> leaves = Read(device, number, path);
  if (leaves.empty()) return Code::kNotFound;
  const auto accept = request.Number(kAccept);
  if (accept == kLinkFormat) {
    ++counters.discovers;
    answer.AddNumber(kContentFormat, kLinkFormat);
    answer.payload = LinksOf(leaves, path);
    return Code::kContent;
  }
  if (accept && accept != kTlvFormat) return Code::kNotAcceptable;
  const auto observe = request.Number(kObserve);
  ++(!observe ? counters.reads : *observe == 0 ? counters.observes : counters.cancels);
  if (observe == 1) Cancel(device, request);
  if (observe == 0 && Remember(device, request, path)) {
    answer.AddNumber(kObserve, ++device.sequence & 0xffffff);
  }
  answer.AddNumber(kContentFormat, kTlvFormat);
  answer.payload = EncodeTlv(path, leaves);
  return Code::kContent;
}

// LwM2M 1.1 Transport §6.4: a Write has a payload or is a Write-Attributes; a POST to a resource is
// an Execute.
Code Operate(SwarmDevice& device, std::size_t number, const Datagram& request, Datagram& answer,
             SwarmCounters& counters) {
  const auto path = PathOf(request);
  if (!path) return Code::kNotFound;
  switch (request.code) {
    case Code::kGet:
      return Get(device, number, *path, request, answer, counters);
    case Code::kPut:
      if (Read(device, number, path->Prefix(std::min<std::size_t>(path->depth(), 2))).empty()) {
        return Code::kNotFound;
      }
      ++counters.writes;
      return Code::kChanged;
    case Code::kPost:
      if (path->depth() < 2) return Code::kMethodNotAllowed;
      ++(path->is_resource() ? counters.executes : counters.writes);
      return Code::kChanged;
    default:
      return Code::kMethodNotAllowed;
  }
}

}  // namespace

Octets SwarmDevice::token() const {
  return {static_cast<char>(message_id >> 8), static_cast<char>(message_id & 0xff)};
}

bool SwarmDevice::TakeLocation(const Datagram& created) {
  std::size_t length = 0;
  for (const Option& option : created.options) {
    if (option.number != kLocationPath) continue;
    if (option.value.size() + 1 > kLongestHandle - length) return false;
    handle[length++] = static_cast<char>(option.value.size());
    std::copy(option.value.begin(), option.value.end(), &handle[length]);
    length += option.value.size();
  }
  handle_length = static_cast<std::uint8_t>(length);
  return length > 0;
}

bool SwarmDevice::TurnToNextObservation() {
  for (std::uint8_t tried = 0; tried < observation_count; ++tried) {
    notified = static_cast<std::uint8_t>((notified + 1) % observation_count);
    if (observations[notified].path.object() != kFirmwareUpdate) return true;
  }
  return false;
}

void SwarmDevice::DropNotified() {
  if (notified < observation_count) Forget(*this, notified);
}

Datagram PendingMessage(const SwarmDevice& device, std::size_t number,
                        const SwarmDialect& dialect) {
  Datagram datagram;
  datagram.code = Code::kPost;
  datagram.message_id = device.message_id;
  datagram.token = device.token();
  switch (device.pending) {
    case SwarmDevice::Pending::kNothing:
      break;
    case SwarmDevice::Pending::kRegister:
      AddRegistration(datagram, number, dialect);
      break;
    case SwarmDevice::Pending::kUpdate:
      AddLocation(device, datagram);
      break;
    case SwarmDevice::Pending::kDeregister:
      datagram.code = Code::kDelete;
      AddLocation(device, datagram);
      break;
    case SwarmDevice::Pending::kNotification:
      datagram.code = Code::kContent;
      AddNotification(device, number, datagram);
      break;
  }
  return datagram;
}

Datagram AnswerOf(SwarmDevice& device, std::size_t number, const Datagram& request,
                  SwarmCounters& counters) {
  Datagram answer;
  answer.type = request.type == MessageType::kConfirmable ? MessageType::kAcknowledgement
                                                          : MessageType::kNonConfirmable;
  answer.message_id = request.message_id;
  answer.token = request.token;
  answer.code = Operate(device, number, request, answer, counters);
  if (CodeClass(answer.code) != 2) ++counters.refused;
  return answer;
}

}  // namespace lwm2m::simulator

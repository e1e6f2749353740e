// What a message costs in lwm2m::Server, without sockets, bridge and store, as endpoints grow in
// number: build/bench/tests/bench/server_bench
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>

#include "lwm2m/exchange_cache.h"
#include "lwm2m/server.h"
#include "tests/support/lwm2m_fakes.h"

namespace lwm2m {
namespace {

// These keep nothing, unlike the ones they derive from.
class QuietTransport : public tests::FakeTransport {
 public:
  void Respond(ExchangeId, const CoapResponse& response) override {
    ++responses;
    last = response;
  }
  std::uint64_t responses = 0;
  CoapResponse last;
};

class AgreeableListener : public tests::FakeListener {
 public:
  void OnRegister(Ticket ticket, const Shared<Registration>&, const Registration*) override {
    server->Answer(ticket, Code::kCreated, now);
  }
  void OnUpdate(Ticket ticket, const Shared<Registration>&, const Shared<Registration>&) override {
    server->Answer(ticket, Code::kChanged, now);
  }
};

Peer PeerOf(std::uint64_t number) {
  Peer peer;
  peer.address = "127." + std::to_string(1 + number / 65536) + "." +
                 std::to_string(number / 256 % 256) + "." + std::to_string(number % 256) + ":56830";
  peer.local = "127.0.0.1:5683";
  return peer;
}

// A server with that many endpoints of eight objects.
class Registered {
 public:
  explicit Registered(std::uint64_t endpoints)
      : endpoints_(endpoints), server_({}, transport_, listener_, tests::CountingOctets()) {
    listener_.server = &server_;
    for (std::uint64_t i = 0; i < endpoints; ++i) Register(i);
  }

  void Register(std::uint64_t number) {
    CoapRequest request = Message({"rd"});
    request.queries = {"ep=urn:dev:ops:swarm-" + std::to_string(number), "lt=86400", "lwm2m=1.1",
                       "b=U"};
    request.payload = {
        ContentFormat::kLinkFormat,
        "</>;rt=\"oma.lwm2m\";ct=11542,</1/0>,</3/0>,</4/0>,</5/0>,</3303/0>,</3304/0>,"
        "</3306/0>,</3323/0>"};
    server_.OnRequest(++exchange_, PeerOf(number), request, listener_.now);
  }

  std::string HandleOf(std::uint64_t number) const {
    return server_.Find("urn:dev:ops:swarm-" + std::to_string(number))->handle;
  }
  void Update(std::uint64_t number, const std::string& handle) {
    server_.OnRequest(++exchange_, PeerOf(number), Message({"rd", handle}), listener_.now);
  }

  std::uint64_t Next() { return next_ = (next_ + 7919) % endpoints_; }  // a prime: not in order
  bool is_complete() const {
    return server_.registration_count() == endpoints_ && transport_.last.code != Code::kBadRequest;
  }

 private:
  CoapRequest Message(std::vector<std::string> path) {
    listener_.now += std::chrono::milliseconds(1);
    CoapRequest request;
    request.method = Method::kPost;
    request.path = std::move(path);
    request.message_id = static_cast<std::uint16_t>(exchange_);
    request.token = std::to_string(exchange_);
    return request;
  }

  const std::uint64_t endpoints_;
  QuietTransport transport_;
  AgreeableListener listener_;
  Server server_;
  ExchangeId exchange_ = 0;
  std::uint64_t next_ = 0;
};

void RegisterAgain(benchmark::State& state) {
  Registered registered(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) registered.Register(registered.Next());
  if (!registered.is_complete()) state.SkipWithError("registrations are missing");
}
BENCHMARK(RegisterAgain)->ArgName("endpoints")->Arg(100)->Arg(1000)->Arg(100'000);

void Update(benchmark::State& state) {
  Registered registered(static_cast<std::uint64_t>(state.range(0)));
  std::vector<std::string> handles;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    handles.push_back(registered.HandleOf(static_cast<std::uint64_t>(i)));
  }
  for (auto _ : state) {
    const std::uint64_t number = registered.Next();
    registered.Update(number, handles[number]);
  }
  if (!registered.is_complete()) state.SkipWithError("registrations are missing");
}
BENCHMARK(Update)->ArgName("endpoints")->Arg(100)->Arg(1000)->Arg(100'000);

// A request of each peer in turn: looked for, begun, answered.
void Exchange(benchmark::State& state) {
  const auto peers = static_cast<std::uint64_t>(state.range(0));
  ExchangeCache cache(4, 131072);
  TimePoint now{};
  std::uint64_t number = 0;
  for (auto _ : state) {
    const Peer peer = PeerOf(++number % peers);
    ExchangeKey key;
    key.message_id = static_cast<std::uint16_t>(number / peers);
    key.method = Method::kPost;
    key.token = "token";
    now += std::chrono::microseconds(20);
    benchmark::DoNotOptimize(cache.Find(peer, key, now));
    cache.Begin(peer, key, true, now);
    cache.Answer(peer, key, {Code::kChanged, ""});
    cache.Expire(now);
  }
}
BENCHMARK(Exchange)->ArgName("peers")->Arg(100)->Arg(100'000);

}  // namespace
}  // namespace lwm2m

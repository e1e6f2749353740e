// A transport and a listener that write down what the LwM2M server asks of them.
#ifndef TESTS_SUPPORT_LWM2M_FAKES_H_
#define TESTS_SUPPORT_LWM2M_FAKES_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/server.h"
#include "lwm2m/transport.h"

namespace tests {

class FakeTransport : public lwm2m::Transport {
 public:
  struct Sent {
    lwm2m::Peer peer;
    lwm2m::CoapRequest request;
  };
  void Respond(lwm2m::ExchangeId exchange, const lwm2m::CoapResponse& response) override {
    log.push_back("respond " + lwm2m::ToString(response.code));
    answers[exchange].push_back(response);
  }
  void Send(const lwm2m::Peer& peer, const lwm2m::CoapRequest& request) override {
    log.push_back("send");
    sent.push_back({peer, request});
  }
  void Cancel(const lwm2m::Peer&, const std::string& token) override { cancelled.push_back(token); }
  void Forget(const lwm2m::Peer& peer) override {
    log.push_back("forget");
    forgotten.push_back(peer);
  }
  std::chrono::milliseconds Behind() const override { return behind; }

  std::chrono::milliseconds behind{0};
  std::map<lwm2m::ExchangeId, std::vector<lwm2m::CoapResponse>> answers;
  std::vector<Sent> sent;
  std::vector<std::string> cancelled;
  std::vector<lwm2m::Peer> forgotten;
  std::vector<std::string> log;  // order of answers and requests
};

class FakeListener : public lwm2m::ServerListener {
 public:
  struct Offer {
    lwm2m::Ticket ticket;
    lwm2m::Registration registration;
    std::optional<lwm2m::Registration> replaced;
  };
  struct Change {
    lwm2m::Ticket ticket;
    lwm2m::Registration before;
    lwm2m::Registration after;
  };
  struct Delivered {
    lwm2m::Observation observation;
    lwm2m::CoapResponse message;
  };

  void OnRegister(lwm2m::Ticket ticket, const lwm2m::Shared<lwm2m::Registration>& offered,
                  const lwm2m::Registration* replaced) override {
    registers.push_back({ticket, offered, std::nullopt});
    if (replaced != nullptr) registers.back().replaced = *replaced;
    events.push_back("register " + offered->endpoint);
    if (answer_at_once) server->Answer(ticket, lwm2m::Code::kCreated, now);
  }
  void OnUpdate(lwm2m::Ticket ticket, const lwm2m::Shared<lwm2m::Registration>& before,
                const lwm2m::Shared<lwm2m::Registration>& after) override {
    updates.push_back({ticket, before, after});
    events.push_back("update " + before->endpoint);
    if (answer_at_once) server->Answer(ticket, lwm2m::Code::kChanged, now);
  }
  void OnInstancesChanged(const lwm2m::Shared<lwm2m::Registration>& registration) override {
    events.push_back("instances " + lwm2m::ToString(registration->objects));
  }
  void OnDeregister(lwm2m::Ticket ticket, const lwm2m::Registration& registration) override {
    deregisters.push_back({ticket, registration, std::nullopt});
    events.push_back("deregister " + registration.endpoint);
    if (answer_at_once) server->Answer(ticket, lwm2m::Code::kDeleted, now);
  }
  void OnExpired(const lwm2m::Registration& registration) override {
    events.push_back("expired " + registration.endpoint);
  }
  bool OnNotification(const lwm2m::Notification& notification) override {
    if (!stores) return false;
    notifications.push_back({notification.observation, notification.message});
    return true;
  }
  bool OnTurnEnd() override { return stores_turn; }
  lwm2m::Code OnSend(const lwm2m::Sending& sending) override {
    sendings.push_back({sending.registration.endpoint, sending.request.payload.octets});
    return send_answer;
  }
  void OnObservationStarted(const lwm2m::Observation& observation) override {
    events.push_back("observing " + observation.path.ToString());
  }
  void OnObservationEnded(const lwm2m::Observation& observation, std::string_view reason) override {
    events.push_back("observed " + observation.path.ToString() + ": " + std::string(reason));
  }

  lwm2m::Server* server = nullptr;
  lwm2m::TimePoint now{};
  bool answer_at_once = true;
  bool stores = true;
  bool stores_turn = true;
  lwm2m::Code send_answer = lwm2m::Code::kChanged;
  std::vector<Offer> registers;
  std::vector<Change> updates;
  std::vector<Offer> deregisters;
  std::vector<Delivered> notifications;
  std::vector<std::pair<std::string, std::string>> sendings;  // endpoint, payload
  std::vector<std::string> events;
};

// Octets that are different every time and the same in every run.
class CountingOctets {
 public:
  std::string operator()(std::size_t count) {
    std::string octets(count, '\0');
    std::uint64_t value = ++count_;
    for (std::size_t i = 0; i < count && value != 0; ++i, value >>= 8) {
      octets[i] = static_cast<char>(value & 0xff);
    }
    return octets;
  }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace tests

#endif  // TESTS_SUPPORT_LWM2M_FAKES_H_

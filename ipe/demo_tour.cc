#include "ipe/demo_tour.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace ipe {
namespace {

using Clock = std::chrono::steady_clock;

// Above everything that is on purpose slow: retransmission, a retry, a period of the simulator.
constexpr std::chrono::seconds kPatience(30);
constexpr std::chrono::milliseconds kTurn(100);
constexpr std::size_t kWantedNotifications = 3;

bool Contains(const std::vector<std::string>& list, const std::string& wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

DemoTour::DemoTour(DemoStage& stage, DemoApp& app, DemoTerminal& terminal,
                   std::function<bool()> interrupted)
    : stage_(stage),
      app_(app),
      terminal_(terminal),
      interrupted_(std::move(interrupted)),
      first_(DemoStage::EndpointNames().front()),
      last_(DemoStage::EndpointNames().back()) {}

bool DemoTour::Run() {
  struct Step {
    const char* title;
    Seen (DemoTour::*see)();
  };
  constexpr Step kSteps[] = {
      {"three devices register", &DemoTour::SeeRegistrations},
      {"each has a tree in the CSE", &DemoTour::SeeTree},
      {"values arrive as notifications", &DemoTour::SeeNotifications},
      {"a read", &DemoTour::SeeRead},
      {"a write", &DemoTour::SeeWrite},
      {"an execute", &DemoTour::SeeExecute},
      {"a write to the value's container", &DemoTour::SeeSemanticWrite},
      {"a device de-registers", &DemoTour::SeeDeregistration},
      {"its tree is gone", &DemoTour::SeeTreeGone},
  };
  int number = 0;
  for (const Step& step : kSteps) {
    const auto start = Clock::now();
    const Seen seen = (this->*step.see)();
    terminal_.Step(seen.has_value(), ++number, step.title,
                   std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start),
                   seen ? *seen : seen.error());
    if (!seen) return false;
  }
  return true;
}

bool DemoTour::Until(const std::function<bool()>& condition) {
  const auto deadline = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() > deadline || interrupted_()) return false;
    if (const auto event = app_.NextEvent(kTurn)) Take(*event);
  }
  return true;
}

void DemoTour::Take(const DemoEvent& event) {
  if (const auto lifecycle = ReadLifecycle(event.content)) {
    lifecycles_[lifecycle->endpoint] = *lifecycle;
  } else if (const auto outcome = ReadOutcome(event.content)) {
    outcomes_[outcome->id] = *outcome;
  } else {
    values_[event.container].push_back(event.content);
  }
}

std::string DemoTour::AeOf(const std::string& endpoint) const {
  const auto found = lifecycles_.find(endpoint);
  return found == lifecycles_.end() ? "" : found->second.ae;
}

DemoTour::Seen DemoTour::SeeRegistrations() {
  const auto endpoints = DemoStage::EndpointNames();
  const auto here = [this](const std::string& endpoint) {
    const std::string ae = AeOf(endpoint);
    return !ae.empty() && app_.Look(ae) == onem2m::ResponseStatusCode::kOk;
  };
  if (!Until([&] { return std::all_of(endpoints.begin(), endpoints.end(), here); })) {
    return tl::unexpected(fmt::format("{} of {} devices were announced in `endpoints`",
                                      lifecycles_.size(), endpoints.size()));
  }
  return fmt::format("{} is {}", first_, AeOf(first_));
}

DemoTour::Seen DemoTour::SeeTree() {
  std::string trouble;
  if (!Until([&] {
        trouble = MissingInTree();
        return trouble.empty();
      })) {
    return tl::unexpected(trouble);
  }
  return fmt::format("{} and {}, containers, labels, rights", AeOf(first_),
                     lifecycles_[first_].node);
}

std::string DemoTour::MissingInTree() {
  const std::string name = AeOf(first_);
  const auto resource = app_.Retrieve(name);
  if (!resource) return resource.error();
  const auto* ae = std::get_if<onem2m::Ae>(&*resource);
  if (!ae) return name + " is no <AE>";
  for (const std::string& label :
       {std::string("Iwked-Technology:LWM2M"), "Iwked-Entity-ID:" + first_}) {
    if (!Contains(ae->labels, label)) return name + " has no label " + label;
  }
  const auto linked = app_.Retrieve(lifecycles_[first_].node);
  if (!linked) return linked.error();
  const auto* node = std::get_if<onem2m::Node>(&*linked);
  if (!node || ae->node_link != node->resource_id) return name + " has no link to its <node>";
  const auto found = app_.Discover(name, onem2m::ResourceType::kContainer);
  if (!found) return found.error();
  for (const char* wanted : {"/1/0", "/3/0", "/5/0", "/3303/0", "/requests", "/responses"}) {
    if (!Contains(*found, name + wanted)) return "no container " + name + wanted;
  }
  return "";
}

DemoTour::Seen DemoTour::SeeNotifications() {
  const std::string container = AeOf(first_) + "/3303/0/5700";
  // The container comes with the first value, and takes subscriptions once its rights are set.
  std::string trouble;
  if (!Until([&] {
        const auto subscribed = app_.Subscribe(container);
        if (!subscribed) trouble = subscribed.error();
        return subscribed.has_value();
      })) {
    return tl::unexpected(trouble);
  }
  const auto& values = values_[container];
  if (!Until([&] { return values.size() >= kWantedNotifications; })) {
    return tl::unexpected(fmt::format("{} of {} came: {}", values.size(), kWantedNotifications,
                                      fmt::join(values, " ")));
  }
  return fmt::format("3303/0/5700: {}", fmt::join(values, " "));
}

tl::expected<DemoOutcome, std::string> DemoTour::Run(const std::string& op, const std::string& path,
                                                     const std::string& value) {
  const std::string ae = AeOf(first_);
  if (const auto subscribed = app_.Subscribe(ae + "/responses"); !subscribed) {
    return tl::unexpected(subscribed.error());
  }
  const std::string id = fmt::format("demo-{}", ++commands_);
  std::string command = fmt::format(R"({{"id":"{}","op":"{}","path":"{}")", id, op, path);
  if (!value.empty()) command += fmt::format(R"(,"value":"{}")", value);
  command += "}";
  if (const auto put = app_.Put(ae + "/requests", command); !put) {
    return tl::unexpected(put.error());
  }
  if (!Until([&] { return outcomes_.count(id) > 0; })) {
    return tl::unexpected(fmt::format("{} {}: no outcome in {}/responses", op, path, ae));
  }
  return outcomes_[id];
}

tl::expected<DemoOutcome, std::string> DemoTour::RunToSuccess(const std::string& op,
                                                              const std::string& path,
                                                              const std::string& value) {
  auto outcome = Run(op, path, value);
  if (outcome && outcome->status != "done") {
    return tl::unexpected(fmt::format("{} {}: {}", op, path, outcome->ToString()));
  }
  return outcome;
}

DemoTour::Seen DemoTour::SeeRead() {
  const auto outcome = RunToSuccess("read", "/3/0/0");
  if (!outcome) return tl::unexpected(outcome.error());
  if (outcome->value.empty())
    return tl::unexpected(std::string("read /3/0/0: no value in the outcome"));
  return fmt::format("/3/0/0: {}", outcome->ToString());
}

DemoTour::Seen DemoTour::SeeWrite() {
  const std::string wanted = "+02:00";
  const auto written = RunToSuccess("write", "/3/0/14", wanted);
  if (!written) return tl::unexpected(written.error());
  const auto read = RunToSuccess("read", "/3/0/14");
  if (!read) return tl::unexpected(read.error());
  if (read->value != wanted) {
    return tl::unexpected(fmt::format("/3/0/14 reads {} after writing {}", read->value, wanted));
  }
  return fmt::format("/3/0/14: {}, reads {}", written->ToString(), wanted);
}

DemoTour::Seen DemoTour::SeeExecute() {
  // Reset Min and Max Measured Values.
  const auto outcome = RunToSuccess("execute", "/3303/0/5605");
  if (!outcome) return tl::unexpected(outcome.error());
  return fmt::format("/3303/0/5605: {}", outcome->ToString());
}

DemoTour::Seen DemoTour::SeeSemanticWrite() {
  const std::string container = AeOf(first_) + "/3/0/14";
  // The IPE listens at the container of a writable resource: then a contentInstance is a Write.
  std::string trouble;
  if (!Until([&] {
        const auto listeners = app_.Discover(container, onem2m::ResourceType::kSubscription);
        trouble = listeners ? "the IPE has no subscription at " + container : listeners.error();
        return listeners && !listeners->empty();
      })) {
    return tl::unexpected(trouble);
  }
  const std::string wanted = "+03:00";
  if (const auto put = app_.Put(container, wanted); !put) return tl::unexpected(put.error());
  if (!Until([&] {
        const auto read = Run("read", "/3/0/14");
        trouble = read ? "/3/0/14 still reads " + read->value : read.error();
        return read && read->value == wanted;
      })) {
    return tl::unexpected(trouble);
  }
  return fmt::format("{} = {}", container, wanted);
}

DemoTour::Seen DemoTour::SeeDeregistration() {
  stage_.Deregister(last_);
  if (!Until([&] { return lifecycles_[last_].event == "deregistered"; })) {
    return tl::unexpected(
        fmt::format("the last event of {} is '{}'", last_, lifecycles_[last_].event));
  }
  return last_;
}

DemoTour::Seen DemoTour::SeeTreeGone() {
  const DemoLifecycle& gone = lifecycles_[last_];
  const auto missing = [&](const std::string& name) {
    return app_.Look(name) == onem2m::ResponseStatusCode::kNotFound;
  };
  if (!Until([&] { return missing(gone.ae) && missing(gone.node); })) {
    return tl::unexpected(gone.ae + " or " + gone.node + " is still there");
  }
  return gone.ae + " and " + gone.node;
}

}  // namespace ipe

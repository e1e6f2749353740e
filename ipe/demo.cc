#include "ipe/demo.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipe/demo_app.h"
#include "ipe/demo_events.h"
#include "ipe/demo_stage.h"
#include "ipe/demo_terminal.h"
#include "ipe/demo_tour.h"
#include "lwm2m/ddf/standard_objects.h"

namespace ipe {
namespace {

constexpr std::chrono::seconds kStartTimeout(15);
constexpr std::chrono::milliseconds kTurn(200);
constexpr const char* kEndpoints = "lwm2m-ipe/endpoints";
constexpr std::size_t kShownOctets = 72;

// What fits on a line; UTF-8 is cut between characters.
std::string Shortened(std::string text) {
  if (text.size() <= kShownOctets) return text;
  std::size_t end = kShownOctets;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// SIGINT and SIGTERM are asked for instead of being caught: every thread that is started later has
// them blocked as well.
class Interrupts {
 public:
  Interrupts() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~Interrupts() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Once one has come, always true.
  bool Seen() {
    const std::timespec at_once{};
    if (!seen_) seen_ = sigtimedwait(&signals_, nullptr, &at_once) > 0;
    return seen_;
  }

 private:
  sigset_t signals_;
  sigset_t before_;
  bool seen_ = false;
};

// Shows what an application sees, until the user leaves. One thread only.
class LiveView {
 public:
  LiveView(const DemoStage& stage, DemoApp& app, DemoTerminal& terminal)
      : stage_(stage), app_(app), terminal_(terminal), model_(lwm2m::StandardObjects()) {}

  void Run(Interrupts& interrupts) {
    while (!interrupts.Seen()) {
      if (const auto event = app_.NextEvent(kTurn)) Show(*event);
      SubscribeToWanted();
    }
  }

 private:
  void Show(const DemoEvent& event);
  void ShowLifecycle(const DemoLifecycle& lifecycle);
  void SubscribeToWanted();
  void ShowTree();
  void ShowCommands(const std::string& ae);

  const DemoStage& stage_;
  DemoApp& app_;
  DemoTerminal& terminal_;
  const lwm2m::ObjectModel model_;
  // Containers that are to come: one of a value is made with its first value.
  std::vector<std::string> wanted_;
  std::vector<std::string> devices_;  // names of their AEs
  bool tree_shown_ = false;
};

void LiveView::Show(const DemoEvent& event) {
  if (const auto lifecycle = ReadLifecycle(event.content)) return ShowLifecycle(*lifecycle);
  const std::size_t slash = event.container.find('/');
  const std::string device = event.container.substr(0, slash);
  const std::string rest = slash == std::string::npos ? "" : event.container.substr(slash + 1);
  if (const auto outcome = ReadOutcome(event.content)) {
    terminal_.Value(device, rest, outcome->op + " " + outcome->path,
                    Shortened(outcome->ToString()));
    return;
  }
  std::string name;
  std::string value = event.content;
  if (const auto path = lwm2m::Path::Parse("/" + rest)) {
    if (const auto* resource = model_.FindResource(*path)) {
      name = resource->name;
      // "/100" is what LwM2M calls per cent.
      if (!resource->units.empty())
        value += resource->units == "/100" ? " %" : " " + resource->units;
    }
  }
  terminal_.Value(device, rest, name, Shortened(std::move(value)));
}

void LiveView::ShowLifecycle(const DemoLifecycle& lifecycle) {
  terminal_.Value(lifecycle.ae, "", lifecycle.event, lifecycle.endpoint);
  const auto is_of_device = [&](const std::string& container) {
    return container.rfind(lifecycle.ae + "/", 0) == 0;
  };
  wanted_.erase(std::remove_if(wanted_.begin(), wanted_.end(), is_of_device), wanted_.end());
  devices_.erase(std::remove(devices_.begin(), devices_.end(), lifecycle.ae), devices_.end());
  if (lifecycle.event != "registered" && lifecycle.event != "updated") return;
  devices_.push_back(lifecycle.ae);
  for (const char* container : {"/3303/0/5700", "/3/0/9", "/responses"}) {
    wanted_.push_back(lifecycle.ae + container);
  }
}

void LiveView::SubscribeToWanted() {
  const auto subscribed = [this](const std::string& container) {
    return app_.Subscribe(container).has_value();
  };
  wanted_.erase(std::remove_if(wanted_.begin(), wanted_.end(), subscribed), wanted_.end());
  if (tree_shown_ || !wanted_.empty() || devices_.size() < DemoStage::EndpointNames().size()) {
    return;
  }
  tree_shown_ = true;
  ShowTree();
  ShowCommands(*std::min_element(devices_.begin(), devices_.end()));
  terminal_.Heading("What the application sees (Ctrl-C ends)");
}

void LiveView::ShowTree() {
  terminal_.Heading("The tree in the CSE");
  const auto containers = app_.Discover("", onem2m::ResourceType::kContainer);
  const auto nodes = app_.Discover("", onem2m::ResourceType::kNode);
  std::vector<std::string> addresses = containers.value_or(std::vector<std::string>());
  if (nodes) addresses.insert(addresses.end(), nodes->begin(), nodes->end());
  terminal_.Tree(app_.base(), addresses);
}

void LiveView::ShowCommands(const std::string& ae) {
  const std::string base = stage_.cse_url() + "/" + app_.base();
  terminal_.Heading("Try it in another terminal");
  terminal_.Command("m2m() { curl -sS -H 'X-M2M-Origin: CdemoApp' -H 'X-M2M-RI: 1' \\");
  terminal_.Command(
      "        -H 'X-M2M-RVI: 3' -H 'Content-Type: application/json;ty=4' \"$@\"; echo; }");
  terminal_.Line("the latest temperature");
  terminal_.Command(fmt::format("m2m {}/{}/3303/0/5700/la", base, ae));
  terminal_.Line("every thermometer");
  terminal_.Command(fmt::format("m2m '{}?fu=1&ty=3&lbl=LWM2MURI:/3303/0'", base));
  terminal_.Line("write the UTC offset: the container of a writable value takes a Write");
  terminal_.Command(
      fmt::format("m2m {}/{}/3/0/14 -d '{{\"m2m:cin\":{{\"con\":\"+02:00\"}}}}'", base, ae));
  terminal_.Line("any other command goes to `requests`, its outcome comes in `responses`");
  terminal_.Command(fmt::format("m2m {}/{}/requests -d '{{\"m2m:cin\":{{\"con\":", base, ae) +
                    R"("{\"op\":\"read\",\"path\":\"/3/0\"}"}}')");
  terminal_.Command(fmt::format("m2m {}/{}/responses/la", base, ae));
  terminal_.Line("the operator's side");
  terminal_.Command(
      fmt::format("curl -sS {}/readyz {}/metrics", stage_.admin_url(), stage_.admin_url()));
}

bool Perform(const DemoOptions& options, DemoTerminal& terminal, Interrupts& interrupts) {
  const auto fail = [&terminal](std::string_view what, std::string_view why) {
    terminal.Line(fmt::format("{}: {}", what, why));
    return false;
  };
  auto stage = DemoStage::Create(terminal, kStartTimeout);
  if (!stage) return fail("The service did not start", stage.error());
  auto app = DemoApp::Create((*stage)->cse_url());
  if (!app) return fail("The application could not register at the CSE", app.error());
  terminal.Line(fmt::format("CSE           {}/{}", (*stage)->cse_url(), (*app)->base()));
  terminal.Line(fmt::format("LwM2M server  {}", (*stage)->coap_url()));
  terminal.Line(fmt::format("operator      {}", (*stage)->admin_url()));
  terminal.Blank();
  if (const auto subscribed = (*app)->Subscribe(kEndpoints); !subscribed) {
    return fail("The application could not subscribe", subscribed.error());
  }
  if (const auto started = (*stage)->StartDevices(); !started) {
    return fail("The devices did not start", started.error());
  }
  if (options.once) {
    return DemoTour(**stage, **app, terminal, [&] { return interrupts.Seen(); }).Run();
  }
  LiveView(**stage, **app, terminal).Run(interrupts);
  return true;
}

}  // namespace

int RunDemo(const DemoOptions& options) {
  Interrupts interrupts;
  DemoTerminal terminal(stdout);
  spdlog::set_level(spdlog::level::err);
  const auto start = std::chrono::steady_clock::now();
  terminal.Heading("oneM2M - LwM2M Interworking Proxy Entity " IPE_VERSION);
  terminal.Line("A CSE, the IPE, three LwM2M devices and a oneM2M application in one process.");
  terminal.Blank();
  const bool fine = Perform(options, terminal, interrupts);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  terminal.Blank();
  if (options.once) {
    terminal.Line(fmt::format("{} {:.1f} s.", fine ? "Every step was seen, in" : "Failed after",
                              took.count()));
  }
  return fine ? 0 : 1;
}

}  // namespace ipe

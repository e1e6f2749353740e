// The steps of `ipe demo --once`: each is done and seen through the CSE alone.
#ifndef IPE_DEMO_TOUR_H_
#define IPE_DEMO_TOUR_H_

#include <functional>
#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "ipe/demo_app.h"
#include "ipe/demo_events.h"
#include "ipe/demo_stage.h"
#include "ipe/demo_terminal.h"

namespace ipe {

// One thread only. What it is given outlives it.
class DemoTour {
 public:
  // `interrupted` says whether the user wants to leave.
  DemoTour(DemoStage& stage, DemoApp& app, DemoTerminal& terminal,
           std::function<bool()> interrupted);

  // True when every step was seen within its time. Stops at the first that was not.
  bool Run();

 private:
  // What was seen, or what was seen instead.
  using Seen = tl::expected<std::string, std::string>;

  Seen SeeRegistrations();
  Seen SeeTree();
  Seen SeeNotifications();
  Seen SeeRead();
  Seen SeeWrite();
  Seen SeeExecute();
  Seen SeeSemanticWrite();
  Seen SeeDeregistration();
  Seen SeeTreeGone();

  // What the first device's tree lacks; "" when it is complete.
  std::string MissingInTree();
  // Takes notifications until the condition holds; false when time is up.
  bool Until(const std::function<bool()>& condition);
  void Take(const DemoEvent& event);
  // Runs a command on the first device through `requests`; the outcome, whatever it is.
  tl::expected<DemoOutcome, std::string> Run(const std::string& op, const std::string& path,
                                             const std::string& value = "");
  // As Run, but an error unless the outcome is `done`.
  tl::expected<DemoOutcome, std::string> RunToSuccess(const std::string& op,
                                                      const std::string& path,
                                                      const std::string& value = "");
  // AE of a device, as its lifecycle event named it.
  std::string AeOf(const std::string& endpoint) const;

  DemoStage& stage_;
  DemoApp& app_;
  DemoTerminal& terminal_;
  std::function<bool()> interrupted_;

  // Noted from notifications.
  std::map<std::string, DemoLifecycle> lifecycles_;         // by Endpoint Client Name, the last
  std::map<std::string, std::vector<std::string>> values_;  // by container
  std::map<std::string, DemoOutcome> outcomes_;             // by command id
  int commands_ = 0;
  std::string first_, last_;  // Endpoint Client Names: the one that is toured, the one that leaves
};

}  // namespace ipe

#endif  // IPE_DEMO_TOUR_H_

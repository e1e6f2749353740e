// `ipe demo`: a CSE, the IPE and three devices in one process, and a tour of what they do.
#ifndef IPE_DEMO_H_
#define IPE_DEMO_H_

namespace ipe {

struct DemoOptions {
  // Does the tour and ends; otherwise the demo goes on showing values until SIGINT or SIGTERM.
  bool once = false;
};

// Prints to standard output. 0: every step was seen in time; 1: one was not, and it says which.
int RunDemo(const DemoOptions& options);

}  // namespace ipe

#endif  // IPE_DEMO_H_

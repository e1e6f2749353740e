// What the demo prints, and how.
#ifndef IPE_DEMO_TERMINAL_H_
#define IPE_DEMO_TERMINAL_H_

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace ipe {

// Plain lines; colours and the signs ✓ ✗ only get their colour when `out` is a terminal.
// One thread only. `out` outlives it.
class DemoTerminal {
 public:
  explicit DemoTerminal(std::FILE* out);

  void Blank();
  void Heading(std::string_view text);
  void Line(std::string_view text);
  // Something aside, printed less bright.
  void Remark(std::string_view text);
  // A command line to copy.
  void Command(std::string_view text);
  // " ✓ 3  three notifications   4.12 s   21.3 21.4 21.2"
  void Step(bool seen, int number, std::string_view title, std::chrono::milliseconds took,
            std::string_view what);
  // "12:03:04  dev-sensor-000001  3303/0/5700  Sensor Value  21.37 Cel"
  void Value(std::string_view device, std::string_view path, std::string_view name,
             std::string_view value);
  // Structured addresses below `root`, sorted, as a tree. Children without children of their own
  // share a line.
  void Tree(std::string_view root, const std::vector<std::string>& addresses);

 private:
  std::string Paint(std::string_view colour, std::string_view text) const;
  void Print(std::string_view text);

  std::FILE* out_;
  bool colours_;
};

}  // namespace ipe

#endif  // IPE_DEMO_TERMINAL_H_

#include "ipe/demo_terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>
#include <utility>

namespace ipe {
namespace {

// SGR parameters. (ECMA-48 §8.3.117)
constexpr std::string_view kBold = "1";
constexpr std::string_view kFaint = "2";
constexpr std::string_view kRed = "31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kCyan = "36";

constexpr int kTitleWidth = 34;

struct Branch {
  std::map<std::string, Branch> children;
};

// Numbers in their order, before names.
std::vector<std::pair<std::string, const Branch*>> Ordered(const Branch& branch) {
  std::map<long, std::pair<std::string, const Branch*>> numbers;
  std::vector<std::pair<std::string, const Branch*>> names;
  for (const auto& [name, child] : branch.children) {
    char* end = nullptr;
    const long number = std::strtol(name.c_str(), &end, 10);
    if (*end == '\0') {
      numbers.emplace(number, std::make_pair(name, &child));
    } else {
      names.emplace_back(name, &child);
    }
  }
  std::vector<std::pair<std::string, const Branch*>> ordered;
  ordered.reserve(branch.children.size());
  for (const auto& [number, child] : numbers) ordered.push_back(child);
  ordered.insert(ordered.end(), names.begin(), names.end());
  return ordered;
}

// "3 / 0 / 0  1  2  9": a chain of only children stays on the line, and so does a row of leaves.
std::string OneLine(std::string_view name, const Branch& branch) {
  std::string line(name);
  const Branch* at = &branch;
  while (at->children.size() == 1) {
    line += " / " + at->children.begin()->first;
    at = &at->children.begin()->second;
  }
  if (at->children.empty()) return line;
  line += " /";
  for (const auto& [leaf, child] : Ordered(*at)) {
    line += " " + leaf;
    if (!child->children.empty()) line += "/…";
  }
  return line;
}

}  // namespace

DemoTerminal::DemoTerminal(std::FILE* out) : out_(out), colours_(isatty(fileno(out)) == 1) {
  // https://no-color.org: the user's wish not to have them.
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color && *no_color != '\0') colours_ = false;
}

std::string DemoTerminal::Paint(std::string_view colour, std::string_view text) const {
  return colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
}

void DemoTerminal::Print(std::string_view text) {
  fmt::print(out_, "{}\n", text);
  std::fflush(out_);
}

void DemoTerminal::Blank() { Print(""); }

void DemoTerminal::Heading(std::string_view text) {
  Print("");
  Print(Paint(kBold, text));
}

void DemoTerminal::Line(std::string_view text) { Print(fmt::format("  {}", text)); }

void DemoTerminal::Remark(std::string_view text) {
  Print(fmt::format("  {}", Paint(kFaint, text)));
}

void DemoTerminal::Command(std::string_view text) {
  Print(fmt::format("    {}", Paint(kCyan, text)));
}

void DemoTerminal::Step(bool seen, int number, std::string_view title,
                        std::chrono::milliseconds took, std::string_view what) {
  const double seconds = std::chrono::duration<double>(took).count();
  Print(fmt::format(" {} {}  {:<{}} {:6.2f} s   {}", seen ? Paint(kGreen, "✓") : Paint(kRed, "✗"),
                    number, title, kTitleWidth, seconds,
                    seen ? Paint(kFaint, what) : std::string(what)));
}

void DemoTerminal::Value(std::string_view device, std::string_view path, std::string_view name,
                         std::string_view value) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char clock[16];
  std::strftime(clock, sizeof clock, "%H:%M:%S", &local);
  Print(fmt::format("  {}  {:<18} {:<12} {:<22} {}", Paint(kFaint, clock), device, path,
                    Paint(kFaint, fmt::format("{:<22}", name)), Paint(kBold, value)));
}

void DemoTerminal::Tree(std::string_view root, const std::vector<std::string>& addresses) {
  Branch top;
  for (const std::string& address : addresses) {
    Branch* at = &top;
    for (std::size_t start = 0; start <= address.size();) {
      const std::size_t slash = std::min(address.find('/', start), address.size());
      at = &at->children[address.substr(start, slash - start)];
      start = slash + 1;
    }
  }
  Line(root);
  std::size_t roots_left = top.children.size();
  for (const auto& [name, branch] : top.children) {
    const bool last = --roots_left == 0;
    Line(fmt::format("{} {}", last ? "└─" : "├─", Paint(kBold, name)));
    std::size_t left = branch.children.size();
    for (const auto& [child_name, child] : Ordered(branch)) {
      Line(fmt::format("{}   {} {}", last ? " " : "│", --left == 0 ? "└─" : "├─",
                       OneLine(child_name, *child)));
    }
  }
}

}  // namespace ipe

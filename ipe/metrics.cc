#include "ipe/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <unordered_map>

#include "ipe/concurrency/guarded.h"

namespace ipe {

// The library refuses, by throwing, a name that is no metric name and one name for two kinds. Both
// are our own mistake and end the process.
class Metrics::State {
 public:
  prometheus::Counter& counter(const std::string& name, const std::string& help,
                               const std::map<std::string, std::string>& labels) {
    auto families = families_.Lock();
    auto*& family = families->counters[name];
    if (family == nullptr) {
      family =
          &prometheus::BuildCounter().Name("ipe_" + name + "_total").Help(help).Register(registry_);
    }
    return family->Add(labels);
  }

  prometheus::Gauge& gauge(const std::string& name, const std::string& help,
                           const std::map<std::string, std::string>& labels) {
    auto families = families_.Lock();
    auto*& family = families->gauges[name];
    if (family == nullptr) {
      family = &prometheus::BuildGauge().Name("ipe_" + name).Help(help).Register(registry_);
    }
    return family->Add(labels);
  }

  std::string Render() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

 private:
  struct Families {
    std::unordered_map<std::string, prometheus::Family<prometheus::Counter>*> counters;
    std::unordered_map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  };
  prometheus::Registry registry_;  // thread-safe by itself; owns the families
  Guarded<Families> families_;
};

void Metrics::Counter::Increment(double amount) {
  static_cast<prometheus::Counter*>(counter_)->Increment(amount);
}

double Metrics::Counter::value() const {
  return static_cast<prometheus::Counter*>(counter_)->Value();
}

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

Metrics::Counter Metrics::counter(const std::string& name, const std::string& help,
                                  const std::map<std::string, std::string>& labels) {
  return Counter(&state_->counter(name, help, labels));
}

void Metrics::SetGauge(const std::string& name, const std::string& help, double value,
                       const std::map<std::string, std::string>& labels) {
  state_->gauge(name, help, labels).Set(value);
}

std::string Metrics::Render() const { return state_->Render(); }

}  // namespace ipe

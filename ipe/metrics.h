// Counters and gauges of the service, in Prometheus' text format.  (docs/operations.md lists them)
#ifndef IPE_METRICS_H_
#define IPE_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace ipe {

// Thread-safe. Names are given without the prefix "ipe_" and, for counters, without the suffix
// "_total". A metric comes to life with its first use; looking one up costs a lock, so keep what is
// hot as a handle.
class Metrics {
 public:
  class Counter {
   public:
    void Increment(double amount = 1);
    double value() const;

   private:
    friend class Metrics;
    explicit Counter(void* counter) : counter_(counter) {}
    void* counter_;
  };

  Metrics();
  ~Metrics();

  // The same (name, labels) gives the same counter. `help` of the first call stays.
  Counter counter(const std::string& name, const std::string& help,
                  const std::map<std::string, std::string>& labels = {});
  void SetGauge(const std::string& name, const std::string& help, double value,
                const std::map<std::string, std::string>& labels = {});
  // text/plain; version=0.0.4
  std::string Render() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ipe

#endif  // IPE_METRICS_H_

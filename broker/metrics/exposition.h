// Exposition: metrics as text, in Prometheus' format 0.0.4.
//
//   # HELP <name> <text>          backslash and line end escaped
//   # TYPE <name> counter|gauge|histogram
//   <name>{label="value",...} <number>      backslash, quote and line end escaped
//
// A family begins with its two lines; its samples follow before the next begins. A family without
// samples leaves its two lines, so that who reads the page learns that it exists.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "broker/metrics/histogram.h"
#include "broker/metrics/metric_table.h"

namespace weir {

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

class Exposition {
 public:
  // CHECKs that families come in the order of kMetrics, each once.
  void begin(Metric metric);
  template <std::integral T>
  void sample(Labels labels, T value) {
    add_sample("", labels, {}, std::to_string(value));
  }
  // In seconds.
  void sample(Labels labels, Duration value);
  // `part` of `whole`, 0 to 1, to a millionth; 0 when there is no whole.
  void share(Labels labels, Duration part, Duration whole);
  // Seconds: the buckets, cumulated, the sum and the count.
  void histogram(Labels labels, const Histogram& histogram);
  // What was written; of no use afterwards.
  std::string take() { return std::move(text_); }

 private:
  void add_sample(std::string_view suffix, Labels labels, Label last, std::string_view value);

  std::string text_;
  const MetricRow* row_ = nullptr;
};

}  // namespace weir

#include "broker/metrics/exposition.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.h"

namespace weir {
namespace {

void append_escaped(std::string& to, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      to += "\\n";
    } else {
      if (c == '\\' || (quotes && c == '"')) to += '\\';
      to += c;
    }
  }
}

// In decimal and exact: `count` of 10^-digits each.
std::string decimal_text(int64_t count, int digits) {
  CHECK(count >= 0);
  int64_t one = 1;
  for (int i = 0; i < digits; ++i) one *= 10;
  std::string text = fmt::format("{}.{:0{}}", count / one, count % one, digits);
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string seconds_text(Duration duration) { return decimal_text(duration.ns(), 9); }

}  // namespace

std::string_view to_text(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return "counter";
    case MetricKind::gauge:
      return "gauge";
    case MetricKind::histogram:
      return "histogram";
  }
  return "";
}

void Exposition::begin(Metric metric) {
  const MetricRow& row = row_of(metric);
  CHECK_MSG(row_ < &row, "metrics are written in the order of their table, each once");
  row_ = &row;
  text_ += fmt::format("# HELP {} ", row.name);
  append_escaped(text_, row.help, false);
  text_ += fmt::format("\n# TYPE {} {}\n", row.name, to_text(row.kind));
}

void Exposition::sample(Labels labels, Duration value) {
  add_sample("", labels, {}, seconds_text(value));
}

void Exposition::share(Labels labels, Duration part, Duration whole) {
  constexpr int64_t kMillion = 1'000'000;
  // The whole is divided, not the part multiplied, which years of nanoseconds would overflow.
  const int64_t millionth = whole.ns() / kMillion;
  const int64_t share = millionth == 0 ? 0 : std::min(part.ns() / millionth, kMillion);
  add_sample("", labels, {}, decimal_text(share, 6));
}

void Exposition::histogram(Labels labels, const Histogram& histogram) {
  uint64_t below = 0;
  for (size_t i = 0; i < kHistogramBoundsNs.size(); ++i) {
    below += histogram.counts()[i];
    const std::string bound = seconds_text(nanoseconds(kHistogramBoundsNs[i]));
    add_sample("_bucket", labels, {"le", bound}, std::to_string(below));
  }
  add_sample("_bucket", labels, {"le", "+Inf"}, std::to_string(histogram.count()));
  add_sample("_sum", labels, {}, seconds_text(histogram.sum()));
  add_sample("_count", labels, {}, std::to_string(histogram.count()));
}

void Exposition::add_sample(std::string_view suffix, Labels labels, Label last,
                            std::string_view value) {
  CHECK_MSG(row_ != nullptr, "a sample belongs to a family");
  text_ += row_->name;
  text_ += suffix;
  char before = '{';
  const auto add_label = [&](const Label& label) {
    text_ += before;
    before = ',';
    text_ += label.name;
    text_ += "=\"";
    append_escaped(text_, label.value, true);
    text_ += '"';
  };
  for (const Label& label : labels) add_label(label);
  if (!last.name.empty()) add_label(last);
  if (before == ',') text_ += '}';
  text_ += ' ';
  text_ += value;
  text_ += '\n';
}

}  // namespace weir

// Reads Prometheus' text format back, strictly: what a family does not announce, or is in no sample's
// form, gives nothing.
#pragma once

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct ReadExposition {
  struct Family {
    std::string kind;
    std::string help;
  };
  using LabelMap = std::map<std::string, std::string>;
  struct Sample {
    LabelMap labels;
    std::string value;
  };
  std::map<std::string, Family> families;
  std::map<std::string, std::vector<Sample>> samples;  // by name, suffix included

  [[nodiscard]] std::optional<std::string> value(const std::string& name,
                                                 const LabelMap& labels) const {
    const auto found = samples.find(name);
    if (found == samples.end()) return std::nullopt;
    for (const Sample& sample : found->second) {
      if (sample.labels == labels) return sample.value;
    }
    return std::nullopt;
  }
  // Of all samples of the name; or of those with this label.
  [[nodiscard]] double sum(const std::string& name,
                           const std::pair<std::string, std::string>& with = {}) const {
    double sum = 0;
    const auto found = samples.find(name);
    if (found == samples.end()) return 0;
    for (const Sample& sample : found->second) {
      const auto label = sample.labels.find(with.first);
      if (with.first.empty() || (label != sample.labels.end() && label->second == with.second)) {
        sum += std::stod(sample.value);
      }
    }
    return sum;
  }
};

class ExpositionReader {
 public:
  static std::optional<ReadExposition> read(std::string_view text) {
    ExpositionReader reader;
    while (!text.empty()) {
      const size_t end = text.find('\n');
      if (end == std::string_view::npos || !reader.read_line(text.substr(0, end))) {
        return std::nullopt;
      }
      text.remove_prefix(end + 1);
    }
    return std::move(reader.read_);
  }

 private:
  static bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
  }
  static std::string take_until(std::string_view& text, std::string_view any) {
    const std::string taken(text.substr(0, text.find_first_of(any)));
    text.remove_prefix(taken.size());
    return taken;
  }
  bool read_line(std::string_view line) {
    if (take(line, "# HELP ")) {
      family_ = take_until(line, " ");
      return take(line, " ") &&
             read_.families.emplace(family_, ReadExposition::Family{"", std::string(line)}).second;
    }
    if (take(line, "# TYPE ")) {
      if (take_until(line, " ") != family_ || !take(line, " ")) return false;
      read_.families.at(family_).kind = line;
      return true;
    }
    return read_sample(line);
  }
  bool read_sample(std::string_view line) {
    const std::string name = take_until(line, "{ ");
    if (family_.empty() || !name.starts_with(family_)) return false;
    const std::string suffix = name.substr(family_.size());
    const bool histogram = read_.families.at(family_).kind == "histogram";
    const bool fits =
        histogram ? suffix == "_bucket" || suffix == "_sum" || suffix == "_count" : suffix.empty();
    ReadExposition::Sample sample;
    if (!fits || (take(line, "{") && !read_labels(line, sample.labels)) || !take(line, " ")) {
      return false;
    }
    double number = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != line.data() + line.size()) return false;
    if (read_.value(name, sample.labels)) return false;  // twice
    sample.value = line;
    read_.samples[name].push_back(std::move(sample));
    return true;
  }
  static bool read_labels(std::string_view& line, ReadExposition::LabelMap& labels) {
    do {
      const std::string name = take_until(line, "=");
      std::string value;
      if (!take(line, "=\"")) return false;
      for (;;) {
        value += take_until(line, "\\\"");
        if (take(line, "\"")) break;
        if (take(line, "\\n"))
          value += '\n';
        else if (take(line, "\\\\"))
          value += '\\';
        else if (take(line, "\\\""))
          value += '"';
        else
          return false;
      }
      if (!labels.emplace(name, value).second) return false;
    } while (take(line, ","));
    return take(line, "}");
  }

  ReadExposition read_;
  std::string family_;
};

inline std::optional<ReadExposition> read_exposition(std::string_view text) {
  return ExpositionReader::read(text);
}

}  // namespace weir

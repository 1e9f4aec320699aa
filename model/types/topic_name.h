// What may be a topic's name. Kafka's rule: a name becomes a directory and a metric, so
//   name = 1*249( A-Z | a-z | 0-9 | "." | "_" | "-" ) ;  but neither "." nor ".."
#pragma once

#include <string_view>

namespace weir {

inline constexpr size_t kMaxTopicNameLength = 249;

constexpr bool is_valid_topic_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxTopicNameLength) return false;
  if (name == "." || name == "..") return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace weir

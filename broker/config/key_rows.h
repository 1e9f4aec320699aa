// How the rows of the key tables are made: a field, its type, and from them set and get. For
// server_keys.cc, log_keys.cc and coordinator_keys.cc only.
//
// `kField` is a function from BrokerConfig& to the field. Its type says how the text is read:
//
//   bool, integers, std::string    themselves
//   Duration                       milliseconds
//   std::optional<Duration>        milliseconds; -1, where the row allows it, is nothing
//   std::optional of an unsigned   -1 is nothing
#pragma once

#include <fmt/core.h>

#include <string>
#include <type_traits>

#include "broker/config/config_key.h"
#include "broker/config/value_text.h"

namespace weir::key_rows {

inline constexpr int64_t kMaxInt32 = 2'147'483'647;
inline constexpr int64_t kMaxInt64 = std::numeric_limits<int64_t>::max();
inline constexpr ConfigUpdate kReadOnly = ConfigUpdate::read_only;
inline constexpr ConfigUpdate kClusterWide = ConfigUpdate::cluster_wide;

using Outcome = Result<Done, std::string>;

template <class T>
Outcome set_value(T& to, const ConfigKey& key, std::string_view text) {
  if constexpr (std::is_same_v<T, bool>) {
    to = TRY(parse_boolean(text));
  } else if constexpr (std::is_same_v<T, std::string>) {
    to = text;
  } else {
    const int64_t value = TRY(parse_whole(text, key.least, key.most));
    if constexpr (std::is_integral_v<T>) {
      to = static_cast<T>(value);
    } else if constexpr (std::is_same_v<T, Duration>) {
      to = duration_of_ms(value);
    } else if (value == -1) {
      to.reset();
    } else if constexpr (std::is_same_v<T, std::optional<Duration>>) {
      to = duration_of_ms(value);
    } else {
      static_assert(std::is_unsigned_v<typename T::value_type>);
      to = static_cast<typename T::value_type>(value);
    }
  }
  return Done{};
}

inline std::optional<std::string> value_text(bool value) { return value ? "true" : "false"; }
inline std::optional<std::string> value_text(const std::string& value) { return value; }
inline std::optional<std::string> value_text(Duration value) { return std::to_string(value.ms()); }
template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
std::optional<std::string> value_text(T value) {
  return std::to_string(value);
}
template <class T>
  requires(std::is_unsigned_v<T>)
std::optional<std::string> value_text(const std::optional<T>& value) {
  return value ? std::to_string(*value) : "-1";
}

template <auto kField>
constexpr ConfigKey row(std::string_view name, ConfigType type, ConfigUpdate update, int64_t least,
                        int64_t most, std::string_view documentation) {
  return {name,
          type,
          update,
          least,
          most,
          [](BrokerConfig& config, const ConfigKey& key, std::string_view text) -> Outcome {
            return set_value(kField(config), key, text);
          },
          [](const BrokerConfig& config, const ConfigKey& key) -> std::optional<std::string> {
            const auto& value = kField(config);
            using T = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::optional<Duration>>) {
              if (value) return value_text(*value);
              return key.least == -1 ? std::optional<std::string>("-1") : std::nullopt;
            } else {
              return value_text(value);
            }
          },
          documentation};
}

}  // namespace weir::key_rows

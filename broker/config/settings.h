// Settings: configuration as text, key by key, before anybody asks what it means.
//
// Two forms on disk:
//
//   server.properties (java.util.Properties, as Kafka reads it)
//     file    = *( line LF )
//     line    = blank | ( "#" | "!" ) comment | key ( "=" | ":" ) value
//     A backslash at the end of a line joins the next one; elsewhere \t \n \r \f stand for
//     themselves, and any other character after a backslash for that character. Of two lines with
//     one key the later counts.
//
//   one line of one of Weir's own small files
//     line    = *( key "=" value SP ), each escaped: "%" two hex digits for "%", "=", SP and
//               everything that is not printable ASCII
//     Worked example: {"retention.ms": "5", "x": "a b"} is "retention.ms=5 x=a%20b".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/result.h"

namespace weir {

struct ConfigError {
  std::string message;  // "log.segment.bytes = -1: must be a whole number between 14 and ..."
};

using Settings = std::map<std::string, std::string, std::less<>>;

// No spaces or line ends around it.
std::string_view trim(std::string_view text);

Result<Settings, ConfigError> parse_properties(std::string_view text);
// A value as it stands after "key=", so that parse_properties gives it back.
std::string escape_property(std::string_view value);

std::string encode_settings(const Settings& settings);
// Nothing for a line that encode_settings cannot have written.
std::optional<Settings> decode_settings(std::string_view line);

}  // namespace weir

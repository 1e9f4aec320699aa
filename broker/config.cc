#include "broker/config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace weir {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\f";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

struct Setting {
  std::string_view key;
  std::string_view value;
};

using Outcome = Result<Done, ConfigError>;

ConfigError bad(const Setting& setting, std::string_view reason) {
  return {fmt::format("{} = {}: {}", setting.key, setting.value, reason)};
}

Result<int64_t, ConfigError> integer(const Setting& setting, int64_t least, int64_t most) {
  int64_t value = 0;
  const char* end = setting.value.data() + setting.value.size();
  const auto [stop, error] = std::from_chars(setting.value.data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most) {
    return bad(setting, fmt::format("must be a whole number between {} and {}", least, most));
  }
  return value;
}

template <class T>
Outcome set_integer(const Setting& setting, T& to, int64_t least, int64_t most) {
  to = static_cast<T>(TRY(integer(setting, least, most)));
  return Done{};
}

Outcome set_boolean(const Setting& setting, bool& to) {
  if (setting.value != "true" && setting.value != "false") {
    return bad(setting, "must be true or false");
  }
  to = setting.value == "true";
  return Done{};
}

// "PLAINTEXT://host:port,..." - the first one counts.
Outcome set_endpoint(const Setting& setting, Endpoint& to) {
  std::string_view first = setting.value.substr(0, setting.value.find(','));
  const size_t scheme = first.find("://");
  if (scheme == std::string_view::npos) return bad(setting, "must look like PLAINTEXT://host:port");
  first.remove_prefix(scheme + 3);
  const size_t colon = first.rfind(':');
  if (colon == std::string_view::npos) return bad(setting, "has no port");
  const Setting port{setting.key, first.substr(colon + 1)};
  to.port = static_cast<uint16_t>(TRY(integer(port, 0, 65'535)));
  to.host = std::string(first.substr(0, colon));
  if (to.host.empty()) to.host = "0.0.0.0";
  return Done{};
}

struct Key {
  std::string_view name;
  Outcome (*set)(BrokerConfig&, const Setting&);
};

constexpr int64_t kMaxInt32 = 2'147'483'647;
constexpr int64_t kMaxInt64 = std::numeric_limits<int64_t>::max();

Outcome set_broker_id(BrokerConfig& c, const Setting& s) {
  c.broker_id = BrokerId{static_cast<int32_t>(TRY(integer(s, 0, kMaxInt32)))};
  return Done{};
}
Outcome set_directory(BrokerConfig& c, const Setting& s) {
  c.log_directory = std::string(trim(s.value.substr(0, s.value.find(','))));
  if (c.log_directory.empty()) return bad(s, "must name a directory");
  return Done{};
}

constexpr std::array kKeys{
    Key{"broker.id", set_broker_id},
    Key{"node.id", set_broker_id},
    Key{"listeners", [](BrokerConfig& c, const Setting& s) { return set_endpoint(s, c.listener); }},
    Key{"advertised.listeners",
        [](BrokerConfig& c, const Setting& s) { return set_endpoint(s, c.advertised); }},
    Key{"log.dirs", set_directory},
    Key{"log.dir", set_directory},
    Key{"num.network.threads",
        [](BrokerConfig& c, const Setting& s) { return set_integer(s, c.network_threads, 1, 64); }},
    Key{"num.io.threads",
        [](BrokerConfig& c, const Setting& s) { return set_integer(s, c.io_threads, 1, 4096); }},
    Key{"queued.max.requests",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.queued_max_requests, 1, 1'000'000);
        }},
    Key{"socket.request.max.bytes",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.request_max_bytes, 1024, kMaxInt32);
        }},
    Key{"socket.listen.backlog.size",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.listen_backlog, 1, 65'535);
        }},
    Key{"max.connections",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.max_connections, 1, kMaxInt32);
        }},
    Key{"num.partitions",
        [](BrokerConfig& c, const Setting& s) { return set_integer(s, c.num_partitions, 1, 10'000); }},
    Key{"auto.create.topics.enable",
        [](BrokerConfig& c, const Setting& s) { return set_boolean(s, c.auto_create_topics); }},
    Key{"message.max.bytes",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.message_max_bytes, 0, kMaxInt32);
        }},
    Key{"fetch.max.bytes",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.fetch_max_bytes, 1024, kMaxInt32);
        }},
    Key{"log.segment.bytes",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.log.segment_bytes, 14, kMaxInt32);
        }},
    Key{"log.index.interval.bytes",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.log.index_interval_bytes, 0, kMaxInt32);
        }},
    Key{"log.flush.interval.messages",
        [](BrokerConfig& c, const Setting& s) {
          return set_integer(s, c.log.flush_interval_messages, 1, kMaxInt64);
        }},
};

}  // namespace

Result<ParsedConfig, ConfigError> parse_config(std::string_view text) {
  ParsedConfig parsed;
  while (!text.empty()) {
    const size_t newline = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, newline));
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return ConfigError{fmt::format("not a setting (key=value): {}", line)};
    }
    const Setting setting{trim(line.substr(0, equals)), trim(line.substr(equals + 1))};
    const auto key = std::find_if(kKeys.begin(), kKeys.end(),
                                  [&](const Key& k) { return k.name == setting.key; });
    if (key == kKeys.end()) {
      parsed.warnings.push_back(fmt::format("unknown key {} is ignored", setting.key));
    } else {
      TRY(key->set(parsed.config, setting));
    }
  }
  return parsed;
}

}  // namespace weir

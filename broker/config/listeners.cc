#include "broker/config/listeners.h"

#include <fmt/core.h>

#include <algorithm>

#include "broker/config/value_text.h"

namespace weir {
namespace {

bool is_listener_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

const ListenerConfig* find(const std::vector<ListenerConfig>& listeners, std::string_view name) {
  const auto at = std::find_if(listeners.begin(), listeners.end(),
                               [&](const ListenerConfig& each) { return each.name == name; });
  return at == listeners.end() ? nullptr : &*at;
}

}  // namespace

Result<Endpoint, std::string> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fmt::format("{} has no port", text);
  const auto port = parse_whole(text.substr(colon + 1), 0, 65'535);
  if (!port) return "the port " + port.error();
  std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return Endpoint{host.empty() ? "0.0.0.0" : std::string(host), static_cast<uint16_t>(*port)};
}

std::string to_text(const Endpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", endpoint.host, v6 ? "]" : "", endpoint.port);
}

bool is_every_address(const Endpoint& endpoint) {
  return endpoint.host == "0.0.0.0" || endpoint.host == "::";
}

Result<std::vector<ListenerConfig>, std::string> parse_listeners(std::string_view text) {
  std::vector<ListenerConfig> listeners;
  for (const std::string_view each : split_list(text)) {
    const size_t scheme = each.find("://");
    if (scheme == std::string_view::npos || !is_listener_name(each.substr(0, scheme))) {
      return std::string("each must look like PLAINTEXT://host:port");
    }
    Endpoint at = TRY(parse_endpoint(each.substr(scheme + 3)));
    listeners.push_back({std::string(each.substr(0, scheme)), std::move(at)});
  }
  return listeners;
}

std::string to_text(const std::vector<ListenerConfig>& listeners) {
  std::string text;
  for (const ListenerConfig& each : listeners) {
    text += fmt::format("{}{}://{}", text.empty() ? "" : ",", each.name, to_text(each.at));
  }
  return text;
}

Result<std::map<std::string, std::string>, std::string> parse_protocol_map(std::string_view text) {
  std::map<std::string, std::string> protocols;
  for (const std::string_view each : split_list(text)) {
    const size_t colon = each.find(':');
    if (colon == std::string_view::npos || !is_listener_name(each.substr(0, colon))) {
      return std::string("each must look like NAME:PROTOCOL");
    }
    protocols[std::string(each.substr(0, colon))] = std::string(each.substr(colon + 1));
  }
  return protocols;
}

Result<Done, ConfigError> check_listeners(const std::vector<ListenerConfig>& listeners,
                                          const std::vector<ListenerConfig>& advertised,
                                          const std::map<std::string, std::string>& protocols) {
  const auto bad = [&](std::string_view reason) {
    return ConfigError{fmt::format("listeners = {}: {}", to_text(listeners), reason)};
  };
  if (listeners.empty()) return bad("must name at least one");
  for (size_t i = 0; i < listeners.size(); ++i) {
    const ListenerConfig& each = listeners[i];
    const auto protocol = protocols.find(each.name);
    if (protocol == protocols.end()) {
      return bad(
          fmt::format("{} has no protocol; add {}:PLAINTEXT to "
                      "listener.security.protocol.map",
                      each.name, each.name));
    }
    if (protocol->second != "PLAINTEXT") {
      return bad(fmt::format("{} asks for {}, but only PLAINTEXT is served; take it away",
                             each.name, protocol->second));
    }
    for (size_t j = 0; j < i; ++j) {
      if (listeners[j].name == each.name) return bad("two have the name " + each.name);
      if (each.at.port != 0 && listeners[j].at == each.at) {
        return bad(fmt::format("two listen at {}", to_text(each.at)));
      }
    }
  }
  for (const ListenerConfig& each : advertised) {
    if (is_every_address(each.at)) {
      return ConfigError{
          fmt::format("advertised.listeners = {}: {} must name a host that clients "
                      "can reach",
                      to_text(advertised), each.name)};
    }
    if (find(listeners, each.name) == nullptr) {
      return ConfigError{fmt::format("advertised.listeners = {}: {} is none of the listeners {}",
                                     to_text(advertised), each.name, to_text(listeners))};
    }
  }
  return Done{};
}

}  // namespace weir

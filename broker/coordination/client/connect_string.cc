#include "broker/coordination/client/connect_string.h"

#include <fmt/core.h>

#include <charconv>

#include "broker/coordination/znode/path.h"

namespace weir {
namespace {

Failure<std::string> refuse(std::string_view why) {
  return Failure{fmt::format("{}; zookeeper.connect looks like host1:2181,host2:2181/chroot", why)};
}

}  // namespace

Result<ConnectString, std::string> parse_connect_string(std::string_view text) {
  ConnectString parsed;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    parsed.chroot = text.substr(slash);
    text = text.substr(0, slash);
    if (parsed.chroot == "/") parsed.chroot.clear();
    if (!parsed.chroot.empty() && !is_znode_path(parsed.chroot)) {
      return refuse(fmt::format("\"{}\" is no path of a znode", parsed.chroot));
    }
  }
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view server = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    const size_t colon = server.rfind(':');
    Endpoint at{std::string(server.substr(0, colon)), 2181};
    if (at.host.empty()) return refuse("a server without a host");
    if (colon != std::string_view::npos) {
      const std::string_view port = server.substr(colon + 1);
      const auto read = std::from_chars(port.data(), port.data() + port.size(), at.port);
      if (read.ec != std::errc{} || read.ptr != port.data() + port.size() || at.port == 0) {
        return refuse(fmt::format("\"{}\" is no port", port));
      }
    }
    parsed.servers.push_back(std::move(at));
  }
  if (parsed.servers.empty()) return refuse("no server is named");
  return parsed;
}

}  // namespace weir

// The four-letter words that monitoring asks on the client port.
#include <fmt/core.h>

#include "broker/coordination/server/client_state.h"

namespace weir {
namespace {
// What tools compare with; the protocol is that of ZooKeeper 3.8.
constexpr std::string_view kVersion = "3.8.0-weir";
}  // namespace

std::string CoordinationServer::on_word(std::string_view word) {
  if (word == "ruok") return "imok";
  const bool asks_service = word == "srvr" || word == "mntr" || word == "cons" || word == "stat" ||
                            word == "dump" || word == "wchs";
  if (asks_service && !serves()) {
    return "This ZooKeeper instance is not currently serving requests\n";
  }
  if (word == "isro") return serves() ? "rw" : "null";
  if (word == "srvr") return statistics();
  if (word == "mntr") return monitor();
  if (word == "cons") return connection_lines() + "\n";
  if (word == "stat") {
    const std::string all = statistics();
    const size_t first_line = all.find('\n') + 1;
    return all.substr(0, first_line) + "Clients:\n" + connection_lines() + "\n" +
           all.substr(first_line);
  }
  if (word == "dump") {
    std::string text = fmt::format("SessionTracker dump:\nSessions ({}):\n",
                                   state_.sessions.all().size());
    for (const auto& [id, session] : state_.sessions.all()) {
      text += fmt::format("{:#x}\t{}ms\n", id.value(), session.timeout_ms);
    }
    text += fmt::format("Sessions with Ephemerals ({}):\n", state_.tree.all_ephemerals().size());
    for (const auto& [id, paths] : state_.tree.all_ephemerals()) {
      text += fmt::format("{:#x}:\n", id.value());
      for (const std::string& path : paths) text += fmt::format("\t{}\n", path);
    }
    return text;
  }
  if (word == "wchs") {
    return fmt::format("{} connections watching {} paths\nTotal watches:{}\n",
                       watches_.watcher_count(), watches_.path_count(), watches_.watch_count());
  }
  if (word == "conf") {
    return fmt::format(
        "tickTime={}\nmaxClientCnxns={}\nminSessionTimeout={}\nmaxSessionTimeout={}\n"
        "jute.maxbuffer={}\nglobalOutstandingLimit={}\n",
        options_.tick.ms(), options_.port.max_connections_per_host,
        options_.min_session_timeout.ms(), options_.max_session_timeout.ms(),
        options_.port.max_frame_bytes, options_.outstanding_limit);
  }
  return {};
}

std::string_view CoordinationServer::mode() const {
  if (options_.standalone) return "standalone";
  return leading_ ? "leader" : "follower";
}

std::string CoordinationServer::statistics() const {
  return fmt::format(
      "Zookeeper version: {}, built on Weir\nReceived: {}\nSent: {}\nConnections: {}\n"
      "Outstanding: {}\nZxid: {:#x}\nMode: {}\nNode count: {}\n",
      kVersion, port_.received_count(), port_.sent_count(), port_.connection_count(),
      under_way_.questions(), state_.applied.value(), mode(), state_.tree.size());
}

std::string CoordinationServer::monitor() const {
  size_t ephemerals = 0;
  for (const auto& [id, paths] : state_.tree.all_ephemerals()) ephemerals += paths.size();
  return fmt::format(
      "zk_version\t{}, built on Weir\nzk_packets_received\t{}\nzk_packets_sent\t{}\n"
      "zk_num_alive_connections\t{}\nzk_outstanding_requests\t{}\nzk_server_state\t{}\n"
      "zk_znode_count\t{}\nzk_watch_count\t{}\nzk_ephemerals_count\t{}\nzk_global_sessions\t{}\n",
      kVersion, port_.received_count(), port_.sent_count(), port_.connection_count(),
      under_way_.questions(), mode(), state_.tree.size(), watches_.watch_count(), ephemerals, state_.sessions.all().size());
}

std::string CoordinationServer::connection_lines() const {
  std::string text;
  for (const auto& [connection, client] : clients_) {
    text += fmt::format(" /{}:{}[1](queued={},recved={},sid={:#x})\n", client->peer.host,
                        client->peer.port, client->requests.size(), client->received,
                        client->session.value());
  }
  return text;
}

}  // namespace weir

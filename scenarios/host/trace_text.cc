#include "scenarios/host/trace_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace weir {
namespace {

constexpr size_t kColumn = 56;

// What the values of a site are. "#" prints in hexadecimal: digests and ids of names; "%" an epoch and a counter:
// zxids, and sessions, which are named by theirs.
struct Labels {
  std::string_view site;
  std::array<std::string_view, 4> values;
};

constexpr std::array kLabels{
    Labels{"net.connect", {"to_node", "port"}},
    Labels{"net.established", {"to_node", "port"}},
    Labels{"net.refused", {"to_node", "port"}},
    Labels{"net.send", {"conn", "bytes", "#payload"}},
    Labels{"net.deliver", {"conn", "bytes", "kind"}},
    Labels{"net.held", {"conn", "bytes", "kind"}},
    Labels{"net.close", {"conn", "unread"}},
    Labels{"net.reset", {"conn"}},
    Labels{"net.cut", {"from", "to"}},
    Labels{"net.heal", {"from", "to"}},
    Labels{"disk.open", {"#path", "mode", "size"}},
    Labels{"disk.read", {"#path", "offset", "bytes"}},
    Labels{"disk.write", {"#path", "offset", "#content"}},
    Labels{"disk.truncate", {"#path", "size"}},
    Labels{"disk.sync", {"#path", "writes"}},
    Labels{"disk.names", {"#path", "change", "#to"}},
    Labels{"disk.sync_directory", {"#path", "changes"}},
    Labels{"shard.message", {"from", "to", "is_request"}},
    Labels{"node.boot", {"shards"}},
    Labels{"node.power_loss", {"volatile_sectors", "lost_sectors", "volatile_names", "lost_names"}},
    Labels{"log.opened", {"#log", "end", "flushed_end", "#producers"}},
    Labels{"log.start", {"#log", "start", "reason", "asked"}},
    Labels{"log.sealed", {"#log", "end"}},
    Labels{"log.damaged", {"#log", "first", "next"}},
    Labels{"log.appended", {"#log", "base", "end", "#content"}},
    Labels{"log.flushed", {"#log", "end"}},
    Labels{"log.rolled", {"#log", "base", "segments"}},
    Labels{"log.offline", {"#log", "error"}},
    Labels{"server.accepted", {"connection"}},
    Labels{"server.request", {"connection", "bytes", "#content"}},
    Labels{"server.reply", {"connection", "bytes", "#content"}},
    Labels{"server.dropped", {"connection"}},
    Labels{"topics.created", {"#topic", "partitions"}},
    Labels{"broker.started", {"topics"}},
    Labels{"coordination.restored", {"%zxid"}},
    Labels{"coordination.applied", {"%zxid", "#payload"}},
    Labels{"coordination.role", {"role", "epoch", "leader"}},
    Labels{"coordination.opened", {"%base", "epoch", "reinitialised"}},
    Labels{"coordination.held", {"%first", "%last"}},
    Labels{"coordination.appended", {"%first", "%last"}},
    Labels{"coordination.synced", {"%zxid"}},
    Labels{"coordination.truncated", {"%last"}},
    Labels{"coordination.installed", {"%zxid"}},
    Labels{"coordination.saved", {"accepted_epoch", "current_epoch", "reinitialised"}},
    Labels{"coordination.won", {"epoch"}},
    Labels{"coordination.committed", {"%zxid"}},
    Labels{"coordination.voted", {"term", "candidate"}},
    Labels{"coordination.promised", {"epoch", "leader"}},
    Labels{"coordination.asks", {"epoch", "leader"}},
    Labels{"coordination.joined", {"epoch", "leader"}},
    Labels{"coordination.peer_linked", {"to_server"}},
    Labels{"coordination.session_opened", {"%session"}},
    Labels{"coordination.session_closed", {"%session"}},
    Labels{"zookeeper_client.session", {"%session"}},
    Labels{"txn_log.opened", {"%base", "%last"}},
    Labels{"txn_log.synced", {"%zxid"}},
    Labels{"txn_log.truncated", {"%last"}},
    Labels{"txn_store.snapshot", {"%zxid", "lineage"}},
    Labels{"run.workload_done", {"operations"}},
};

const Labels* labels_of(std::string_view site) {
  const auto it = std::find_if(kLabels.begin(), kLabels.end(),
                               [&](const Labels& labels) { return labels.site == site; });
  return it == kLabels.end() ? nullptr : &*it;
}

}  // namespace

std::string describe_event(const TraceEvent& event) {
  std::string text(event.site->name);
  const Labels* const labels = labels_of(event.site->name);
  for (size_t i = 0; i < event.values.size(); ++i) {
    const uint64_t value = event.values[i];
    const std::string_view label = labels == nullptr ? "" : labels->values[i];
    if (label.empty()) {
      if (value != 0) text += fmt::format(" {}", value);
    } else if (label.front() == '#') {
      text += fmt::format(" {}={:08x}", label.substr(1), value >> 32);
    } else if (label.front() == '%') {
      text += fmt::format(" {}={}.{}", label.substr(1), value >> 32, value & 0xffffffff);
    } else {
      text += fmt::format(" {}={}", label, value);
    }
  }
  if (event.fiber != 0) text += fmt::format(" f{}", event.fiber);
  return text;
}

std::string trace_line(const TraceEvent& event) {
  const std::string time =
      fmt::format("{:6}.{:06}", event.time_ns / 1'000'000, event.time_ns % 1'000'000);
  return fmt::format("{}  {:{}}{}", time, "", event.node * kColumn, describe_event(event));
}

std::string trace_legend(uint32_t nodes) {
  std::string line = fmt::format("{:>13}  {:{}}", "virtual ms", "world", kColumn);
  for (uint32_t node = 1; node <= nodes; ++node) {
    line += fmt::format("{:{}}", fmt::format("node {}", node), kColumn);
  }
  return line;
}

}  // namespace weir

#include "scenarios/host/timeline_recorder.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "reports/faults.h"
#include "reports/text.h"
#include "scenarios/plan.h"
#include "scenarios/workloads/produce_consume.h"

namespace weir {

using reports::LifeEnd;
using reports::LogPointKind;
using reports::MomentKind;

namespace {

constexpr uint64_t kData = 0;  // of net.deliver and net.held: data, end of stream, reset

std::string counted(uint64_t number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

std::string losses(const TraceEvent& event) {
  const auto [sectors, lost_sectors, names, lost_names] = event.values;
  if (sectors + names == 0) return "nothing was unsynced";
  std::string text;
  if (sectors > 0) text = fmt::format("{} of {} unsynced sectors", lost_sectors, sectors);
  if (names > 0) {
    text +=
        fmt::format("{}{} of {} unsynced names", text.empty() ? "" : " and ", lost_names, names);
  }
  return text + " are gone";
}

}  // namespace

TimelineRecorder::TimelineRecorder(Names names, Limits limits)
    : names_(std::move(names)), limits_(limits), messages_(limits.messages) {
  for (size_t i = 0; i < names_.nodes.size(); ++i) lane(static_cast<uint32_t>(i) + 1);
}

std::string TimelineRecorder::node_name(uint64_t node) const {
  if (node >= 1 && node <= names_.nodes.size()) return names_.nodes[node - 1];
  return fmt::format("node {}", node);
}

std::string TimelineRecorder::log_name(uint64_t id) const {
  const auto name = names_.logs.find(id);
  return name != names_.logs.end() ? name->second : fmt::format("{:08x}", id >> 32);
}

reports::Lane& TimelineRecorder::lane(uint32_t node) {
  const auto [at, is_new] = lanes_.try_emplace(node);
  if (is_new) {
    at->second.node = node;
    at->second.name = node_name(node);
  }
  return at->second;
}

void TimelineRecorder::on_event(const TraceEvent& event, uint64_t /*hash*/) {
  timeline_.end_ns = event.time_ns;
  const std::string_view site = event.site->name;
  if (site.starts_with("net.")) {
    message_event(event);
    network_event(event);
  } else if (site.starts_with("node.")) {
    node_event(event);
  } else if (site.starts_with("log.")) {
    if (!log_event(event)) log_trouble(event);
  } else if (site.starts_with("disk.")) {
    disk_event(event);
  } else if (site == "fault.begin") {
    fault_event(event);
  } else if (site == "run.healed") {
    add_moment(event, 0, MomentKind::note, false, "From here on there are no faults.");
  } else if (site == "run.workload_done") {
    add_moment(event, event.node, MomentKind::note, false, "The workload is done.");
  }
}

// --- the network ---------------------------------------------------------------------------------

void TimelineRecorder::message_event(const TraceEvent& event) {
  const std::string_view site = event.site->name;
  const auto [channel, bytes, kind, unused] = event.values;
  if (site == "net.send") {
    messages_.sent(event.time_ns, event.node, channel, bytes);
  } else if (site == "net.deliver" && kind == kData) {
    messages_.delivered(event.time_ns, event.node, channel, bytes);
  } else if (site == "net.held") {
    if (kind == kData) messages_.held(event.time_ns, event.node, channel, bytes);
    held(event);
  }
}

// A cut that holds something back has an effect.
void TimelineRecorder::held(const TraceEvent& event) {
  for (const auto& [link, moment] : cuts_) {
    if (link.second == event.node && moment != kNoMoment)
      timeline_.moments[moment].effective = true;
  }
}

// What happens to several links at once is one moment. Gives its number, kNoMoment beyond the limit.
size_t TimelineRecorder::link_moment(const TraceEvent& event, MomentKind kind,
                                     std::string_view what) {
  const Link link{event.values[0], event.values[1]};
  const bool again = !links_.empty() && links_what_ == what && links_time_ns_ == event.time_ns &&
                     links_moment_ + 1 == timeline_.moments.size();
  if (!again) {
    links_.clear();
    links_what_ = what;
    links_time_ns_ = event.time_ns;
    const size_t next = timeline_.moments.size();
    add_moment(event, 0, kind, false, {});
    links_moment_ = timeline_.moments.size() > next ? next : kNoMoment;
  }
  links_.push_back(link);
  if (links_moment_ == kNoMoment) return kNoMoment;
  std::string text;
  if (links_.size() == 1) {
    text = fmt::format("The link from {} to {} is {}.", node_name(link.first),
                       node_name(link.second), what);
  } else if (links_.size() == 2 && links_[0] == Link{link.second, link.first}) {
    text = fmt::format("The links between {} and {} are {}.", node_name(link.second),
                       node_name(link.first), what);
  } else {
    text = fmt::format("{} are {}.", counted(links_.size(), "link"), what);
  }
  timeline_.moments[links_moment_].text = std::move(text);
  return links_moment_;
}

bool TimelineRecorder::network_event(const TraceEvent& event) {
  const std::string_view site = event.site->name;
  const Link link{event.values[0], event.values[1]};
  if (site == "net.cut" || site == "net.stall") {
    cuts_[link] = link_moment(event, MomentKind::cut, site == "net.cut" ? "cut" : "clogged");
  } else if (site == "net.heal") {
    if (cuts_.erase(link) > 0) link_moment(event, MomentKind::heal, "whole again");
  } else if (site == "net.reset") {
    connection_moment(event, MomentKind::reset, "reset");
  } else if (site == "net.half_close") {
    connection_moment(event, MomentKind::half_close, "closed for writing by one end");
  } else {
    return false;
  }
  return true;
}

// What happens to several connections at once is one moment.
void TimelineRecorder::connection_moment(const TraceEvent& event, MomentKind kind,
                                         std::string_view what) {
  const bool again = !timeline_.moments.empty() && timeline_.moments.back().kind == kind &&
                     timeline_.moments.back().time_ns == event.time_ns;
  connections_ = again ? connections_ + 1 : 1;
  std::string text = fmt::format("{} {} {}.", counted(connections_, "connection"),
                                 connections_ == 1 ? "is" : "are", what);
  if (again) {
    timeline_.moments.back().text = std::move(text);
  } else {
    add_moment(event, event.node, kind, true, std::move(text));
  }
}

// --- nodes ---------------------------------------------------------------------------------------

bool TimelineRecorder::node_event(const TraceEvent& event) {
  const std::string_view site = event.site->name;
  const std::string name = node_name(event.node);
  if (site == "node.boot") {
    if (alive_[event.node]) end_life(event, LifeEnd::started_anew);
    lane(event.node).lives.push_back({.begin_ns = event.time_ns});
    alive_[event.node] = true;
    add_moment(event, event.node, MomentKind::boot, false, fmt::format("Node {} boots.", name));
  } else if (site == "node.kill") {
    add_moment(event, event.node, MomentKind::kill, alive_[event.node],
               fmt::format("The process on node {} is killed.", name));
    end_life(event, LifeEnd::killed);
  } else if (site == "node.power_loss") {
    add_moment(event, event.node, MomentKind::power_loss, event.values[1] + event.values[3] > 0,
               fmt::format("Node {} loses its power; {}.", name, losses(event)));
    end_life(event, LifeEnd::power_lost);
  } else if (site == "node.stop") {
    add_moment(event, event.node, MomentKind::stop, false,
               fmt::format("Node {} is asked to stop.", name));
    end_life(event, LifeEnd::stopped);
  } else if (site == "node.pause" || site == "node.resume") {
    pause_event(event, site == "node.pause");
  } else if (site == "node.slow_down") {
    const uint64_t factor = event.values[0];
    add_moment(event, event.node, MomentKind::change, factor > 1 && alive_[event.node],
               factor > 1 ? fmt::format("Node {} becomes {} times slower.", name, factor)
                          : fmt::format("Node {} is as fast as before.", name));
  } else if (site == "node.clock_changed") {
    add_moment(event, event.node, MomentKind::change, alive_[event.node],
               fmt::format("The clock of node {} is changed.", name));
  } else {
    return false;
  }
  return true;
}

void TimelineRecorder::pause_event(const TraceEvent& event, bool begins) {
  std::vector<reports::Pause>& pauses = lane(event.node).pauses;
  if (begins) {
    add_moment(event, event.node, MomentKind::pause, alive_[event.node],
               fmt::format("Node {} stands still.", node_name(event.node)));
    if (!alive_[event.node]) return;
    pauses.push_back({.begin_ns = event.time_ns});
    paused_[event.node] = true;
  } else if (paused_[event.node]) {
    end_pause(event);
    add_moment(event, event.node, MomentKind::resume, false,
               fmt::format("Node {} goes on.", node_name(event.node)));
  }
}

void TimelineRecorder::end_pause(const TraceEvent& event) {
  if (paused_[event.node]) lane(event.node).pauses.back().end_ns = event.time_ns;
  paused_[event.node] = false;
}

void TimelineRecorder::end_life(const TraceEvent& event, LifeEnd how) {
  end_pause(event);
  if (alive_[event.node]) {
    lane(event.node).lives.back().end_ns = event.time_ns;
    lane(event.node).lives.back().end = how;
    alive_[event.node] = false;
  }
  // Who stops in order still syncs its logs.
  if (how == LifeEnd::stopped) return;
  for (auto& [key, log] : logs_) {
    if (key.first != event.node || !log.open) continue;
    add_point(log, event, LogPointKind::down);
    log.open = false;
  }
}

// Of faults that are no event of their own machine or link.
void TimelineRecorder::fault_event(const TraceEvent& event) {
  const auto [kind, node, peer, lasts_ns] = event.values;
  if (kind >= kFaultKinds) return;
  const FaultTraits& what = traits(static_cast<FaultKind>(kind));
  const bool on_disk = what.family == FaultFamily::disk && what.shape == FaultShape::lasting;
  const bool slow = !what.amount.empty() && what.family == FaultFamily::network;
  if (what.shape != FaultShape::rate && !on_disk && !slow) return;
  std::string where = "node " + node_name(node);
  if (peer != 0) {
    where = fmt::format("nodes {} {} {}", node_name(node),
                        what.target == FaultTarget::direction ? "to" : "and", node_name(peer));
  }
  add_moment(event, static_cast<uint32_t>(node), MomentKind::fault, false,
             fmt::format("For {} there is {} on {}: {}.",
                         reports::span_text(static_cast<int64_t>(lasts_ns)), what.name, where,
                         what.summary));
}

bool TimelineRecorder::disk_event(const TraceEvent& event) {
  const std::string_view site = event.site->name;
  const std::string name = node_name(event.node);
  std::string text;
  if (site == "disk.rot") {
    text = fmt::format("On the disk of node {} {} change{}.", name,
                       counted(event.values[1], "byte"), event.values[1] == 1 ? "s" : "");
  } else if (site == "disk.wiped") {
    text = fmt::format("The disk of node {} is empty.", name);
  } else if (site == "disk.swapped") {
    text = fmt::format("Nodes {} and {} have each other's disk.", name, node_name(event.values[0]));
  } else {
    return false;
  }
  add_moment(event, event.node, MomentKind::damage, true, std::move(text));
  return true;
}

// --- logs ----------------------------------------------------------------------------------------

bool TimelineRecorder::log_event(const TraceEvent& event) {
  const std::string_view site = event.site->name;
  const auto [id, first, second, unused] = event.values;
  if (site != "log.opened" && site != "log.appended" && site != "log.flushed" &&
      site != "log.rolled") {
    return false;
  }
  Log& log = logs_[{event.node, id}];
  if (log.series.partition.empty()) {
    log.series.node = event.node;
    log.series.partition = log_name(id);
  }
  if (site == "log.opened") {
    const auto end = static_cast<int64_t>(first);
    const bool again = !log.series.points.empty();
    log.now.end = log.now.flushed_end = end;  // what recovery keeps is on the medium
    log.open = true;
    add_point(log, event, LogPointKind::opened);
    if (again) {
      add_moment(
          event, event.node, MomentKind::log_opened, false,
          fmt::format("Node {} opens the log {} with end {}{}.", node_name(event.node),
                      log.series.partition, end,
                      second > 0 ? fmt::format(" and cuts {} off", counted(second, "byte")) : ""));
    }
  } else if (site == "log.appended") {
    log.now.end = static_cast<int64_t>(second);
    add_point(log, event, LogPointKind::appended);
  } else {
    // A log is synced before it is rolled, up to where the new segment begins.
    log.now.flushed_end = static_cast<int64_t>(first);
    add_point(log, event, LogPointKind::flushed);
  }
  return true;
}

// What a broker notices of its disk.
bool TimelineRecorder::log_trouble(const TraceEvent& event) {
  const std::string_view site = event.site->name;
  const std::string log = log_name(event.values[0]);
  const std::string node = node_name(event.node);
  std::string text;
  if (site == "log.cut") {
    text = fmt::format("Node {} finds a damaged end of the log {} and cuts {} off, at offset {}.",
                       node, log, counted(event.values[2], "byte"), event.values[1]);
  } else if (site == "log.damaged") {
    text = fmt::format("Node {} finds damage inside the log {}, at offset {}.", node, log,
                       event.values[1]);
  } else if (site == "log.no_space") {
    text = fmt::format("Node {} has no space for an append to the log {}.", node, log);
  } else if (site == "log.offline") {
    text = fmt::format("Node {} takes the log {} offline: its disk failed.", node, log);
  } else {
    return false;
  }
  add_moment(event, event.node, MomentKind::damage, false, std::move(text));
  return true;
}

void TimelineRecorder::add_point(Log& log, const TraceEvent& event, LogPointKind kind) {
  log.now.time_ns = event.time_ns;
  log.now.kind = kind;
  std::vector<reports::LogPoint>& points = log.series.points;
  points.push_back(log.now);
  if (points.size() <= limits_.points_per_log) return;
  // Thinned: of the older half every second point goes, but those at which a life begins or ends.
  std::vector<reports::LogPoint> kept;
  for (size_t i = 0; i < points.size(); ++i) {
    const bool edge =
        points[i].kind == LogPointKind::opened || points[i].kind == LogPointKind::down;
    if (edge || i >= points.size() / 2 || i % 2 == 0) kept.push_back(points[i]);
  }
  points = std::move(kept);
}

void TimelineRecorder::add_moment(const TraceEvent& event, uint32_t node, MomentKind kind,
                                  bool effective, std::string text) {
  if (timeline_.moments.size() >= limits_.moments) return;
  timeline_.moments.push_back({event.time_ns, node, kind, effective, std::move(text)});
}

reports::Timeline TimelineRecorder::take() {
  for (auto& [node, lane] : lanes_) {
    if (alive_[node]) lane.lives.back().end_ns = timeline_.end_ns;
    if (paused_[node]) lane.pauses.back().end_ns = timeline_.end_ns;
    timeline_.lanes.push_back(std::move(lane));
  }
  for (auto& [key, log] : logs_) timeline_.logs.push_back(std::move(log.series));
  std::sort(timeline_.logs.begin(), timeline_.logs.end(), [](const auto& a, const auto& b) {
    return std::tie(a.partition, a.node) < std::tie(b.partition, b.node);
  });
  timeline_.messages_forgotten = messages_.forgotten();
  timeline_.messages = messages_.take();
  return std::move(timeline_);
}

TimelineRecorder::Names timeline_names(const Plan& plan) {
  TimelineRecorder::Names names;
  for (uint32_t node = 1; node <= plan.nodes(); ++node) {
    names.nodes.push_back(reports::machine_name(plan, node));
  }
  for (uint32_t i = 0; i < plan.partitions; ++i) {
    std::string name = fmt::format("{}-{}", WorkloadTarget{}.topic, i);
    const uint64_t id = fnv1a(name);
    names.logs.emplace(id, std::move(name));
  }
  for (const std::string& topic : side_topics(plan)) {
    for (int32_t i = 0; i < kSideTopicPartitions; ++i) {
      std::string name = to_string(TopicPartition{topic, PartitionIndex{i}});
      const uint64_t id = fnv1a(name);
      names.logs.emplace(id, std::move(name));
    }
  }
  return names;
}

}  // namespace weir

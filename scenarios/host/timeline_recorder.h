// TimelineRecorder: a run's trace to the timeline that its report draws.
//
// It goes by the names of sites, so that the simulated world knows nothing of reports. Memory is
// bounded: of messages the latest are kept, logs are thinned, moments end.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/message_matcher.h"
#include "reports/timeline.h"
#include "sim/world/trace_log.h"

namespace weir {

struct Plan;

class TimelineRecorder final : public TraceSink {
 public:
  struct Limits {
    size_t messages = 1 << 17;
    size_t points_per_log = 1 << 14;
    size_t moments = 1 << 12;
  };
  // What the trace does not say: nodes are numbers there, and logs are digests of their names.
  struct Names {
    std::vector<std::string> nodes;  // from node 1 on
    std::map<uint64_t, std::string> logs;
  };

  TimelineRecorder(Names names, Limits limits);
  explicit TimelineRecorder(Names names) : TimelineRecorder(std::move(names), Limits{}) {}
  void on_event(const TraceEvent& event, uint64_t hash) override;
  // Once the run is over.
  reports::Timeline take();

 private:
  struct Log {
    reports::LogSeries series;
    reports::LogPoint now;
    bool open = false;
  };
  bool network_event(const TraceEvent& event);
  bool node_event(const TraceEvent& event);
  bool log_event(const TraceEvent& event);
  void message_event(const TraceEvent& event);
  void held(const TraceEvent& event);
  void connection_moment(const TraceEvent& event, reports::MomentKind kind, std::string_view what);
  size_t link_moment(const TraceEvent& event, reports::MomentKind kind, std::string_view what);
  void fault_event(const TraceEvent& event);
  bool disk_event(const TraceEvent& event);
  bool log_trouble(const TraceEvent& event);
  void pause_event(const TraceEvent& event, bool begins);
  void end_pause(const TraceEvent& event);

  reports::Lane& lane(uint32_t node);
  void end_life(const TraceEvent& event, reports::LifeEnd how);
  void add_point(Log& log, const TraceEvent& event, reports::LogPointKind kind);
  void add_moment(const TraceEvent& event, uint32_t node, reports::MomentKind kind, bool effective,
                  std::string text);
  [[nodiscard]] std::string node_name(uint64_t node) const;
  [[nodiscard]] std::string log_name(uint64_t id) const;

  const Names names_;
  const Limits limits_;
  reports::MessageMatcher messages_;
  reports::Timeline timeline_;
  std::map<uint32_t, reports::Lane> lanes_;
  std::map<uint32_t, bool> alive_;
  std::map<std::pair<uint32_t, uint64_t>, Log> logs_;
  std::map<uint32_t, bool> paused_;
  using Link = std::pair<uint64_t, uint64_t>;
  std::map<Link, size_t> cuts_;  // open ones, to their moment
  // The links that the last moment is about, and what happened to them.
  static constexpr size_t kNoMoment = SIZE_MAX - 1;
  std::vector<Link> links_;
  std::string_view links_what_;
  int64_t links_time_ns_ = 0;
  size_t links_moment_ = kNoMoment;
  uint64_t connections_ = 0;  // that the last moment is about
};

// The names that a run of this plan needs.
TimelineRecorder::Names timeline_names(const Plan& plan);

}  // namespace weir

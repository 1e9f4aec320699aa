// BrokerWatch: the eyes of the oracles on one broker's machine.
//
// It hears what the logs say they do (events of the trace, as they happen), is told of acks, losses of
// power and damage, looks at the medium, and feeds the durability oracle, the log oracle and the loss
// budget. Damage must be reported: to the log (log.cut, log.damaged) or to a reader.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "model/oracle/durability.h"
#include "model/oracle/log_oracle.h"
#include "scenarios/checks/medium.h"
#include "scenarios/run_record.h"
#include "scenarios/workloads/recorder.h"
#include "sim/world/world.h"

namespace weir {

class BrokerWatch {
 public:
  BrokerWatch(World& world, const Plan& plan, const std::string& topic);

  std::function<void()> on_offline;  // a log has given up until a restart

  void acked(const TopicPartition& tp, Offset offset, uint64_t value);
  // Records below `offset` may be deleted from now on.
  void trim_asked(const TopicPartition& tp, Offset offset);
  // And those below `low_watermark` stay so.
  void trim_acked(const TopicPartition& tp, Offset low_watermark);
  // Where the log says that it starts.
  [[nodiscard]] Offset log_start(const TopicPartition& tp) const;
  void damaged(const DiskDamage& damage);
  // The medium has lost what it lost.
  void power_lost();
  // The broker has stopped in order; nothing may be missing now either.
  void stopped();
  // Whether a record that was acked may be read by nobody: destroyed, and reported where that was
  // possible.
  [[nodiscard]] bool may_be_missing(const TopicPartition& tp, Offset offset,
                                    const HistoryRecorder& recorder) const;
  void report(RunRecord& record) const;
  [[nodiscard]] const LossBudget& budget() const { return budget_; }

 private:
  void on_event(const Site& site, const std::array<uint64_t, 4>& values);
  void check_medium(CrashKind crash);
  void check_leaves(const TopicPartition& tp, Offset start);
  Offset durable_end(const TopicPartition& tp, Offset said);
  void add(VerdictKind kind, std::string_view what, std::string sentence);

  World& world_;
  const Plan& plan_;
  std::map<uint64_t, TopicPartition> logs_;  // by the id that its events carry
  LossBudget budget_;
  LossBudget unseen_;  // of it, what syncs lied about: nobody can notice that, nor report it
  DurabilityOracle durability_;
  LogOracle log_oracle_;
  DurableEnds durable_ends_;
  std::map<TopicPartition, Offset> log_starts_;
  std::map<TopicPartition, Offset> trims_asked_;
  std::map<TopicPartition, Offset> leaves_decided_;  // retention may take segments up to here
  std::set<TopicPartition> rotten_;    // damaged where it can be noticed
  std::set<TopicPartition> admitted_;  // the log has reported damage or a cut since
  std::vector<Finding> findings_;
  uint64_t allowed_losses_ = 0;
  uint64_t destroyed_ = 0;
  size_t log_findings_seen_ = 0;
};

}  // namespace weir

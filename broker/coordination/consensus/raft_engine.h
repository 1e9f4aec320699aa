// RaftEngine: RaftCore as the driver of an ensemble wants it (engine_core.h).
#pragma once

#include "broker/coordination/consensus/engine_core.h"
#include "broker/coordination/consensus/raft_core.h"

namespace weir {

class RaftEngine final : public EngineCore {
 public:
  static constexpr std::string_view kName = "raft";
  RaftEngine(RaftOptions options, const RaftSaved& saved, Moment moment, RaftRules rules)
      : core_(std::move(options), saved, moment, rules) {}

  EngineEffects tick(Moment moment) override { return translate(core_.tick(moment)); }
  Result<EngineEffects, ProtocolError> receive(ServerId from, ConstBytes head,
                                               std::vector<Zxid>& entries, Moment moment) override;
  EngineEffects written(uint64_t write, Moment moment) override {
    return translate(core_.written(write, moment));
  }
  EngineEffects propose(size_t count, Moment moment) override {
    return translate(core_.propose(count, moment, Sending::with_flush));
  }
  EngineEffects flush(Moment moment) override { return translate(core_.flush(moment)); }
  EngineEffects read(uint64_t id, Moment moment) override {
    return translate(core_.read(id, moment));
  }
  void compact(Zxid base, Zxid snapshot) override { core_.compact(base, snapshot); }

  [[nodiscard]] TimePoint deadline() const override { return core_.deadline(); }
  [[nodiscard]] Zxid log_base() const override { return core_.log().base(); }
  [[nodiscard]] std::vector<Zxid> entries_after(Zxid zxid, size_t max) const override {
    return core_.log().after(zxid, max);
  }
  [[nodiscard]] Zxid synced() const override { return core_.synced(); }
  [[nodiscard]] std::string_view name() const override { return kName; }

 private:
  static EngineEffects translate(RaftEffects effects);
  RaftCore core_;
};

// HardState of storage/: the term is the current epoch.
RaftHardState raft_hard_state(const HardState& saved);

}  // namespace weir

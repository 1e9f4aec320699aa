// ZabEngine: ZabCore as the driver of an ensemble wants it (engine_core.h).
#pragma once

#include "broker/coordination/consensus/engine_core.h"
#include "broker/coordination/consensus/zab_core.h"
#include "sim/env/env.h"

namespace weir {

class ZabEngine final : public EngineCore {
 public:
  static constexpr std::string_view kName = "zab";
  ZabEngine(Env& env, ZabOptions options, const ZabSaved& saved, Moment moment, ZabRules rules)
      : env_(env), self_(options.self), core_(std::move(options), saved, moment, rules) {}

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
  // For the trace: "coordination.phase", with the phase, the epoch, and at a follower how it synchronises.
  EngineEffects translate(ZabEffects effects);

  Env& env_;
  const ServerId self_;
  ZabCore core_;
};

ZabHardState zab_hard_state(const HardState& saved);

}  // namespace weir

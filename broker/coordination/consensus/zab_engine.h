// Zab for the driver of an ensemble.
#pragma once

#include "broker/coordination/consensus/engine_of.h"
#include "broker/coordination/consensus/zab_core.h"
#include "sim/env/env.h"

namespace weir {

class ZabProtocol {
 public:
  using Core = ZabCore;
  using Message = ZabMessage;
  static constexpr std::string_view kName = "zab";

  ZabProtocol(Env& env, ServerId self) : env_(env), self_(self) {}

  static Buffer encode(const ZabMessage& message);
  static Result<ZabMessage, ProtocolError> decode(ConstBytes bytes);
  static uint32_t epoch_of(const ZabMessage& message) { return message.epoch; }
  static std::vector<Zxid>* entries_of(ZabMessage& message);
  static std::optional<Zxid> snapshot_of(const ZabMessage& message);
  static HardState to_save(const ZabHardState& state);
  static std::optional<Word> word_of(const ZabMessage& message);
  static ZabHardState from_saved(const HardState& saved);
  // Traces "coordination.phase": the phase, the epoch, and at a follower how it synchronises.
  void note(const ZabEffects& effects) const;

 private:
  Env& env_;
  ServerId self_;
};

using ZabEngine = EngineOf<ZabProtocol>;

}  // namespace weir

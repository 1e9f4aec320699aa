// Raft for the driver of an ensemble.
#pragma once

#include "broker/coordination/consensus/engine_of.h"
#include "broker/coordination/consensus/raft_core.h"

namespace weir {

struct RaftProtocol {
  using Core = RaftCore;
  using Message = RaftMessage;
  static constexpr std::string_view kName = "raft";

  static Buffer encode(const RaftMessage& message);
  static Result<RaftMessage, ProtocolError> decode(ConstBytes bytes);
  static uint32_t epoch_of(const RaftMessage& message) { return message.term; }
  static std::vector<Zxid>* entries_of(RaftMessage& message);
  static std::optional<Zxid> snapshot_of(const RaftMessage& message);
  static std::optional<Word> word_of(const RaftMessage& message);
  // HardState of storage/: the term stands for both epochs.
  static HardState to_save(const RaftHardState& state);
  static RaftHardState from_saved(const HardState& saved);
  void note(const RaftEffects& /*effects*/) const {}
};

using RaftEngine = EngineOf<RaftProtocol>;

}  // namespace weir

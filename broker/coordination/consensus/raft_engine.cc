#include "broker/coordination/consensus/raft_engine.h"

#include <utility>

#include "broker/coordination/consensus/raft_wire.h"

namespace weir {
namespace {

HardState to_saved(const RaftHardState& state) {
  return {.accepted_epoch = state.term,
          .current_epoch = state.term,
          .voted_for = state.voted_for ? state.voted_for->value() : HardState::kNobody};
}

EngineMessage to_engine(RaftMessage message) {
  EngineMessage made{.to = message.to, .entries = {}, .snapshot = {}, .encode = {}};
  if (const auto* append = std::get_if<AppendRequest>(&message.body)) made.entries = append->entries;
  if (const auto* snapshot = std::get_if<SnapshotRequest>(&message.body)) {
    made.snapshot = snapshot->zxid;
  }
  made.encode = [message = std::move(message)](size_t entries) mutable {
    auto* const append = std::get_if<AppendRequest>(&message.body);
    if (append != nullptr && append->entries.size() > entries) append->entries.resize(entries);
    return encode_raft_message(message);
  };
  return made;
}

}  // namespace

RaftHardState raft_hard_state(const HardState& saved) {
  RaftHardState state{.term = saved.current_epoch, .voted_for = {}};
  if (saved.voted_for != HardState::kNobody) state.voted_for = ServerId{saved.voted_for};
  return state;
}

Result<EngineEffects, ProtocolError> RaftEngine::receive(ServerId from, ConstBytes head,
                                                         std::vector<Zxid>& entries,
                                                         Moment moment) {
  RaftMessage message = TRY(decode_raft_message(head));
  message.from = from;
  message.to = core_.self();
  if (const auto* append = std::get_if<AppendRequest>(&message.body)) entries = append->entries;
  return translate(core_.receive(message, moment));
}

EngineEffects RaftEngine::translate(RaftEffects effects) {
  EngineEffects made;
  if (effects.hard_state) made.hard_state = to_saved(*effects.hard_state);
  made.install = effects.install;
  made.truncate_after = effects.truncate_after;
  made.append = std::move(effects.append);
  made.write = effects.write;
  for (RaftMessage& message : effects.messages) {
    made.messages.push_back(to_engine(std::move(message)));
  }
  made.committed = effects.committed;
  if (effects.role) {
    made.role = EngineRole{.won = effects.role->role == RaftRole::leader,
                           .epoch = effects.role->term,
                           .leader = effects.role->leader};
  }
  made.reads = std::move(effects.reads);
  return made;
}

}  // namespace weir

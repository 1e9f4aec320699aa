#include "broker/coordination/consensus/raft_engine.h"

#include "broker/coordination/consensus/raft_wire.h"

namespace weir {

Buffer RaftProtocol::encode(const RaftMessage& message) { return encode_raft_message(message); }

Result<RaftMessage, ProtocolError> RaftProtocol::decode(ConstBytes bytes) {
  return decode_raft_message(bytes);
}

std::vector<Zxid>* RaftProtocol::entries_of(RaftMessage& message) {
  auto* const append = std::get_if<AppendRequest>(&message.body);
  return append != nullptr ? &append->entries : nullptr;
}

std::optional<Zxid> RaftProtocol::snapshot_of(const RaftMessage& message) {
  const auto* const snapshot = std::get_if<SnapshotRequest>(&message.body);
  return snapshot != nullptr ? std::optional(snapshot->zxid) : std::nullopt;
}

std::optional<Word> RaftProtocol::word_of(const RaftMessage& message) {
  if (const auto* const request = std::get_if<VoteRequest>(&message.body); request != nullptr && !request->pre) {
    return Word{Word::Kind::vote, message.term, message.from};
  }
  const auto* const reply = std::get_if<VoteReply>(&message.body);
  if (reply == nullptr || reply->pre || !reply->granted) return std::nullopt;
  return Word{Word::Kind::vote, message.term, message.to};
}

HardState RaftProtocol::to_save(const RaftHardState& state) {
  return {.accepted_epoch = state.term,
          .current_epoch = state.term,
          .voted_for = state.voted_for ? state.voted_for->value() : HardState::kNobody,
          .reinitialised = state.reinitialised};
}

RaftHardState RaftProtocol::from_saved(const HardState& saved) {
  RaftHardState state{
      .term = saved.current_epoch, .voted_for = {}, .reinitialised = saved.reinitialised};
  if (saved.voted_for != HardState::kNobody) state.voted_for = ServerId{saved.voted_for};
  return state;
}

}  // namespace weir

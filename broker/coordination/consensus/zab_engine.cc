#include "broker/coordination/consensus/zab_engine.h"

#include <fmt/format.h>

#include "broker/coordination/consensus/zab_wire.h"

namespace weir {
namespace {

constexpr Site kPhase{"coordination.phase"};
constexpr Site kTrunc{"sometimes.coordination.synchronised_by_trunc"};
constexpr Site kSnap{"sometimes.coordination.synchronised_by_snap"};
constexpr std::string_view kComponent = "Zab";

std::string_view text_of(SyncWay way) {
  switch (way) {
    case SyncWay::diff: return " by DIFF";
    case SyncWay::trunc: return " by TRUNC";
    case SyncWay::snap: return " by SNAP";
  }
  return "";
}

}  // namespace

Buffer ZabProtocol::encode(const ZabMessage& message) { return encode_zab_message(message); }

Result<ZabMessage, ProtocolError> ZabProtocol::decode(ConstBytes bytes) {
  return decode_zab_message(bytes);
}

std::vector<Zxid>* ZabProtocol::entries_of(ZabMessage& message) {
  auto* const proposals = std::get_if<ZabProposals>(&message.body);
  return proposals != nullptr ? &proposals->entries : nullptr;
}

std::optional<Zxid> ZabProtocol::snapshot_of(const ZabMessage& message) {
  const auto* const snapshot = std::get_if<ZabSnapshot>(&message.body);
  return snapshot != nullptr ? std::optional(snapshot->zxid) : std::nullopt;
}

std::optional<Word> ZabProtocol::word_of(const ZabMessage& message) {
  if (std::holds_alternative<ZabAckEpoch>(message.body)) return Word{Word::Kind::promise, message.epoch, message.to};
  if (std::holds_alternative<ZabLeaderInfo>(message.body)) return Word{Word::Kind::promise, message.epoch, message.from};
  if (std::holds_alternative<ZabFollowerInfo>(message.body)) return Word{Word::Kind::asks, message.epoch, message.to};
  if (std::holds_alternative<ZabAckNewLeader>(message.body)) return Word{Word::Kind::joined, message.epoch, message.to};
  return std::nullopt;
}

HardState ZabProtocol::to_save(const ZabHardState& state) {
  return {.accepted_epoch = state.accepted_epoch,
          .current_epoch = state.current_epoch,
          .reinitialised = state.reinitialised};
}

ZabHardState ZabProtocol::from_saved(const HardState& saved) {
  return {.accepted_epoch = saved.accepted_epoch,
          .current_epoch = saved.current_epoch,
          .reinitialised = saved.reinitialised};
}

void ZabProtocol::note(const ZabEffects& effects) const {
  for (const PhaseChange& change : effects.phases) {
    env_.trace.event(kPhase, static_cast<uint64_t>(change.phase), change.epoch,
                     change.way ? 1 + static_cast<uint64_t>(*change.way) : 0);
    if (change.way == SyncWay::trunc) sometimes(env_.buggify, kTrunc);
    if (change.way == SyncWay::snap) sometimes(env_.buggify, kSnap);
    log_line(env_.log, LogLevel::debug, kComponent, [&] {
      return fmt::format("server {}: {}{}, epoch {}", self_.value(), text_of(change.phase),
                         change.way ? text_of(*change.way) : "", change.epoch);
    });
  }
}

}  // namespace weir

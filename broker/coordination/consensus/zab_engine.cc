#include "broker/coordination/consensus/zab_engine.h"

#include <fmt/format.h>

#include <utility>

#include "broker/coordination/consensus/zab_wire.h"

namespace weir {
namespace {

constexpr Site kPhase{"coordination.phase"};
constexpr Site kTrunc{"sometimes.coordination.synchronised_by_trunc"};
constexpr Site kSnap{"sometimes.coordination.synchronised_by_snap"};
constexpr std::string_view kComponent = "Zab";

EngineMessage to_engine(ZabMessage message) {
  EngineMessage made{.to = message.to, .entries = {}, .snapshot = {}, .encode = {}};
  if (const auto* own = std::get_if<ZabProposals>(&message.body)) made.entries = own->entries;
  if (const auto* snapshot = std::get_if<ZabSnapshot>(&message.body)) made.snapshot = snapshot->zxid;
  made.encode = [message = std::move(message)](size_t entries) mutable {
    auto* const own = std::get_if<ZabProposals>(&message.body);
    if (own != nullptr && own->entries.size() > entries) own->entries.resize(entries);
    return encode_zab_message(message);
  };
  return made;
}

std::string_view text_of(SyncWay way) {
  switch (way) {
    case SyncWay::diff: return " by DIFF";
    case SyncWay::trunc: return " by TRUNC";
    case SyncWay::snap: return " by SNAP";
  }
  return "";
}

}  // namespace

ZabHardState zab_hard_state(const HardState& saved) {
  return {.accepted_epoch = saved.accepted_epoch, .current_epoch = saved.current_epoch};
}

Result<EngineEffects, ProtocolError> ZabEngine::receive(ServerId from, ConstBytes head,
                                                        std::vector<Zxid>& entries, Moment moment) {
  ZabMessage message = TRY(decode_zab_message(head));
  message.from = from;
  message.to = self_;
  if (const auto* own = std::get_if<ZabProposals>(&message.body)) entries = own->entries;
  return translate(core_.receive(message, moment));
}

EngineEffects ZabEngine::translate(ZabEffects effects) {
  for (const PhaseChange& change : effects.phases) {
    env_.trace.event(kPhase, static_cast<uint64_t>(change.phase), change.epoch,
                     change.way ? 1 + static_cast<uint64_t>(*change.way) : 0);
    if (change.way == SyncWay::trunc) sometimes(env_.buggify, kTrunc);
    if (change.way == SyncWay::snap) sometimes(env_.buggify, kSnap);
    log_line(env_.log, LogLevel::debug, kComponent, [&] {
      return fmt::format("server {}: {}{}, epoch {}", self_.value(), weir::text_of(change.phase),
                         change.way ? text_of(*change.way) : "", change.epoch);
    });
  }
  EngineEffects made;
  if (effects.hard_state) {
    made.hard_state = HardState{.accepted_epoch = effects.hard_state->accepted_epoch,
                                .current_epoch = effects.hard_state->current_epoch};
  }
  made.install = effects.install;
  made.truncate_after = effects.truncate_after;
  made.append = std::move(effects.append);
  made.write = effects.write;
  for (ZabMessage& message : effects.messages) made.messages.push_back(to_engine(std::move(message)));
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

// A server that has lost its disk: how it finds out what it must not promise. Why this is enough:
// zab_core.h. How it comes to its voice again: join_epoch() in zab_sync.cc.
#include <algorithm>

#include "broker/coordination/consensus/zab_core.h"

namespace weir {

void ZabCore::ask_epochs() {
  ask_epochs_at_ = moment_.now + options_.heartbeat_interval;
  for (const ServerId to : options_.servers) {
    if (to == options_.self) continue;
    out_.messages.push_back({.from = options_.self,
                             .to = to,
                             .epoch = hard_.accepted_epoch,
                             .body = ZabEpochRequest{life_}});
  }
}

void ZabCore::on(const ZabEpochRequest& request, const ZabMessage& message) {
  out_.messages.push_back({.from = options_.self,
                           .to = message.from,
                           .epoch = hard_.accepted_epoch,
                           .body = ZabEpochReply{request.life, hard_.reinitialised}});
}

void ZabCore::on(const ZabEpochReply& reply, const ZabMessage& message) {
  if (!is_deaf() || (reply.life != life_ && rules_.epoch_replies_are_fresh)) return;
  const auto [entry, first] =
      heard_.emplace(message.from, Heard{message.epoch, reply.reinitialised});
  entry->second.epoch = std::max(entry->second.epoch, message.epoch);
  entry->second.reinitialised = entry->second.reinitialised && reply.reinitialised;
  hear_epochs();
}

void ZabCore::hear_epochs() {
  size_t forgetful = 1;
  uint32_t latest = hard_.accepted_epoch;
  for (const auto& [server, heard] : heard_) {
    if (heard.reinitialised) ++forgetful;
    latest = std::max(latest, heard.epoch);
  }
  const size_t servers = options_.servers.size();
  if (heard_.size() + 1 < servers || forgetful > servers - quorum()) return;
  epochs_heard_ = true;
  hard_.accepted_epoch = latest;
  hard_.reinitialised = rules_.reinitialised_is_brought_up;
  save_hard_state();
  start_election();
}

}  // namespace weir

#include "scenarios/ambush_points.h"

#include <algorithm>

namespace weir {
namespace {

using Engine = AmbushPoint::Engine;

constexpr AmbushPoint kPoints[] = {
    {"coordination.won", Engine::both, "a leader that has appended its first entry, which nobody has yet: of such is figure 8 of the paper"},
    {"coordination.appended", Engine::both, "entries that are written and not synced: whoever counts them loses them"},
    {"coordination.synced", Engine::both, "entries that are durable here; the ack, or the leader's commit, is next"},
    {"coordination.committed", Engine::both, "the leader knows, the followers do not"},
    {"coordination.saved", Engine::both, "a term, vote or epoch is durable, and nobody has heard of it"},
    {"coordination.truncated", Engine::both, "a log that is cut and has not got yet what belongs there"},
    {"coordination.installed", Engine::both, "a snapshot that stands in the log's place, not restored yet"},
    {"coordination.voted", Engine::raft, "a vote that counts: its giver must not forget it"},
    {"coordination.promised", Engine::zab, "a promise that counts: its giver must not forget it"},
    {"coordination.asks", Engine::zab, "a follower without the leader's history"},
    {"coordination.joined", Engine::zab, "NEWLEADER is acked: the history must be there, under its epoch"},
};

}  // namespace

std::span<const AmbushPoint> ambush_points() { return kPoints; }

std::vector<std::string> ambush_points_of(bool zab) {
  const Engine other = zab ? Engine::raft : Engine::zab;
  std::vector<std::string> names;
  for (const AmbushPoint& point : kPoints) {
    if (point.engine != other) names.emplace_back(point.name);
  }
  return names;
}

}  // namespace weir

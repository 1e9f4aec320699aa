#include "scenarios/ensemble_watch.h"

#include "broker/coordination/consensus/trace_points.h"

namespace weir {
namespace {

constexpr Site kRestored{"coordination.restored"};
constexpr Site kApplied{"coordination.applied"};
constexpr Site kRole{"coordination.role"};

Zxid zxid_of(uint64_t value) { return Zxid{static_cast<int64_t>(value)}; }
uint32_t number_of(uint64_t value) { return static_cast<uint32_t>(value); }

}  // namespace

bool EnsembleWatch::told(uint32_t node, const Site& site, const std::array<uint64_t, 4>& values) {
  using namespace trace_points;
  if (site.id == kApplied.id) {
    oracle.applied(node, zxid_of(values[0]), values[1]);
  } else if (site.id == kRestored.id) {
    oracle.restored(node, zxid_of(values[0]));
  } else if (site.id == kRole.id) {
    oracle.role(node, static_cast<EnsembleRole>(values[0]), number_of(values[1]), number_of(values[2]));
  } else if (site.id == kCommitted.id) {
    oracle.committed(node, zxid_of(values[0]));
  } else if (site.id == kVoted.id) {
    oracle.voted(node, number_of(values[0]), number_of(values[1]));
  } else if (site.id == kPromised.id) {
    oracle.promised(node, number_of(values[0]), number_of(values[1]));
  } else if (site.id == kAsks.id) {
    oracle.asks(node, number_of(values[0]));
  } else if (site.id == kWon.id) {
    oracle.won(node, number_of(values[0]));
  } else {
    return told_of_log(node, site, values);
  }
  return true;
}

bool EnsembleWatch::told_of_log(uint32_t node, const Site& site, const std::array<uint64_t, 4>& values) {
  using namespace trace_points;
  DurableLogs& logs = oracle.durable();
  if (site.id == kOpened.id) {
    logs.opened(node, zxid_of(values[0]), number_of(values[1]), values[2] != 0);
  } else if (site.id == kHeld.id) {
    logs.held(node, zxid_of(values[0]), zxid_of(values[1]));
  } else if (site.id == kAppended.id) {
    logs.appended(node, zxid_of(values[0]), zxid_of(values[1]));
  } else if (site.id == kSynced.id) {
    logs.synced(node, zxid_of(values[0]));
  } else if (site.id == kTruncated.id) {
    logs.truncated(node, zxid_of(values[0]));
  } else if (site.id == kInstalled.id) {
    logs.installed(node, zxid_of(values[0]));
  } else if (site.id == kSaved.id) {
    logs.saved(node, number_of(values[1]), values[2] != 0);
  } else {
    return false;
  }
  return true;
}

}  // namespace weir

#include "broker/coordination/snapshots.h"

#include <fmt/core.h>

#include "broker/coordination/znode/snapshot.h"

namespace weir {
namespace {

constexpr Site kTaken{"sometimes.coordination.snapshot"};
constexpr Site kEarly{"buggify.coordination.early_snapshot"};
constexpr size_t kPieceBytes = 64 << 10;
constexpr Duration kLookEvery = seconds(1);
constexpr std::string_view kComponent = "SnapshotTaker";

}  // namespace

Result<Done, std::string> await_restore_snapshot(TxnStore& store, CoordinationState& state) {
  const auto zxid = store.snapshot_zxid();
  if (!zxid) return Done{};
  auto reader = store.await_read_snapshot(*zxid);
  if (!reader) return Failure{reader.error().what};
  SnapshotDecoder decoder(state.tree, state.sessions);
  Buffer piece(kPieceBytes);
  for (;;) {
    const auto read = (*reader)->await_read(piece);
    if (!read) return Failure{read.error().what};
    if (*read == 0) break;
    const auto added = decoder.add(ConstBytes(piece).first(*read));
    if (!added) return Failure{fmt::format("snapshot {:x}: {}", zxid->value(), added.error().message)};
  }
  if (!decoder.complete()) return Failure{fmt::format("snapshot {:x}: it ends early", zxid->value())};
  state.applied = *zxid;
  return Done{};
}

Result<Done, StorageError> SnapshotTaker::await_run() {
  uint64_t last = 0;  // what was restored at the start counts: whoever restarts often would never take one
  const uint64_t every = limit<uint64_t>(env_.buggify, kEarly, every_, 20);
  while (!stop_.requested()) {
    await_sleep(env_.scheduler, env_.clock.now() + kLookEvery, &stop_);
    if (stop_.requested()) break;
    if (state_.applied_count < last) last = 0;  // the state was replaced
    if (state_.applied_count - last < every) continue;
    last = state_.applied_count;
    const auto taken = await_take();
    // The leader has sent one meanwhile.
    if (!taken && taken.error().kind != StorageErrorKind::superseded) return taken;
  }
  return Done{};
}

Result<Done, StorageError> SnapshotTaker::await_take() {
  const Mutex::Lock lock = one_at_a_time_.await_lock();
  const Zxid zxid = state_.applied;
  if (zxid <= store_.snapshot_zxid().value_or(kNoZxid) || zxid > store_.last_zxid()) return Done{};
  auto writer = TRY(store_.await_begin_snapshot(zxid, SnapshotKind::taken));
  SnapshotEncoder encoder(state_.tree, state_.sessions);
  uint64_t bytes = 0;
  for (;;) {
    const Buffer piece = encoder.next_piece(kPieceBytes);
    if (piece.empty()) break;
    bytes += piece.size();
    TRY(writer->await_write(piece));
    env_.scheduler.await_yield();
  }
  const auto finished = store_.await_finish_snapshot(std::move(writer));
  if (!finished) return finished;
  sometimes(env_.buggify, kTaken);
  log_line(env_.log, LogLevel::info, kComponent, [&] {
    return fmt::format("snapshot of zxid {:#x}: {} bytes", zxid.value(), bytes);
  });
  TRY(store_.await_purge());
  consensus_.purged();
  return Done{};
}

}  // namespace weir

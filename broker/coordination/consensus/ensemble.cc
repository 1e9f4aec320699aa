// Its fibers, and what the core wants done on disk. What it says to others: ensemble_messages.cc; what it tells the
// state: ensemble_apply.cc.
#include "broker/coordination/consensus/ensemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "broker/coordination/consensus/epoch_runs.h"
#include "broker/coordination/consensus/trace_points.h"

namespace weir {

constexpr size_t kRecentBytes = 4 << 20;  // some ten thousand changes: who is further behind reads the store
constexpr size_t kAppendsAtATime = 1024;
constexpr Duration kPatience = seconds(10);
constexpr size_t kPieceBytes = 64 << 10;
constexpr std::string_view kComponent = "Ensemble";

namespace {
constexpr Site kDraw{"coordination.consensus_draw"};
constexpr Site kLinks{"coordination.peer_links"};
constexpr Site kPerformer{"coordination.performer"};
constexpr Site kSyncer{"coordination.syncer"};
constexpr Site kTicker{"coordination.ticker"};
constexpr Site kApplier{"coordination.applier"};
constexpr Site kCutOff{"sometimes.coordination.log_truncated"};
constexpr Site kReplaced{"sometimes.coordination.snapshot_installed"};
constexpr Site kBroughtUp{"sometimes.coordination.brought_up"};
constexpr Site kGroup{"sometimes.coordination.ensemble_group_commit"};
constexpr Site kFewRecent{"buggify.coordination.few_recent_entries"};

uint64_t number(Zxid zxid) { return static_cast<uint64_t>(zxid.value()); }

}  // namespace

struct EnsembleConsensus::Incoming {
  Mutex::Lock lock;
  std::unique_ptr<SnapshotWriter> writer;
};

EnsembleConsensus::EnsembleConsensus(Env& env, TxnStore& store, std::unique_ptr<EngineCore> core,
                                     const PeerLinksOptions& links, Listener& listener,
                                     Mutex& snapshots, Restore await_restore)
    : env_(env),
      store_(store),
      core_(std::move(core)),
      self_(links.self),
      listener_(listener),
      snapshots_(snapshots),
      await_restore_(std::move(await_restore)),
      links_(env, links, *this),
      recent_(limit<size_t>(env.buggify, kFewRecent, kRecentBytes, 0)),
      performer_(env.scheduler),
      syncer_(env.scheduler),
      ticker_(env.scheduler),
      applier_(env.scheduler),
      applied_(store.snapshot_zxid().value_or(kNoZxid)),
      installed_(applied_),
      stop_(env.scheduler),
      fibers_(env.scheduler),
      senders_(env.scheduler) {}

EnsembleConsensus::~EnsembleConsensus() = default;

// --- its life ------------------------------------------------------------------------------------

Result<Done, StorageError> EnsembleConsensus::await_run(StateMachine& state) {
  spawn_in(fibers_, env_.scheduler, kLinks, [this] { links_.await_run(listener_); });
  spawn_in(fibers_, env_.scheduler, kPerformer, [this] { stop(await_perform_all()); });
  spawn_in(fibers_, env_.scheduler, kSyncer, [this] { stop(await_sync_all()); });
  spawn_in(fibers_, env_.scheduler, kTicker, [this] { await_tick(); });
  spawn_in(fibers_, env_.scheduler, kApplier, [this, &state] { stop(await_apply_all(state)); });
  fibers_.await_close();  // lets nobody in from here on
  senders_.await_close();
  return result_;
}

void EnsembleConsensus::stop(const Result<Done, StorageError>& why) {
  if (!why && result_) result_ = why;
  close();
}

void EnsembleConsensus::close() {
  closed_ = true;
  stop_.request();
  work_.clear();  // a snapshot among it keeps others from writing theirs
  listener_.close();
  links_.close();
  performer_.wake_all();
  syncer_.wake_all();
  ticker_.wake_all();
  applier_.wake_all();
}

Moment EnsembleConsensus::moment() {
  return {env_.clock.now(), env_.random.choose(kDraw, uint64_t{1} << 62)};
}

void EnsembleConsensus::await_tick() {
  while (!closed_) {
    if (env_.clock.now() >= core_->deadline()) {
      take(core_->tick(moment()));
    } else {
      sleeps_until_ = core_->deadline();
      ticker_.await({.deadline = sleeps_until_});
    }
  }
}

// --- what is asked of it ---------------------------------------------------------------------------

std::optional<Zxid> EnsembleConsensus::propose(Buffer payload) {
  if (closed_) return std::nullopt;
  EngineEffects effects = core_->propose(1, moment());
  if (effects.append.size() != 1) {
    take(std::move(effects));
    return std::nullopt;
  }
  const Zxid zxid = effects.append.front();
  std::vector<Payload> payloads;
  payloads.push_back({zxid, std::make_shared<const Buffer>(std::move(payload))});
  take(std::move(effects), std::move(payloads));
  flush_wanted_ = true;
  return zxid;
}

void EnsembleConsensus::confirm(uint64_t id) { take(core_->read(id, moment())); }

void EnsembleConsensus::send(ServerId to, Buffer message, Urgency urgency) {
  links_.send(to, PeerFrameKind::state_machine, message, urgency);
}

void EnsembleConsensus::purged() {
  compact_wanted_ = true;
  compact_core();
}

// What the store has purged it has synced, of which the core may not have heard yet.
void EnsembleConsensus::compact_core() {
  if (!compact_wanted_ || !store_.snapshot_zxid()) return;
  const Zxid base = store_.base_zxid();
  const Zxid snapshot = *store_.snapshot_zxid();
  if (base > core_->synced() || snapshot > applied_ || base < core_->log_base()) return;
  compact_wanted_ = false;
  core_->compact(base, snapshot);
}

// --- what comes from others ------------------------------------------------------------------------

void EnsembleConsensus::on_frame(ServerId from, PeerFrameKind kind, ConstBytes bytes) {
  if (closed_) return;
  if (kind == PeerFrameKind::state_machine) {
    tell({.kind = Told::Kind::message, .from = from, .message = Buffer(bytes.begin(), bytes.end())});
    return;
  }
  const auto ignored = [&](std::string_view why) {
    log_line(env_.log, LogLevel::warn, kComponent, [&] {
      return fmt::format("a frame of {} bytes from server {} ignored: {}", bytes.size(),
                         from.value(), why);
    });
  };
  if (kind != PeerFrameKind::consensus) return ignored("unknown kind");
  auto frame = decode_jute<ConsensusFrame>(bytes);
  if (!frame) return ignored(frame.error().message);
  std::vector<Zxid> names;
  auto effects = core_->receive(from, frame->message, {frame->payloads.size(), {}}, names, moment());
  if (!effects) return ignored(effects.error().message);
  std::vector<Payload> payloads;
  for (size_t i = 0; i < names.size(); ++i) {
    payloads.push_back({names[i], std::make_shared<const Buffer>(std::move(frame->payloads[i]))});
  }
  take(std::move(*effects), std::move(payloads));
}

void EnsembleConsensus::await_take_snapshot(ServerId from, const SnapshotHead& head,
                                            FiberStream& stream) {
  std::unique_ptr<Incoming> incoming(new Incoming{snapshots_.await_lock(), nullptr});
  const auto receive = [&]() -> Result<Done, std::string> {
    auto writer = store_.await_begin_snapshot(head.zxid, SnapshotKind::installed);
    if (!writer) return Failure{writer.error().what};
    incoming->writer = std::move(*writer);
    Buffer piece(kPieceBytes);
    for (auto left = static_cast<uint64_t>(head.size_bytes); left > 0 && !closed_;) {
      const WaitLimit patience{env_.clock.now() + kPatience, &stop_};
      const auto got = stream.await_read(
          MutableBytes(piece).first(std::min<uint64_t>(left, piece.size())), patience);
      if (!got || *got == 0) return Failure{std::string("the connection has ended")};
      const auto written = incoming->writer->await_write(ConstBytes(piece).first(*got));
      if (!written) return Failure{written.error().what};
      left -= *got;
    }
    return Done{};
  };
  const auto received = receive();
  if (closed_) return;
  if (received) {
    std::vector<Zxid> names;
    auto effects = core_->receive(from, head.message, {0, head.zxid}, names, moment());
    if (effects) take(std::move(*effects), {}, std::move(incoming));
    return;
  }
  log_line(env_.log, LogLevel::warn, kComponent, [&] {
    return fmt::format("the snapshot of zxid {:#x} from server {} is given up: {}", head.zxid.value(),
                       from.value(), received.error());
  });
}

// --- what is to be done ----------------------------------------------------------------------------

namespace {

// Heartbeats, acks, votes: nothing that the disk or a payload is needed for.
bool only_speaks(const EngineEffects& effects) {
  return !effects.hard_state && effects.write == 0 &&
         std::ranges::none_of(effects.messages, [](const EngineMessage& message) {
           return message.snapshot || !message.entries.empty();
         });
}

}  // namespace

void EnsembleConsensus::take(EngineEffects effects, std::vector<Payload> payloads,
                             std::unique_ptr<Incoming> snapshot) {
  Work work;
  if (effects.hard_state) ++saves_wanted_;
  // A role that begins comes before what is committed under it.
  if (effects.role) {
    if (effects.role->won) env_.trace.event(trace_points::kWon, effects.role->epoch);
    tell({.kind = Told::Kind::role, .role = *effects.role});
  }
  if (effects.install) {
    recent_.clear();
    tell({.kind = Told::Kind::installed, .zxid = *effects.install});
  }
  if (effects.truncate_after) recent_.truncate_after(*effects.truncate_after);
  auto own = payloads.begin();  // in the same order, and perhaps some before that are here already
  for (const Zxid zxid : effects.append) {
    while (own != payloads.end() && own->zxid < zxid) ++own;
    work.append.push_back({zxid, own != payloads.end() && own->zxid == zxid ? own->bytes : std::make_shared<const Buffer>()});
    recent_.put(zxid, work.append.back().bytes);
  }
  if (effects.committed && !effects.install) {
    // It may rest on what is saved with it: under Zab a leader that joins its epoch last.
    tell({.kind = Told::Kind::committed, .after_saves = saves_wanted_, .zxid = *effects.committed});
  }
  for (const ReadAnswer& read : effects.reads) tell({.kind = Told::Kind::read, .read = read});
  if (core_->deadline() < sleeps_until_) ticker_.wake_one();
  if (closed_) return;
  if (!effects.hard_state && effects.write == 0 && effects.messages.empty()) return;
  if (!performing_ && work_.empty() && only_speaks(effects)) {
    for (EngineMessage& message : effects.messages) send(message, {});
    return;
  }
  if (effects.install) work.snapshot = std::move(snapshot);
  work.effects = std::move(effects);
  work_.push_back(std::move(work));
  performer_.wake_one();
}

Result<Done, StorageError> EnsembleConsensus::await_perform_all() {
  while (!closed_) {
    if (std::exchange(flush_wanted_, false)) take(core_->flush(moment()));
    if (work_.empty()) {
      performer_.await({});
      continue;
    }
    Work work = next_work();
    performing_ = true;
    TRY(await_perform(work));
    performing_ = false;
  }
  return Done{};
}

// What comes first, and what follows it and only appends and sends: it is one write to the log then.
EnsembleConsensus::Work EnsembleConsensus::next_work() {
  Work work = std::move(work_.front());
  work_.pop_front();
  while (!work_.empty() && work.append.size() < kAppendsAtATime) {
    EngineEffects& next = work_.front().effects;
    if (next.hard_state || next.install || next.truncate_after) break;
    std::move(work_.front().append.begin(), work_.front().append.end(), std::back_inserter(work.append));
    std::move(next.messages.begin(), next.messages.end(), std::back_inserter(work.effects.messages));
    work.effects.write = std::max(work.effects.write, next.write);
    work_.pop_front();
  }
  return work;
}

Result<Done, StorageError> EnsembleConsensus::await_perform(Work& work) {
  EngineEffects& effects = work.effects;
  if (effects.hard_state) {
    const bool was_reinitialised = store_.hard_state() && store_.hard_state()->reinitialised;
    TRY(store_.await_save_hard_state(*effects.hard_state));
    note_saved(*effects.hard_state);
    if (was_reinitialised && !effects.hard_state->reinitialised) {
      sometimes(env_.buggify, kBroughtUp);
      log_line(env_.log, LogLevel::info, kComponent, [&] {
        return fmt::format("server {} has been brought up, and takes part again", self_.value());
      });
    }
  }
  if (effects.install) {
    CHECK_MSG(work.snapshot != nullptr && work.snapshot->writer->zxid() == *effects.install,
              "a snapshot is installed when it has come");
    TRY(store_.await_finish_snapshot(std::move(work.snapshot->writer)));
    work.snapshot.reset();
    installed_ = *effects.install;
    sometimes(env_.buggify, kReplaced);
    env_.trace.event(trace_points::kInstalled, number(installed_));
    applier_.wake_all();
  }
  if (effects.truncate_after) {
    sometimes(env_.buggify, kCutOff);
    TRY(store_.await_truncate_after(*effects.truncate_after));
    env_.trace.event(trace_points::kTruncated, number(*effects.truncate_after));
  }
  if (!work.append.empty()) {
    std::vector<TxnRecord> records;
    for (const Payload& entry : work.append) records.push_back({entry.zxid, *entry.bytes});
    TRY(store_.await_append(records));
    for_each_epoch_run(work.append, [](const Payload& entry) { return entry.zxid; },
                       [this](Zxid first, Zxid last) {
                         env_.trace.event(trace_points::kAppended, number(first), number(last));
                       });
  }
  if (effects.write != 0) {
    appended_write_ = effects.write;
    syncer_.wake_one();
  }
  for (EngineMessage& message : effects.messages) await_send(message);
  return Done{};
}

void EnsembleConsensus::note_saved(const HardState& saved) {
  env_.trace.event(trace_points::kSaved, saved.accepted_epoch, saved.current_epoch, saved.reinitialised ? 1 : 0);
  ++saves_done_;
  applier_.wake_all();
}

Result<Done, StorageError> EnsembleConsensus::await_sync_all() {
  while (!closed_) {
    if (appended_write_ == synced_write_) {
      syncer_.await({});
      continue;
    }
    const uint64_t write = appended_write_;
    if (write - synced_write_ > 1) sometimes(env_.buggify, kGroup);
    TRY(store_.await_sync());
    synced_write_ = write;
    EngineEffects effects = core_->written(write, moment());
    env_.trace.event(trace_points::kSynced, number(core_->synced()));
    take(std::move(effects));
    compact_core();
  }
  return Done{};
}

}  // namespace weir

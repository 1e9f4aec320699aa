// What the state is told: commits, snapshots, roles, reads and messages, in one fiber and in their order.
#include <fmt/format.h>

#include "broker/coordination/consensus/ensemble.h"
#include "broker/coordination/consensus/trace_points.h"

namespace weir {
namespace {

constexpr Site kRole{"coordination.role"};
constexpr Site kLed{"sometimes.coordination.leads"};
constexpr std::string_view kComponent = "Ensemble";
constexpr size_t kEntriesAtATime = 256;
constexpr size_t kBytesAtATime = 4 << 20;

std::string_view to_text(ServerRole role) {
  switch (role) {
    case ServerRole::looking: return "looking for a leader";
    case ServerRole::following: return "following";
    case ServerRole::leading: return "leading";
  }
  return "";
}

}  // namespace

void EnsembleConsensus::tell(Told told) {
  told_.push_back(std::move(told));
  applier_.wake_one();
}

Result<Done, StorageError> EnsembleConsensus::await_apply_all(StateMachine& state) {
  change_role(state, {});
  while (!closed_) {
    if (told_.empty()) {
      applier_.await({});
      continue;
    }
    const Told told = std::move(told_.front());
    told_.pop_front();
    TRY(await_apply(state, told));
  }
  return Done{};
}

Result<Done, StorageError> EnsembleConsensus::await_apply(StateMachine& state, const Told& told) {
  switch (told.kind) {
    case Told::Kind::committed: return await_commit(state, told);
    case Told::Kind::installed: return await_install(told.zxid);
    case Told::Kind::read: state.on_confirmed(told.read.id, told.read.at); return Done{};
    case Told::Kind::message: state.on_message(told.from, told.message); return Done{};
    case Told::Kind::role: break;
  }
  won_.reset();
  if (told.role.won) won_ = told.role.epoch;
  const bool follows = !told.role.won && told.role.leader.has_value();
  // A server that looks on has no clients to tell.
  const bool looks_on = !follows && view_.role == ServerRole::looking;
  if (looks_on) return Done{};
  change_role(state, {.role = follows ? ServerRole::following : ServerRole::looking,
                      .epoch = told.role.epoch,
                      .leader = follows ? told.role.leader : std::nullopt});
  return Done{};
}

void EnsembleConsensus::change_role(StateMachine& state, const RoleView& view) {
  view_ = view;
  env_.trace.event(kRole, static_cast<uint64_t>(view.role), view.epoch,
                   view.leader ? static_cast<uint64_t>(view.leader->value()) : 0);
  log_line(env_.log, LogLevel::info, kComponent, [&] {
    return fmt::format("server {} is {}{}, epoch {}", self_.value(), to_text(view.role),
                       view.role == ServerRole::following
                           ? fmt::format(" server {}", view.leader->value())
                           : std::string(),
                       view.epoch);
  });
  state.on_role(view);
}

Result<Done, StorageError> EnsembleConsensus::await_commit(StateMachine& state, const Told& told) {
  while (saves_done_ < told.after_saves && !closed_) applier_.await({});
  if (closed_) return Done{};
  env_.trace.event(trace_points::kCommitted, static_cast<uint64_t>(told.zxid.value()));
  return await_apply_to(state, told.zxid);
}

Result<Done, StorageError> EnsembleConsensus::await_apply_to(StateMachine& state, Zxid target) {
  while (applied_ < target && !closed_) {
    // A snapshot has taken the place of what would come next; it is told of behind this.
    if (applied_ < core_->log_base()) return Done{};
    std::vector<Zxid> names = core_->entries_after(applied_, kEntriesAtATime);
    while (!names.empty() && names.back() > target) names.pop_back();
    if (names.empty()) return Done{};
    const auto entries = await_collect(names, kBytesAtATime);
    if (applied_ < core_->log_base()) return Done{};
    if (!entries) return entries.error();
    if (entries->empty()) {
      return StorageError(StorageErrorKind::corrupt,
                          fmt::format("the committed transaction {:x} is not in the log",
                                      names.front().value()));
    }
    for (const Payload& entry : *entries) {
      applied_ = entry.zxid;
      state.apply(entry.zxid, *entry.bytes);
      if (won_ == epoch_of(entry.zxid)) {
        won_.reset();
        sometimes(env_.buggify, kLed);
        change_role(state, {ServerRole::leading, epoch_of(entry.zxid), self_});
      }
    }
    recent_.applied(applied_);
    if (applied_ < target) env_.scheduler.await_yield();
  }
  return Done{};
}

Result<Done, StorageError> EnsembleConsensus::await_install(Zxid zxid) {
  while (installed_ < zxid && !closed_) applier_.await({});
  if (closed_) return Done{};
  const auto restored = await_restore_();
  if (!restored) return StorageError(StorageErrorKind::corrupt, restored.error());
  applied_ = zxid;
  return Done{};
}

}  // namespace weir

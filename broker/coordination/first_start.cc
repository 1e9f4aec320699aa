#include "broker/coordination/first_start.h"

#include <fmt/format.h>

namespace weir {
namespace {

constexpr Site kReinitialised{"sometimes.coordination.reinitialised"};
constexpr Site kBugWipedIsNew{"bug.coordination-wiped-is-new"};
constexpr std::string_view kComponent = "Coordinator";

bool holds_nothing(const TxnStore& store) {
  return !store.hard_state() && !store.snapshot_zxid() && store.last_zxid() == kNoZxid;
}

Result<bool, IoError> await_is_marked(Disk& disk, std::string_view directory) {
  for (const DirectoryEntry& entry : TRY(disk.await_list(directory))) {
    if (entry.name == kInitializeMarker) return true;
  }
  return false;
}

Result<Done, IoError> await_remove_marker(Disk& disk, std::string_view directory) {
  TRY(disk.await_remove(fmt::format("{}/{}", directory, kInitializeMarker)));
  return disk.await_sync_directory(directory);
}

Result<Done, std::string> await_begin_reinitialised(Env& env, TxnStore& store,
                                                    std::string_view directory,
                                                    const CoordinatorConfig& config) {
  const std::string how = fmt::format("if this is its first start, make the file {}/{} in log.dirs",
                                      directory, kInitializeMarker);
  if (config.servers.size() <= 1) {
    return Failure{
        fmt::format("the directory {} in log.dirs has no data, and coordinator.db.autocreate is "
                    "false: restore it, or, {}",
                    directory, how)};
  }
  sometimes(env.buggify, kReinitialised);
  log_line(env.log, LogLevel::warn, kComponent, [&] {
    return fmt::format(
        "server {} has no data and coordinator.db.autocreate is false: it takes no part before "
        "all other servers have answered and one of them has brought it up; {}",
        config.id->value(), how);
  });
  const auto saved = store.await_save_hard_state({.reinitialised = true});
  if (!saved) return Failure{saved.error().what};
  return Done{};
}

}  // namespace

Result<Done, std::string> await_first_start(Env& env, TxnStore& store, std::string_view directory,
                                            const CoordinatorConfig& config) {
  const auto marked = await_is_marked(env.disk, directory);
  if (!marked) return Failure{marked.error().what};
  const bool may_be_new = *marked || config.autocreate || planted(env.buggify, kBugWipedIsNew);
  if (holds_nothing(store) && !may_be_new) {
    return await_begin_reinitialised(env, store, directory, config);
  }
  if (!*marked) return Done{};
  if (holds_nothing(store)) {
    const auto saved = store.await_save_hard_state({});
    if (!saved) return Failure{saved.error().what};
  }
  const auto removed = await_remove_marker(env.disk, directory);
  if (!removed) return Failure{removed.error().what};
  return Done{};
}

}  // namespace weir

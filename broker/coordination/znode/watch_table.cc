#include "broker/coordination/znode/watch_table.h"

#include <algorithm>

#include "model/jute/znode_path.h"

namespace weir {

void WatchTable::add(WatchKind kind, std::string_view path, WatcherId watcher) {
  Paths& paths = of(kind);
  auto at = paths.find(path);
  if (at == paths.end()) at = paths.emplace(path, Watchers{}).first;
  if (!at->second.insert(watcher).second) return;
  by_watcher_[watcher][static_cast<size_t>(kind)].emplace(path);
  ++count_;
}

bool WatchTable::remove(WatchKind kind, std::string_view path, WatcherId watcher) {
  Paths& paths = of(kind);
  const auto at = paths.find(path);
  if (at == paths.end() || at->second.erase(watcher) == 0) return false;
  if (at->second.empty()) paths.erase(at);
  const auto own = by_watcher_.find(watcher);
  auto& own_paths = own->second[static_cast<size_t>(kind)];
  own_paths.erase(own_paths.find(path));
  --count_;
  const bool none =
      std::all_of(own->second.begin(), own->second.end(), [](const auto& p) { return p.empty(); });
  if (none) by_watcher_.erase(own);
  return true;
}

bool WatchTable::has(WatchKind kind, std::string_view path, WatcherId watcher) const {
  const auto at = of(kind).find(path);
  return at != of(kind).end() && at->second.contains(watcher);
}

size_t WatchTable::watch_count(WatcherId watcher) const {
  const auto own = by_watcher_.find(watcher);
  if (own == by_watcher_.end()) return 0;
  size_t count = 0;
  for (const auto& paths : own->second) count += paths.size();
  return count;
}

void WatchTable::forget(WatcherId watcher) {
  const auto own = by_watcher_.find(watcher);
  if (own == by_watcher_.end()) return;
  for (size_t kind = 0; kind < kWatchKinds; ++kind) {
    for (const std::string& path : own->second[kind]) {
      const auto at = paths_[kind].find(path);
      at->second.erase(watcher);
      if (at->second.empty()) paths_[kind].erase(at);
      --count_;
    }
  }
  by_watcher_.erase(own);
}

void WatchTable::tell(WatchKind kind, std::string_view path, Watchers& told) const {
  const auto at = of(kind).find(path);
  if (at != of(kind).end()) told.insert(at->second.begin(), at->second.end());
}

void WatchTable::fire_once(WatchKind kind, std::string_view path, Watchers& told) {
  const auto at = of(kind).find(path);
  if (at == of(kind).end()) return;
  const Watchers watchers = at->second;
  for (const WatcherId watcher : watchers) remove(kind, path, watcher);
  told.insert(watchers.begin(), watchers.end());
}

std::vector<WatcherId> WatchTable::trigger(ZkEvent event, std::string_view path) {
  Watchers told;
  const bool of_children = event == ZkEvent::children_changed;
  if (!of_children) fire_once(WatchKind::data, path, told);
  if (of_children || event == ZkEvent::removed) fire_once(WatchKind::child, path, told);
  tell(WatchKind::persistent, path, told);
  if (!of_children && !of(WatchKind::persistent_recursive).empty()) {
    for (std::string_view at = path; !at.empty(); at = parent_of(at)) {
      tell(WatchKind::persistent_recursive, at, told);
    }
  }
  return {told.begin(), told.end()};
}

size_t WatchTable::path_count() const {
  std::set<std::string_view> paths;
  for (const Paths& of_kind : paths_) {
    for (const auto& [path, watchers] : of_kind) paths.insert(path);
  }
  return paths.size();
}

}  // namespace weir

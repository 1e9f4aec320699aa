// WatchTable: who wants to be told of which znode.
//
//   kind                   fires on                                              and then
//   data                   creation, removal, set of the node                    is gone
//   child                  creation or removal of a child; removal of the node   is gone
//   persistent             all of these                                          stays
//   persistent_recursive   creation, removal, set of the node and all below it   stays
//
// (exists leaves a data watch.) A watcher is told of one event once, however many of its watches it meets.
// Watchers are told in ascending order of their ids. Belongs to one server; a watcher is one of its
// connections, and what a client still waits for when it comes back it registers anew (setWatches).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/jute/zk_codes.h"

namespace weir {

using WatcherId = uint64_t;

enum class WatchKind : uint8_t { data, child, persistent, persistent_recursive };
inline constexpr size_t kWatchKinds = 4;

class WatchTable {
 public:
  void add(WatchKind kind, std::string_view path, WatcherId watcher);
  // False when there was none.
  bool remove(WatchKind kind, std::string_view path, WatcherId watcher);
  [[nodiscard]] bool has(WatchKind kind, std::string_view path, WatcherId watcher) const;
  void forget(WatcherId watcher);
  // Who is to be told of it. Those that fire once are gone.
  std::vector<WatcherId> trigger(ZkEvent event, std::string_view path);

  [[nodiscard]] size_t watch_count() const { return count_; }
  [[nodiscard]] size_t watch_count(WatcherId watcher) const;
  [[nodiscard]] size_t path_count() const;
  [[nodiscard]] size_t watcher_count() const { return by_watcher_.size(); }

 private:
  using Watchers = std::set<WatcherId>;
  using Paths = std::map<std::string, Watchers, std::less<>>;
  Paths& of(WatchKind kind) { return paths_[static_cast<size_t>(kind)]; }
  [[nodiscard]] const Paths& of(WatchKind kind) const { return paths_[static_cast<size_t>(kind)]; }
  void fire_once(WatchKind kind, std::string_view path, Watchers& told);
  void tell(WatchKind kind, std::string_view path, Watchers& told) const;

  std::array<Paths, kWatchKinds> paths_;
  // The paths of each, so that forgetting one costs what it holds.
  std::map<WatcherId, std::array<std::set<std::string, std::less<>>, kWatchKinds>> by_watcher_;
  size_t count_ = 0;
};

}  // namespace weir

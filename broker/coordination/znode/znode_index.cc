#include "broker/coordination/znode/znode_index.h"

#include <algorithm>
#include <iterator>

#include "sim/base/check.h"

namespace weir {
namespace {
constexpr size_t kMost = 128;
}  // namespace

ZnodeIndex::Place ZnodeIndex::place_of(std::string_view path) const {
  const auto behind = std::upper_bound(
      runs_.begin(), runs_.end(), path,
      [](std::string_view wanted, const Run& run) { return wanted < run.front()->path(); });
  if (behind == runs_.begin()) return {};
  const Run& run = *std::prev(behind);
  const auto at = std::lower_bound(
      run.begin(), run.end(), path,
      [](const std::unique_ptr<Znode>& node, std::string_view wanted) { return node->path() < wanted; });
  return {static_cast<size_t>(behind - runs_.begin()) - 1, static_cast<size_t>(at - run.begin())};
}

bool ZnodeIndex::is_at(Place place, std::string_view path) const {
  return place.run < runs_.size() && place.slot < runs_[place.run].size() &&
         runs_[place.run][place.slot]->path() == path;
}

ZnodeIndex::Iterator ZnodeIndex::lower_bound(std::string_view path) const {
  const Place at = place_of(path);
  const bool in_next = at.run < runs_.size() && at.slot == runs_[at.run].size();
  return in_next ? Iterator(runs_, at.run + 1, 0) : Iterator(runs_, at.run, at.slot);
}

ZnodeIndex::Iterator ZnodeIndex::upper_bound(std::string_view path) const {
  Iterator at = lower_bound(path);
  if (at != end() && at->path() == path) ++at;
  return at;
}

Znode* ZnodeIndex::find(std::string_view path) const {
  const Place at = place_of(path);
  return is_at(at, path) ? runs_[at.run][at.slot].get() : nullptr;
}

Znode& ZnodeIndex::insert(std::unique_ptr<Znode> node) {
  Place at = place_of(node->path());
  CHECK(!is_at(at, node->path()));
  if (runs_.empty()) runs_.emplace_back().reserve(kMost);
  if (runs_[at.run].size() == kMost) at = make_room(at);
  Run& run = runs_[at.run];
  CHECK(run.size() < kMost);
  ++size_;
  return **run.insert(run.begin() + static_cast<ptrdiff_t>(at.slot), std::move(node));
}

ZnodeIndex::Place ZnodeIndex::make_room(Place place) {
  // Never the whole run, or whoever descends would leave one with a single node each time.
  const size_t kept = std::max(place.slot, kMost / 4);
  const size_t moved = kMost - kept;
  const size_t next = place.run + 1;
  if (next == runs_.size() || runs_[next].size() + moved + 1 > kMost) {
    runs_.emplace(runs_.begin() + static_cast<ptrdiff_t>(next))->reserve(kMost);
  }
  Run& from = runs_[place.run];
  const auto first_moved = from.begin() + static_cast<ptrdiff_t>(kept);
  runs_[next].insert(runs_[next].begin(), std::make_move_iterator(first_moved),
                     std::make_move_iterator(from.end()));
  from.erase(first_moved, from.end());
  return moved > 0 ? place : Place{next, 0};
}

void ZnodeIndex::erase(std::string_view path) {
  const Place at = place_of(path);
  if (!is_at(at, path)) return;
  Run& run = runs_[at.run];
  run.erase(run.begin() + static_cast<ptrdiff_t>(at.slot));
  --size_;
  if (run.empty()) {
    runs_.erase(runs_.begin() + static_cast<ptrdiff_t>(at.run));
    return;
  }
  join_with_next(at.run);
  if (at.run > 0) join_with_next(at.run - 1);
}

// Only what then is half full at most: else the next insertion would part them again.
void ZnodeIndex::join_with_next(size_t run) {
  if (run + 1 >= runs_.size() || runs_[run].size() + runs_[run + 1].size() > kMost / 2) return;
  Run& next = runs_[run + 1];
  std::move(next.begin(), next.end(), std::back_inserter(runs_[run]));
  runs_.erase(runs_.begin() + static_cast<ptrdiff_t>(run) + 1);
}

}  // namespace weir

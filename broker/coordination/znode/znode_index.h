// ZnodeIndex: znodes in the order of their paths, for some nine bytes a node.
//
// Runs of up to 128 pointers, of which each begins behind the end of the one before:
//
//   [/ /a /a/x]  [/b /b/1 /b/2]  [/zookeeper ...]        a path is sought among runs, then in one of them
//
// A run that is full gives what stands behind the new node to the next one, so paths that ascend, as those
// of sequential nodes and of a snapshot do, leave full runs behind. A node stays where it is in memory until
// it is erased.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "broker/coordination/znode/znode.h"

namespace weir {

class ZnodeIndex {
 public:
  // Until the next change of the index.
  class Iterator {
   public:
    Iterator& operator++() {
      if (++slot_ == (*runs_)[run_].size()) *this = Iterator(*runs_, run_ + 1, 0);
      return *this;
    }
    const Znode& operator*() const { return *(*runs_)[run_][slot_]; }
    const Znode* operator->() const { return &**this; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    friend class ZnodeIndex;
    using Runs = std::vector<std::vector<std::unique_ptr<Znode>>>;
    Iterator(const Runs& runs, size_t run, size_t slot) : runs_(&runs), run_(run), slot_(slot) {}
    const Runs* runs_;
    size_t run_;
    size_t slot_;
  };

  [[nodiscard]] Iterator begin() const { return {runs_, 0, 0}; }
  [[nodiscard]] Iterator end() const { return {runs_, runs_.size(), 0}; }
  // The first one at or behind `path`.
  [[nodiscard]] Iterator lower_bound(std::string_view path) const;
  // The first one behind `path`.
  [[nodiscard]] Iterator upper_bound(std::string_view path) const;
  [[nodiscard]] Znode* find(std::string_view path) const;
  [[nodiscard]] size_t size() const { return size_; }

  // Of a path that is not there yet.
  Znode& insert(std::unique_ptr<Znode> node);
  // Nothing happens when it is not there.
  void erase(std::string_view path);

 private:
  using Run = std::vector<std::unique_ptr<Znode>>;
  struct Place {
    size_t run = 0;
    size_t slot = 0;  // may be behind the last one of its run
  };
  [[nodiscard]] Place place_of(std::string_view path) const;
  [[nodiscard]] bool is_at(Place place, std::string_view path) const;
  // The run of `place` is full. Gives where a node that belongs there goes now.
  Place make_room(Place place);
  void join_with_next(size_t run);

  std::vector<Run> runs_;  // none is empty
  size_t size_ = 0;
};

}  // namespace weir

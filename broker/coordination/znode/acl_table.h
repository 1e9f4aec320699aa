// AclTable: the ACLs of a tree, each of them once, by numbers.
//
//   100,000 nodes of "world:anyone" have one list, and a number of four bytes each
//
// A list stays as long as a node holds it, and longer for whoever was given it.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "model/jute/records.h"
#include "sim/base/strong.h"

namespace weir {

using AclId = Strong<uint32_t, struct AclIdTag>;

class AclTable {
 public:
  // For one node more.
  AclId hold(const AclList& acl) {
    const auto known = ids_.find(acl);
    const AclId id = known != ids_.end() ? known->second : add(acl);
    ++entries_[id.value()].nodes;
    return id;
  }
  // For one node less.
  void release(AclId id) {
    Entry& entry = entries_[id.value()];
    if (--entry.nodes > 0) return;
    ids_.erase(*entry.acl);
    entry.acl = nullptr;
    unused_.push_back(id);
  }
  [[nodiscard]] const std::shared_ptr<const AclList>& of(AclId id) const {
    return entries_[id.value()].acl;
  }
  [[nodiscard]] size_t size() const { return ids_.size(); }

 private:
  struct Entry {
    std::shared_ptr<const AclList> acl;
    uint64_t nodes = 0;
  };

  AclId add(const AclList& acl) {
    if (unused_.empty()) {
      unused_.push_back(AclId{static_cast<uint32_t>(entries_.size())});
      entries_.emplace_back();
    }
    const AclId id = unused_.back();
    unused_.pop_back();
    Entry& entry = entries_[id.value()];
    entry.acl = std::make_shared<const AclList>(acl);
    ids_.emplace(acl, id);
    return id;
  }

  std::vector<Entry> entries_;
  std::vector<AclId> unused_;
  std::map<AclList, AclId> ids_;
};

}  // namespace weir

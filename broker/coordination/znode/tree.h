// ZnodeTree: the znodes of one server, as the transactions applied to it have made them.
//
//   apply(zxid, txn) -> what to answer, and the events that watches may wait for
//
// Pure, and told only transactions in order of zxid; two trees told the same are equal. Telling one again
// changes nothing (txn.h). Nothing is refused here: whether a request may be done was decided when it
// became a transaction, and one whose node has gone since (only in recovery from a fuzzy snapshot) does
// nothing.
//
// Of the counts in a stat (ZooKeeper's):
//   czxid, mzxid, pzxid   of the creation, the last set, the last creation or deletion of a child
//   version, aversion     from 0, one more at each set
//   cversion              creations and deletions of children. Kept is the number of creations alone,
//                         which also numbers sequential children: shown = 2 * creations - children.
//
// The nodes stand in the order of their paths and are not linked: a node's children are those that a walk
// behind its path meets (children()), and it knows how many. So a node without a parent, which a fuzzy
// snapshot may hold, is like any other.
//
// A new tree holds "/", "/zookeeper", "/zookeeper/quota" and "/zookeeper/config"; nobody may delete these.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/coordination/znode/acl_table.h"
#include "broker/coordination/znode/txn.h"
#include "broker/coordination/znode/znode.h"
#include "broker/coordination/znode/znode_index.h"
#include "model/jute/multi.h"
#include "model/jute/records.h"

namespace weir {

// A node as a snapshot has it. How many children it has says who follows it.
struct ZnodeImage {
  ZnodeData data;
  AclList acl;
  ZnodeStat stat;
  int32_t children_created = 0;
};

struct ZnodeEvent {
  ZkEvent event;
  std::string path;
};

struct Applied {
  ZkError error = ZkError::ok;
  std::string path;                  // of a creation
  ZnodeStat stat;                    // of a creation, a set of data or ACL
  std::vector<MultiResult> results;  // of a multi
  std::vector<ZnodeEvent> events;    // in the order in which they happened
};

class ZnodeTree {
 public:
  ZnodeTree();

  Applied apply(Zxid zxid, const Txn& txn);

  // The empty path is another name of the root, to ZooKeeper's readers as well.
  [[nodiscard]] const Znode* find(std::string_view path) const;
  [[nodiscard]] std::shared_ptr<const AclList> acl(const Znode& node) const {
    return acls_.of(node.acl());
  }
  // How many different ones there are.
  [[nodiscard]] size_t acl_count() const { return acls_.size(); }
  // Their names, in order.
  [[nodiscard]] std::vector<std::string> children(const Znode& node) const;
  [[nodiscard]] size_t size() const { return nodes_.size(); }
  [[nodiscard]] static bool is_reserved(std::string_view path);
  // Of one session, in order of their paths.
  [[nodiscard]] const std::set<std::string>& ephemerals(SessionId session) const;
  [[nodiscard]] const std::map<SessionId, std::set<std::string>>& all_ephemerals() const {
    return ephemerals_;
  }
  // For snapshots: the node with the least path behind `path`; all of them from "" on.
  [[nodiscard]] const Znode* next_after(std::string_view path) const;
  [[nodiscard]] ZnodeImage image(const Znode& node) const;
  // From a snapshot, in order of their paths: replaces a node of this path, whose children follow.
  void restore(const std::string& path, const ZnodeImage& image);
  // Of everything that clients can see; equal trees have equal digests.
  [[nodiscard]] uint64_t digest() const;

 private:
  void apply_change(Zxid zxid, const TxnHeader& header, const ChangeTxn& change, Applied& to);
  void create(Zxid zxid, const TxnHeader& header, const CreateTxn& txn, Applied& to);
  void remove(Zxid zxid, const std::string& path, Applied& to);
  // It is nobody's any more.
  void disown(const std::string& path, const Znode& node);
  // Tells each child's name, in order.
  template <class F>
  void for_each_child(std::string_view path, F&& visit) const;
  [[nodiscard]] int32_t count_children(std::string_view path) const;
  // The node of this path with this ACL, made when it is not there, and a child of its parent.
  Znode& place(std::string_view path, Znode* parent, const AclList& acl);
  void set_acl(Znode& node, const AclList& acl);

  ZnodeIndex nodes_;
  AclTable acls_;
  std::map<SessionId, std::set<std::string>> ephemerals_;
  std::set<std::string> none_;
};

}  // namespace weir

// Preparer: the leader's step from a request to a transaction (ZooKeeper's PrepRequestProcessor).
//
// Requests are prepared faster than transactions are committed, so the state that a request meets is the
// tree and, above it, what the transactions on their way will make of it:
//
//   draft      what the parts of the request in hand have changed so far
//   pending    of what was proposed and is not applied yet; each path with the zxid that leaves it so
//   the tree   what is applied
//
//   sequential creations of /q/n- by three clients, none applied yet:
//     pending /q: 1 created, then 2, 3   ->   /q/n-0000000000, n-0000000001, n-0000000002
//
// A multi that fails in one part drops its draft: nothing of it was ever visible. A request that cannot be
// done becomes an ErrorTxn, never an error here.
//
//   Txn txn = preparer.prepare(header, request, who);
//   zxid = propose(txn);   preparer.proposed(zxid);      or preparer.dropped()
//   ... committed:  tree.apply(zxid, txn);   preparer.applied(zxid);
//
// A leader that loses its place forgets all of it (a new Preparer).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "broker/coordination/znode/acl.h"
#include "broker/coordination/znode/tree.h"
#include "broker/coordination/znode/txn.h"
#include "broker/coordination/znode/write_request.h"

namespace weir {

class Preparer {
 public:
  // `close_sees_pending`: a rule that may be broken to see whether it is missed. A session's end takes the
  // ephemeral nodes along that are created and not applied yet; else they would be nobody's, for ever.
  explicit Preparer(const ZnodeTree& tree, bool close_sees_pending = true)
      : tree_(tree), close_sees_pending_(close_sees_pending) {}

  Txn prepare(const TxnHeader& header, const WriteRequest& request, const Identities& who);
  // What was prepared last stands in the log under `zxid`, or does not.
  void proposed(Zxid zxid);
  void dropped() { draft_.clear(); }
  void applied(Zxid zxid);
  [[nodiscard]] size_t pending_count() const { return pending_.size(); }

 private:
  // As much of a znode as deciding needs.
  struct Outline {
    bool exists = false;
    int32_t version = 0;
    int32_t aversion = 0;
    int32_t children_created = 0;
    int32_t child_count = 0;
    SessionId ephemeral_owner;
    std::shared_ptr<const AclList> acl;
  };
  struct Pending {
    Zxid zxid;
    Outline outline;
  };
  using Change = Result<ChangeTxn, ZkError>;

  [[nodiscard]] Outline look_up(std::string_view path) const;
  Outline& edit(std::string_view path);
  Result<Outline, ZkError> existing(std::string_view path) const;
  Change change(const TxnHeader& header, ZkOp op, const decltype(WriteRequest::body)& request,
                const Identities& who);
  Change create(const TxnHeader& header, const CreateRequest& request, const Identities& who);
  Change remove(const PathVersionRequest& request, const Identities& who);
  Change set_data(const SetDataRequest& request, const Identities& who);
  Change set_acl(const SetAclRequest& request, const Identities& who);
  Change check(const PathVersionRequest& request, const Identities& who);
  MultiTxn multi(const TxnHeader& header, const std::vector<MultiOp>& ops, const Identities& who);
  CloseSessionTxn close(SessionId session);

  const ZnodeTree& tree_;
  const bool close_sees_pending_;
  std::map<std::string, Outline, std::less<>> draft_;
  std::map<std::string, Pending, std::less<>> pending_;
  std::deque<std::pair<Zxid, std::string>> pending_order_;
};

}  // namespace weir

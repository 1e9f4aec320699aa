#include "broker/coordination/znode/preparer.h"

#include <fmt/core.h>

#include "model/jute/znode_path.h"
#include "sim/base/check.h"

namespace weir {
namespace {

// The version after one more set, when `expected` is the one that is there, or any (-1).
Result<int32_t, ZkError> next_version(int32_t current, int32_t expected) {
  if (expected != -1 && expected != current) return ZkError::bad_version;
  // -1 means any, so no znode has it.
  const auto next = static_cast<int32_t>(static_cast<uint32_t>(current) + 1);
  return next == -1 ? 0 : next;
}

// All that ZooKeeper asks of a path before it looks for the parent.
bool has_parent(std::string_view path) {
  return path.find('/') != std::string_view::npos && path.find('\0') == std::string_view::npos;
}

}  // namespace

Preparer::Outline Preparer::look_up(std::string_view path) const {
  if (const auto at = draft_.find(path); at != draft_.end()) return at->second;
  if (const auto at = pending_.find(path); at != pending_.end()) return at->second.outline;
  const Znode* const node = tree_.find(path);
  if (node == nullptr) return {};
  const ZnodeChanges now = node->history();
  return {.exists = true,
          .version = now.version,
          .aversion = now.aversion,
          .children_created = now.children_created,
          .child_count = now.child_count,
          .ephemeral_owner = now.ephemeral_owner,
          .acl = tree_.acl(*node)};
}

Preparer::Outline& Preparer::edit(std::string_view path) {
  const auto at = draft_.find(path);
  if (at != draft_.end()) return at->second;
  return draft_.emplace(path, look_up(path)).first->second;
}

Result<Preparer::Outline, ZkError> Preparer::existing(std::string_view path) const {
  Outline outline = look_up(path);
  if (!outline.exists) return ZkError::no_node;
  return outline;
}

Txn Preparer::prepare(const TxnHeader& header, const WriteRequest& request, const Identities& who) {
  draft_.clear();
  Txn txn{header, ChangeTxn{}};
  txn.header.op = request.op;
  if (const auto* const ops = std::get_if<std::vector<MultiOp>>(&request.body)) {
    txn.body = multi(header, *ops, who);
  } else if (std::holds_alternative<CloseSessionRequest>(request.body)) {
    txn.body = close(header.session);
  } else if (auto changed = change(header, request.op, request.body, who)) {
    txn.body = std::move(*changed);
  } else {
    draft_.clear();
    txn.header.op = ZkOp::error;
    txn.body = ChangeTxn{ErrorTxn{changed.error()}};
  }
  return txn;
}

Preparer::Change Preparer::change(const TxnHeader& header, ZkOp op,
                                  const decltype(WriteRequest::body)& request,
                                  const Identities& who) {
  if (const auto* const asked = std::get_if<CreateRequest>(&request)) {
    return create(header, *asked, who);
  }
  if (const auto* const asked = std::get_if<SetDataRequest>(&request)) return set_data(*asked, who);
  if (const auto* const asked = std::get_if<SetAclRequest>(&request)) return set_acl(*asked, who);
  const auto* const named = std::get_if<PathVersionRequest>(&request);
  CHECK(named != nullptr);
  return op == ZkOp::remove ? remove(*named, who) : check(*named, who);
}

Preparer::Change Preparer::create(const TxnHeader& header, const CreateRequest& request,
                                  const Identities& who) {
  const auto mode = static_cast<CreateMode>(request.flags);
  if (request.flags < 0 || request.flags > static_cast<int32_t>(CreateMode::container)) {
    return ZkError::bad_arguments;
  }
  if (mode == CreateMode::container) return ZkError::unimplemented;
  if (!has_parent(request.path)) return ZkError::bad_arguments;
  AclList acl = TRY(store_acl(request.acl, who));
  // "/" as the name of a sequential node is a child of the root without a prefix.
  const std::string_view parent_path = request.path == "/" ? "/" : parent_of(request.path);
  const Outline parent = TRY(existing(parent_path));
  if (!permits(*parent.acl, perms::kCreate, who)) return ZkError::no_auth;
  std::string path = request.path;
  if (is_sequential(mode)) path += fmt::format("{:010}", parent.children_created);
  if (!is_znode_path(path)) return ZkError::bad_arguments;
  if (look_up(path).exists) return ZkError::node_exists;
  if (parent.ephemeral_owner != kNoSession) return ZkError::no_children_for_ephemerals;
  Outline& parent_draft = edit(parent_path);
  ++parent_draft.children_created;
  ++parent_draft.child_count;
  edit(path) = {.exists = true,
                .ephemeral_owner = is_ephemeral(mode) ? header.session : kNoSession,
                .acl = std::make_shared<const AclList>(acl)};
  return ChangeTxn{CreateTxn{.path = std::move(path),
                             .data = request.data,
                             .acl = std::move(acl),
                             .ephemeral = is_ephemeral(mode),
                             .parent_cversion = parent.children_created + 1}};
}

Preparer::Change Preparer::remove(const PathVersionRequest& request, const Identities& who) {
  if (!has_parent(request.path) || ZnodeTree::is_reserved(request.path)) {
    return ZkError::bad_arguments;
  }
  const std::string_view parent_path = parent_of(request.path);
  const Outline parent = TRY(existing(parent_path));
  if (!permits(*parent.acl, perms::kDelete, who)) return ZkError::no_auth;
  const Outline node = TRY(existing(request.path));
  TRY(next_version(node.version, request.version));
  if (node.child_count > 0) return ZkError::not_empty;
  --edit(parent_path).child_count;
  edit(request.path).exists = false;
  return ChangeTxn{DeleteTxn{request.path}};
}

Preparer::Change Preparer::set_data(const SetDataRequest& request, const Identities& who) {
  if (!is_znode_path(request.path)) return ZkError::bad_arguments;
  const Outline node = TRY(existing(request.path));
  if (!permits(*node.acl, perms::kWrite, who)) return ZkError::no_auth;
  const int32_t version = TRY(next_version(node.version, request.version));
  edit(request.path).version = version;
  return ChangeTxn{SetDataTxn{request.path, request.data, version}};
}

Preparer::Change Preparer::set_acl(const SetAclRequest& request, const Identities& who) {
  if (!is_znode_path(request.path)) return ZkError::bad_arguments;
  AclList acl = TRY(store_acl(request.acl, who));
  const Outline node = TRY(existing(request.path));
  if (!permits(*node.acl, perms::kAdmin, who)) return ZkError::no_auth;
  const int32_t version = TRY(next_version(node.aversion, request.version));
  Outline& draft = edit(request.path);
  draft.aversion = version;
  draft.acl = std::make_shared<const AclList>(acl);
  return ChangeTxn{SetAclTxn{request.path, std::move(acl), version}};
}

Preparer::Change Preparer::check(const PathVersionRequest& request, const Identities& who) {
  if (!is_znode_path(request.path)) return ZkError::bad_arguments;
  const Outline node = TRY(existing(request.path));
  if (!permits(*node.acl, perms::kRead, who)) return ZkError::no_auth;
  TRY(next_version(node.version, request.version));
  return ChangeTxn{CheckTxn{request.path}};
}

MultiTxn Preparer::multi(const TxnHeader& header, const std::vector<MultiOp>& ops,
                         const Identities& who) {
  MultiTxn txn;
  bool failed = false;
  for (const MultiOp& op : ops) {
    if (!failed) {
      decltype(WriteRequest::body) request;
      bool writes = true;
      std::visit(
          [&](const auto& asked) {
            if constexpr (std::is_same_v<std::decay_t<decltype(asked)>, PathWatchRequest>) {
              writes = false;
            } else {
              request = asked;
            }
          },
          op.request);
      auto changed =
          writes ? change(header, op.op, request, who) : Change(Failure{ZkError::unimplemented});
      if (changed) {
        // Within a multi ZooKeeper 3.8 answers a create2 as a create.
        txn.parts.push_back({op.op == ZkOp::create2 ? ZkOp::create : op.op, std::move(*changed)});
        continue;
      }
      failed = true;
      for (MultiTxn::Part& before : txn.parts) before = {ZkOp::error, ErrorTxn{ZkError::ok}};
      txn.parts.push_back({ZkOp::error, ErrorTxn{changed.error()}});
      continue;
    }
    txn.parts.push_back({ZkOp::error, ErrorTxn{ZkError::runtime_inconsistency}});
  }
  if (failed) draft_.clear();
  return txn;
}

CloseSessionTxn Preparer::close(SessionId session) {
  std::set<std::string> paths = tree_.ephemerals(session);
  for (const auto& [path, pending] : pending_) {
    if (pending.outline.exists && pending.outline.ephemeral_owner == session) {
      if (close_sees_pending_) paths.insert(path);
    } else {
      paths.erase(path);
    }
  }
  for (const std::string& path : paths) {
    --edit(parent_of(path)).child_count;
    edit(path).exists = false;
  }
  return {{paths.begin(), paths.end()}};
}

void Preparer::proposed(Zxid zxid) {
  for (auto& [path, outline] : draft_) {
    pending_[path] = {zxid, std::move(outline)};
    pending_order_.emplace_back(zxid, path);
  }
  draft_.clear();
}

void Preparer::applied(Zxid zxid) {
  while (!pending_order_.empty() && pending_order_.front().first <= zxid) {
    const auto& [of, path] = pending_order_.front();
    const auto at = pending_.find(path);
    if (at != pending_.end() && at->second.zxid == of) pending_.erase(at);
    pending_order_.pop_front();
  }
}

}  // namespace weir

#include "broker/coordination/znode/tree.h"

#include "model/jute/jute.h"
#include "model/jute/znode_path.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace weir {
namespace {
constexpr std::string_view kReserved[] = {"/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"};
}  // namespace

ZnodeStat Znode::stat() const {
  return {.czxid = czxid,
          .mzxid = mzxid,
          .ctime_ms = ctime_ms,
          .mtime_ms = mtime_ms,
          .version = version,
          .cversion = 2 * children_created - static_cast<int32_t>(children.size()),
          .aversion = aversion,
          .ephemeral_owner = ephemeral_owner,
          .data_length = data ? static_cast<int32_t>(data->size()) : 0,
          .num_children = static_cast<int32_t>(children.size()),
          .pzxid = pzxid};
}

ZnodeTree::ZnodeTree() {
  for (const std::string_view path : kReserved) {
    Znode& node = place(std::string(path), path == "/" ? nullptr : find_mutable(parent_of(path)));
    node.acl = shared(path == "/zookeeper/config" ? AclList{{perms::kRead, "world", "anyone"}}
                                                  : open_acl());
  }
  find_mutable("/")->data.emplace();
}

bool ZnodeTree::is_reserved(std::string_view path) {
  for (const std::string_view reserved : kReserved) {
    if (path == reserved) return true;
  }
  return false;
}

const Znode* ZnodeTree::find(std::string_view path) const {
  const auto at = nodes_.find(path.empty() ? "/" : path);
  return at == nodes_.end() ? nullptr : &at->second;
}

Znode* ZnodeTree::find_mutable(std::string_view path) {
  const auto at = nodes_.find(path);
  return at == nodes_.end() ? nullptr : &at->second;
}

const std::set<std::string>& ZnodeTree::ephemerals(SessionId session) const {
  const auto at = ephemerals_.find(session);
  return at == ephemerals_.end() ? none_ : at->second;
}

const std::pair<const std::string, Znode>* ZnodeTree::next_after(std::string_view path) const {
  const auto at = nodes_.upper_bound(path);
  return at == nodes_.end() ? nullptr : &*at;
}

std::shared_ptr<const AclList> ZnodeTree::shared(AclList acl) {
  if (!last_acl_ || *last_acl_ != acl) {
    last_acl_ = std::make_shared<const AclList>(std::move(acl));
  }
  return last_acl_;
}

void ZnodeTree::restore(const std::string& path, Znode node) {
  node.acl = shared(*node.acl);
  node.children = {};
  if (node.ephemeral_owner != kNoSession) ephemerals_[node.ephemeral_owner].insert(path);
  place(path, path == "/" ? nullptr : find_mutable(parent_of(path))) = std::move(node);
}

Znode& ZnodeTree::place(const std::string& path, Znode* parent) {
  const auto at = nodes_.try_emplace(path).first;
  if (parent != nullptr) parent->children.insert(name_of(at->first));
  return at->second;
}

Applied ZnodeTree::apply(Zxid zxid, const Txn& txn) {
  Applied applied;
  if (const auto* const change = std::get_if<ChangeTxn>(&txn.body)) {
    apply_change(zxid, txn.header, *change, applied);
  } else if (const auto* const multi = std::get_if<MultiTxn>(&txn.body)) {
    for (const MultiTxn::Part& part : multi->parts) {
      Applied one;
      apply_change(zxid, txn.header, part.change, one);
      applied.results.push_back({part.op, one.error, std::move(one.path), one.stat, {}, {}});
      std::move(one.events.begin(), one.events.end(), std::back_inserter(applied.events));
    }
  } else if (const auto* const closed = std::get_if<CloseSessionTxn>(&txn.body)) {
    for (const std::string& path : closed->ephemerals) remove(zxid, path, applied);
  }
  return applied;
}

void ZnodeTree::apply_change(Zxid zxid, const TxnHeader& header, const ChangeTxn& change,
                             Applied& to) {
  if (const auto* const created = std::get_if<CreateTxn>(&change)) {
    create(zxid, header, *created, to);
  } else if (const auto* const removed = std::get_if<DeleteTxn>(&change)) {
    remove(zxid, removed->path, to);
  } else if (const auto* const set = std::get_if<SetDataTxn>(&change)) {
    Znode* const node = find_mutable(set->path);
    if (node == nullptr) return;
    node->data = set->data;
    node->version = set->version;
    node->mzxid = zxid;
    node->mtime_ms = header.time_ms;
    to.stat = node->stat();
    to.events.push_back({ZkEvent::data_changed, set->path});
  } else if (const auto* const acl = std::get_if<SetAclTxn>(&change)) {
    Znode* const node = find_mutable(acl->path);
    if (node == nullptr) return;
    node->acl = shared(acl->acl);
    node->aversion = acl->version;
    to.stat = node->stat();
  } else if (const auto* const failed = std::get_if<ErrorTxn>(&change)) {
    to.error = failed->error;
  }
}

void ZnodeTree::create(Zxid zxid, const TxnHeader& header, const CreateTxn& txn, Applied& to) {
  Znode* const parent = find_mutable(parent_of(txn.path));
  if (parent == nullptr) return;
  // A later creation that the snapshot already held must not count backwards.
  if (txn.parent_cversion > parent->children_created) {
    parent->children_created = txn.parent_cversion;
    parent->pzxid = zxid;
  }
  Znode& node = place(txn.path, parent);
  // One that stands there came from the snapshot, with changes that follow in the log; its children too.
  disown(txn.path, node);
  auto children = std::move(node.children);
  node = {.data = txn.data,
          .acl = shared(txn.acl),
          .czxid = zxid,
          .mzxid = zxid,
          .pzxid = zxid,
          .ctime_ms = header.time_ms,
          .mtime_ms = header.time_ms,
          .ephemeral_owner = txn.ephemeral ? header.session : kNoSession,
          .children = std::move(children)};
  if (txn.ephemeral) ephemerals_[header.session].insert(txn.path);
  to.path = txn.path;
  to.stat = node.stat();
  to.events.push_back({ZkEvent::created, txn.path});
  to.events.push_back({ZkEvent::children_changed, std::string(parent_of(txn.path))});
}

void ZnodeTree::disown(const std::string& path, const Znode& node) {
  const auto of_owner = ephemerals_.find(node.ephemeral_owner);
  if (of_owner == ephemerals_.end()) return;
  of_owner->second.erase(path);
  if (of_owner->second.empty()) ephemerals_.erase(of_owner);
}

void ZnodeTree::remove(Zxid zxid, const std::string& path, Applied& to) {
  // Its parent may be from a snapshot that came too late for the node itself.
  Znode* const parent = find_mutable(parent_of(path));
  if (parent != nullptr) parent->children.erase(name_of(path));
  const auto at = nodes_.find(path);
  if (at != nodes_.end()) {
    disown(path, at->second);
    nodes_.erase(at);
    to.events.push_back({ZkEvent::removed, path});
  }
  if (parent == nullptr) return;
  if (zxid > parent->pzxid) parent->pzxid = zxid;
  to.events.push_back({ZkEvent::children_changed, std::string(parent_of(path))});
}

uint64_t ZnodeTree::digest() const {
  Buffer bytes;
  uint64_t sum = 0;
  for (const auto& [path, node] : nodes_) {
    bytes.clear();
    append_jute(bytes, PathRecord{path});
    append_jute(bytes, GetDataResponse{node.data, node.stat()});
    append_jute(bytes, GetAclResponse{*node.acl, {}});
    append_jute(bytes, NumberResponse{node.children_created});
    sum = sum * 0x9e3779b97f4a7c15ULL + weir::digest(bytes);
  }
  return sum;
}

}  // namespace weir

#include "broker/coordination/znode/tree.h"

#include <algorithm>

#include "model/jute/jute.h"
#include "model/jute/znode_path.h"
#include "sim/base/check.h"
#include "sim/base/hash.h"

namespace weir {
namespace {
constexpr std::string_view kReserved[] = {"/", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"};

template <class F>
void amend(Znode& node, F&& edit) {
  ZnodeChanges now = node.history();
  edit(now);
  node.set_history(now);
}

}  // namespace

ZnodeTree::ZnodeTree() {
  for (const std::string_view path : kReserved) {
    place(path, nodes_.find(parent_of(path)),
          path == "/zookeeper/config" ? AclList{{perms::kRead, "world", "anyone"}} : open_acl());
  }
  nodes_.find("/")->set_data(Buffer{});
}

bool ZnodeTree::is_reserved(std::string_view path) {
  for (const std::string_view reserved : kReserved) {
    if (path == reserved) return true;
  }
  return false;
}

const Znode* ZnodeTree::find(std::string_view path) const {
  return nodes_.find(path.empty() ? "/" : path);
}

template <class F>
void ZnodeTree::for_each_child(std::string_view path, F&& visit) const {
  auto at = nodes_.upper_bound(path);
  if (at == nodes_.end() || !at->path().starts_with(path)) return;  // most have none
  const std::string prefix = child_path(path, "");
  at = nodes_.upper_bound(prefix);
  while (at != nodes_.end() && at->path().starts_with(prefix)) {
    const std::string_view below = at->path().substr(prefix.size());
    const size_t slash = below.find('/');
    if (slash == std::string_view::npos) {
      visit(below);
      ++at;
    } else {
      // Behind all that stands below this child: '0' is what follows '/'.
      at = nodes_.lower_bound(prefix + std::string(below.substr(0, slash)) + '0');
    }
  }
}

std::vector<std::string> ZnodeTree::children(const Znode& node) const {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(node.history().child_count));
  for_each_child(node.path(), [&](std::string_view name) { names.emplace_back(name); });
  return names;
}

int32_t ZnodeTree::count_children(std::string_view path) const {
  int32_t count = 0;
  for_each_child(path, [&](std::string_view) { ++count; });
  return count;
}

const std::set<std::string>& ZnodeTree::ephemerals(SessionId session) const {
  const auto at = ephemerals_.find(session);
  return at == ephemerals_.end() ? none_ : at->second;
}

const Znode* ZnodeTree::next_after(std::string_view path) const {
  const auto at = nodes_.upper_bound(path);
  return at == nodes_.end() ? nullptr : &*at;
}

ZnodeImage ZnodeTree::image(const Znode& node) const {
  return {node.data(), *acl(node), node.stat(), node.history().children_created};
}

void ZnodeTree::restore(const std::string& path, const ZnodeImage& image) {
  const ZnodeStat& stat = image.stat;
  if (stat.ephemeral_owner != kNoSession) ephemerals_[stat.ephemeral_owner].insert(path);
  Znode& node = place(path, nodes_.find(parent_of(path)), image.acl);
  const int32_t child_count = node.history().child_count;
  node.set_data(image.data);
  node.set_creation(stat.czxid, stat.ctime_ms);
  node.set_history({.mzxid = stat.mzxid,
                    .pzxid = stat.pzxid,
                    .mtime_ms = stat.mtime_ms,
                    .version = stat.version,
                    .aversion = stat.aversion,
                    .children_created = image.children_created,
                    .child_count = child_count,
                    .ephemeral_owner = stat.ephemeral_owner});
}

Znode& ZnodeTree::place(std::string_view path, Znode* parent, const AclList& acl) {
  if (Znode* const there = nodes_.find(path)) {
    set_acl(*there, acl);
    return *there;
  }
  Znode& node = nodes_.insert(Znode::make(path));
  node.set_acl(acls_.hold(acl));
  amend(node, [&](ZnodeChanges& now) { now.child_count = count_children(path); });
  if (parent != nullptr) amend(*parent, [](ZnodeChanges& now) { ++now.child_count; });
  return node;
}

void ZnodeTree::set_acl(Znode& node, const AclList& acl) {
  const AclId former = node.acl();
  node.set_acl(acls_.hold(acl));
  acls_.release(former);
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
    Znode* const node = nodes_.find(set->path);
    if (node == nullptr) return;
    node->set_data(set->data);
    amend(*node, [&](ZnodeChanges& now) {
      now.version = set->version;
      now.mzxid = zxid;
      now.mtime_ms = header.time_ms;
    });
    to.stat = node->stat();
    to.events.push_back({ZkEvent::data_changed, set->path});
  } else if (const auto* const acl = std::get_if<SetAclTxn>(&change)) {
    Znode* const node = nodes_.find(acl->path);
    if (node == nullptr) return;
    set_acl(*node, acl->acl);
    amend(*node, [&](ZnodeChanges& now) { now.aversion = acl->version; });
    to.stat = node->stat();
  } else if (const auto* const failed = std::get_if<ErrorTxn>(&change)) {
    to.error = failed->error;
  }
}

void ZnodeTree::create(Zxid zxid, const TxnHeader& header, const CreateTxn& txn, Applied& to) {
  Znode* const parent = nodes_.find(parent_of(txn.path));
  if (parent == nullptr) return;
  // A later creation that the snapshot already held must not count backwards.
  amend(*parent, [&](ZnodeChanges& now) {
    if (txn.parent_cversion <= now.children_created) return;
    now.children_created = txn.parent_cversion;
    now.pzxid = zxid;
  });
  Znode& node = place(txn.path, parent, txn.acl);
  // One that stands there came from the snapshot, with changes that follow in the log; its children too.
  disown(txn.path, node);
  const int32_t child_count = node.history().child_count;
  node.set_data(txn.data);
  node.set_creation(zxid, header.time_ms);
  node.set_history({.mzxid = zxid,
                    .pzxid = zxid,
                    .mtime_ms = header.time_ms,
                    .child_count = child_count,
                    .ephemeral_owner = txn.ephemeral ? header.session : kNoSession});
  if (txn.ephemeral) ephemerals_[header.session].insert(txn.path);
  to.path = txn.path;
  to.stat = node.stat();
  to.events.push_back({ZkEvent::created, txn.path});
  to.events.push_back({ZkEvent::children_changed, std::string(parent_of(txn.path))});
}

void ZnodeTree::disown(const std::string& path, const Znode& node) {
  const auto of_owner = ephemerals_.find(node.history().ephemeral_owner);
  if (of_owner == ephemerals_.end()) return;
  of_owner->second.erase(path);
  if (of_owner->second.empty()) ephemerals_.erase(of_owner);
}

void ZnodeTree::remove(Zxid zxid, const std::string& path, Applied& to) {
  // Its parent may be from a snapshot that came too late for the node itself.
  Znode* const parent = nodes_.find(parent_of(path));
  const Znode* const node = nodes_.find(path);
  if (node != nullptr) {
    disown(path, *node);
    acls_.release(node->acl());
    nodes_.erase(path);
    to.events.push_back({ZkEvent::removed, path});
  }
  if (parent == nullptr) return;
  amend(*parent, [&](ZnodeChanges& now) {
    if (node != nullptr) --now.child_count;
    now.pzxid = std::max(now.pzxid, zxid);
  });
  to.events.push_back({ZkEvent::children_changed, std::string(parent_of(path))});
}

uint64_t ZnodeTree::digest() const {
  Buffer bytes;
  uint64_t sum = 0;
  for (const Znode& node : nodes_) {
    bytes.clear();
    append_jute(bytes, PathRecord{std::string(node.path())});
    append_jute(bytes, GetDataResponse{node.data(), node.stat()});
    append_jute(bytes, GetAclResponse{*acl(node), {}});
    append_jute(bytes, NumberResponse{node.history().children_created});
    sum = sum * 0x9e3779b97f4a7c15ULL + weir::digest(bytes);
  }
  return sum;
}

}  // namespace weir

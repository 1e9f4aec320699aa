#include "model/oracle/reference_znodes.h"

#include <algorithm>

namespace weir {
namespace {

std::string parent_path(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string ten_digits(int32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(10 - digits.size(), '0') + digits;
}

}  // namespace

ReferenceZnodes::ReferenceZnodes() {
  nodes_["/"].data.emplace();
  for (const char* path : {"/zookeeper", "/zookeeper/config", "/zookeeper/quota"}) nodes_[path];
}

std::vector<std::string> ReferenceZnodes::children(const std::string& path) const {
  std::vector<std::string> names;
  for (const auto& [other, node] : nodes_) {
    if (other != "/" && parent_path(other) == path) names.push_back(other.substr(other.rfind('/') + 1));
  }
  return names;
}

std::vector<std::string> ReferenceZnodes::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, node] : nodes_) all.push_back(path);
  return all;
}

ZnodeStat ReferenceZnodes::stat(const std::string& path) const {
  const Node& node = nodes_.at(path);
  ZnodeStat stat = node.stat;
  stat.data_length = node.data ? static_cast<int32_t>(node.data->size()) : 0;
  stat.num_children = static_cast<int32_t>(children(path).size());
  stat.cversion = node.created + node.removed;
  // The nodes that a tree begins with were never created.
  if (path == "/" ) stat.cversion -= 1;
  if (path == "/zookeeper") stat.cversion -= 2;
  return stat;
}

ReferenceZnodes::Answer ReferenceZnodes::create(Zxid zxid, int64_t time_ms, SessionId session,
                                                const CreateRequest& request) {
  const auto mode = static_cast<CreateMode>(request.flags);
  const std::string parent = parent_path(request.path);
  if (!nodes_.contains(parent)) return {ZkError::no_node, {}, {}};
  std::string path = request.path;
  if (is_sequential(mode)) path += ten_digits(nodes_[parent].created);
  if (nodes_.contains(path)) return {ZkError::node_exists, {}, {}};
  if (nodes_[parent].stat.ephemeral_owner != kNoSession) {
    return {ZkError::no_children_for_ephemerals, {}, {}};
  }
  ++nodes_[parent].created;
  nodes_[parent].stat.pzxid = zxid;
  Node& node = nodes_[path];
  node.data = request.data;
  node.stat.czxid = node.stat.mzxid = node.stat.pzxid = zxid;
  node.stat.ctime_ms = node.stat.mtime_ms = time_ms;
  if (is_ephemeral(mode)) node.stat.ephemeral_owner = session;
  return {ZkError::ok, path, {}};
}

ReferenceZnodes::Answer ReferenceZnodes::remove(Zxid zxid, const PathVersionRequest& request) {
  if (request.path == "/" || request.path == "/zookeeper" || request.path == "/zookeeper/config" ||
      request.path == "/zookeeper/quota") {
    return {ZkError::bad_arguments, {}, {}};
  }
  if (const Answer checked = check(request); checked.error != ZkError::ok) return checked;
  if (!children(request.path).empty()) return {ZkError::not_empty, {}, {}};
  nodes_.erase(request.path);
  Node& parent = nodes_[parent_path(request.path)];
  ++parent.removed;
  parent.stat.pzxid = std::max(parent.stat.pzxid, zxid);
  return {};
}

ReferenceZnodes::Answer ReferenceZnodes::check(const PathVersionRequest& request) const {
  const auto at = nodes_.find(request.path);
  if (at == nodes_.end()) return {ZkError::no_node, {}, {}};
  const bool any = request.version == -1;
  return {any || request.version == at->second.stat.version ? ZkError::ok : ZkError::bad_version, {}, {}};
}

ReferenceZnodes::Answer ReferenceZnodes::set(Zxid zxid, int64_t time_ms,
                                             const SetDataRequest& request) {
  if (const Answer checked = check({request.path, request.version}); checked.error != ZkError::ok) {
    return checked;
  }
  Node& node = nodes_[request.path];
  node.data = request.data;
  ++node.stat.version;
  node.stat.mzxid = zxid;
  node.stat.mtime_ms = time_ms;
  return {};
}

ReferenceZnodes::Answer ReferenceZnodes::multi(Zxid zxid, int64_t time_ms, SessionId session,
                                               const std::vector<MultiOp>& ops) {
  const auto before = nodes_;
  Answer all;
  size_t failed_at = ops.size();
  for (size_t i = 0; i < ops.size() && failed_at == ops.size(); ++i) {
    Answer one;
    if (const auto* const asked = std::get_if<CreateRequest>(&ops[i].request)) {
      one = create(zxid, time_ms, session, *asked);
    } else if (const auto* const set_to = std::get_if<SetDataRequest>(&ops[i].request)) {
      one = set(zxid, time_ms, *set_to);
    } else {
      const auto& named = std::get<PathVersionRequest>(ops[i].request);
      one = ops[i].op == ZkOp::remove ? remove(zxid, named) : check(named);
    }
    all.results.push_back({ops[i].op, one.error, one.path, {}, {}, {}});
    if (one.error != ZkError::ok) failed_at = i;
  }
  if (failed_at == ops.size()) return all;
  nodes_ = before;
  const ZkError cause = all.results.back().error;
  all.results.assign(ops.size(), {});
  all.results[failed_at].error = cause;
  for (size_t i = failed_at + 1; i < ops.size(); ++i) {
    all.results[i].error = ZkError::runtime_inconsistency;
  }
  return all;
}

void ReferenceZnodes::close(Zxid zxid, SessionId session) {
  for (const std::string& path : paths()) {
    if (nodes_[path].stat.ephemeral_owner == session) remove(zxid, {path, -1});
  }
}

}  // namespace weir

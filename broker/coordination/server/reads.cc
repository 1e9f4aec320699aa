#include "broker/coordination/server/reads.h"

#include "model/jute/jute.h"
#include "model/jute/multi.h"
#include "model/jute/znode_path.h"
#include "sim/base/check.h"

namespace weir {
namespace {

// checkWatches, removeWatches.
constexpr int32_t kTypeChildren = 1;
constexpr int32_t kTypeData = 2;
constexpr int32_t kTypeAny = 3;

// One request may ask for the same great node ten thousand times.
constexpr size_t kMaxMultiReadBytes = 16 << 20;

LocalAnswer fail(ZkError error) { return {error, {}}; }

template <class M>
LocalAnswer answer(const M& record) {
  LocalAnswer made;
  append_jute(made.body, record);
  return made;
}

Result<const Znode*, ZkError> readable(const ReadContext& context, std::string_view path,
                                       int32_t permission = perms::kRead) {
  const Znode* const node = context.tree.find(path);
  if (node == nullptr) return ZkError::no_node;
  if (!permits(*context.tree.acl(*node), permission, context.who)) return ZkError::no_auth;
  return node;
}

LocalAnswer exists(const ReadContext& context, const PathWatchRequest& request) {
  if (request.watch) context.watches.add(WatchKind::data, request.path, context.watcher);
  const Znode* const node = context.tree.find(request.path);
  if (node == nullptr) return fail(ZkError::no_node);
  return answer(StatResponse{node->stat()});
}

LocalAnswer get_data(const ReadContext& context, const PathWatchRequest& request) {
  const auto node = readable(context, request.path);
  if (!node) return fail(node.error());
  if (request.watch) context.watches.add(WatchKind::data, request.path, context.watcher);
  return answer(GetDataResponse{(*node)->data(), (*node)->stat()});
}

LocalAnswer get_children(const ReadContext& context, const PathWatchRequest& request, bool with_stat) {
  const auto node = readable(context, request.path);
  if (!node) return fail(node.error());
  if (request.watch) context.watches.add(WatchKind::child, request.path, context.watcher);
  if (!with_stat) return answer(NamesResponse{context.tree.children(**node)});
  return answer(GetChildren2Response{context.tree.children(**node), (*node)->stat()});
}

// Who may not administer a node does not see the digests of its passwords.
LocalAnswer get_acl(const ReadContext& context, const PathRecord& request) {
  const auto node = readable(context, request.path, perms::kRead | perms::kAdmin);
  if (!node) return fail(node.error());
  AclList acl = *context.tree.acl(**node);
  if (!permits(acl, perms::kAdmin, context.who)) {
    for (Acl& entry : acl) {
      if (entry.scheme == "digest") entry.id = entry.id.substr(0, entry.id.find(':') + 1) + "x";
    }
  }
  return answer(GetAclResponse{std::move(acl), (*node)->stat()});
}

LocalAnswer get_ephemerals(const ReadContext& context, const PathRecord& request) {
  NamesResponse names;
  for (const std::string& path : context.tree.ephemerals(context.session)) {
    if (path.starts_with(request.path)) names.names.push_back(path);
  }
  return answer(names);
}

LocalAnswer count_below(const ReadContext& context, const PathRecord& request) {
  const auto node = readable(context, request.path);
  if (!node) return fail(node.error());
  const std::string prefix = child_path(request.path, "");
  int32_t count = 0;
  for (auto* at = context.tree.next_after(prefix); at != nullptr && at->path().starts_with(prefix);
       at = context.tree.next_after(at->path())) {
    ++count;
  }
  return answer(NumberResponse{count});
}

LocalAnswer add_watch(const ReadContext& context, const PathModeRequest& request) {
  if (!is_znode_path(request.path) || request.mode < 0 || request.mode > 1) {
    return fail(ZkError::bad_arguments);
  }
  context.watches.add(request.mode == 0 ? WatchKind::persistent : WatchKind::persistent_recursive,
                      request.path, context.watcher);
  return answer(ErrorResponse{ZkError::ok});
}

LocalAnswer check_or_remove_watches(const ReadContext& context, const PathModeRequest& request,
                                   bool removes) {
  if (request.mode < kTypeChildren || request.mode > kTypeAny) return fail(ZkError::bad_arguments);
  bool found = false;
  const auto visit = [&](WatchKind kind) {
    found |= removes ? context.watches.remove(kind, request.path, context.watcher)
                     : context.watches.has(kind, request.path, context.watcher);
  };
  if (request.mode != kTypeData) visit(WatchKind::child);
  if (request.mode != kTypeChildren) visit(WatchKind::data);
  if (request.mode == kTypeAny) {
    visit(WatchKind::persistent);
    visit(WatchKind::persistent_recursive);
  }
  return found ? LocalAnswer{} : fail(ZkError::no_watcher);
}

LocalAnswer who_am_i(const ReadContext& context) {
  WhoAmIResponse response;
  for (const Identity& id : context.who) {
    const bool digest = id.scheme == "digest";
    response.clients.push_back({id.scheme, digest ? id.id.substr(0, id.id.find(':')) : id.id});
  }
  return answer(response);
}

LocalAnswer multi_read(const ReadContext& context, ConstBytes body) {
  const auto ops = decode_multi(body);
  if (!ops) return fail(ZkError::marshalling_error);
  std::vector<MultiResult> results;
  size_t bytes = 0;
  for (const MultiOp& op : *ops) {
    const auto* const request = std::get_if<PathWatchRequest>(&op.request);
    if (request == nullptr) return fail(ZkError::unimplemented);
    MultiResult& result = results.emplace_back();
    const auto node = readable(context, request->path);
    if (!node) {
      result.error = node.error();
      continue;
    }
    result.op = op.op;
    result.stat = (*node)->stat();
    if (op.op == ZkOp::get_data) {
      bytes += (*node)->data_bytes();
      result.data = (*node)->data();
    } else {
      result.children = context.tree.children(**node);
      for (const std::string& name : result.children) bytes += name.size() + sizeof(std::string);
    }
    if (bytes > kMaxMultiReadBytes) return fail(ZkError::bad_arguments);
  }
  LocalAnswer made;
  append_multi_results(made.body, results);
  return made;
}

template <class M, class Answerer>
LocalAnswer with(ConstBytes body, Answerer&& answerer) {
  const auto request = decode_jute<M>(body);
  if (!request) return fail(ZkError::marshalling_error);
  return answerer(*request);
}

}  // namespace

bool is_read(ZkOp op) {
  switch (op) {
    case ZkOp::exists:
    case ZkOp::get_data:
    case ZkOp::get_children:
    case ZkOp::get_children2:
    case ZkOp::get_acl:
    case ZkOp::get_ephemerals:
    case ZkOp::get_all_children_number:
    case ZkOp::multi_read:
    case ZkOp::add_watch:
    case ZkOp::check_watches:
    case ZkOp::remove_watches:
    case ZkOp::who_am_i: return true;
    default: return false;
  }
}

LocalAnswer answer_read(const ReadContext& context, ZkOp op, ConstBytes body) {
  const auto path_watch = [&](auto&& read) {
    return with<PathWatchRequest>(body, [&](const PathWatchRequest& r) { return read(context, r); });
  };
  const auto path = [&](auto&& read) {
    return with<PathRecord>(body, [&](const PathRecord& r) { return read(context, r); });
  };
  switch (op) {
    case ZkOp::exists: return path_watch(exists);
    case ZkOp::get_data: return path_watch(get_data);
    case ZkOp::get_children:
    case ZkOp::get_children2:
      return with<PathWatchRequest>(body, [&](const PathWatchRequest& r) {
        return get_children(context, r, op == ZkOp::get_children2);
      });
    case ZkOp::get_acl: return path(get_acl);
    case ZkOp::get_ephemerals: return path(get_ephemerals);
    case ZkOp::get_all_children_number: return path(count_below);
    case ZkOp::multi_read: return multi_read(context, body);
    case ZkOp::add_watch:
      return with<PathModeRequest>(body, [&](const auto& r) { return add_watch(context, r); });
    case ZkOp::check_watches:
    case ZkOp::remove_watches:
      return with<PathModeRequest>(body, [&](const auto& r) {
        return check_or_remove_watches(context, r, op == ZkOp::remove_watches);
      });
    default:
      CHECK(op == ZkOp::who_am_i);
      return who_am_i(context);
  }
}

std::vector<ZnodeEvent> renew_watches(const ReadContext& context,
                                      const SetWatchesRequest& request) {
  std::vector<ZnodeEvent> missed;
  const auto watch = [&](WatchKind kind, const std::string& path) {
    context.watches.add(kind, path, context.watcher);
  };
  for (const std::string& path : request.data_watches) {
    const Znode* const node = context.tree.find(path);
    if (node == nullptr) {
      missed.push_back({ZkEvent::removed, path});
    } else if (node->history().mzxid > request.relative_zxid) {
      missed.push_back({ZkEvent::data_changed, path});
    } else {
      watch(WatchKind::data, path);
    }
  }
  for (const std::string& path : request.exist_watches) {
    if (context.tree.find(path) != nullptr) {
      missed.push_back({ZkEvent::created, path});
    } else {
      watch(WatchKind::data, path);
    }
  }
  for (const std::string& path : request.child_watches) {
    const Znode* const node = context.tree.find(path);
    if (node == nullptr) {
      missed.push_back({ZkEvent::removed, path});
    } else if (node->history().pzxid > request.relative_zxid) {
      missed.push_back({ZkEvent::children_changed, path});
    } else {
      watch(WatchKind::child, path);
    }
  }
  for (const std::string& path : request.persistent_watches) watch(WatchKind::persistent, path);
  for (const std::string& path : request.persistent_recursive_watches) {
    watch(WatchKind::persistent_recursive, path);
  }
  return missed;
}

}  // namespace weir

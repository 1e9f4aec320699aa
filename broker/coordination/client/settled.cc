#include "broker/coordination/client/settled.h"

#include "sim/base/check.h"

namespace weir {
namespace {

// False when there will be no connection any more.
bool await_again(ZooKeeperClient& client) {
  return client.await_connected() == WaitResult::ready;
}

// `read` until it is answered, over as many connections as that takes. Behind a sync: the next server may not
// have heard yet of what the last one did.
template <class Read>
auto await_answered(ZooKeeperClient& client, const std::string& path, Read read) {
  for (;;) {
    const auto synced = client.await_sync(path);
    auto answer = synced ? read() : decltype(read())(synced.error());
    if (answer || answer.error() != ZkError::connection_loss || client.ended()) return answer;
    if (!await_again(client)) return answer;
  }
}

}  // namespace

ZkResult<ZnodeCreated> await_create_settled(ZooKeeperClient& client, const std::string& path,
                                            const ZnodeData& data, CreateMode mode) {
  CHECK_MSG(!is_sequential(mode), "a sequential node is found again by its token");
  for (;;) {
    auto created = client.await_create(path, data, mode);
    if (created || created.error() != ZkError::connection_loss || client.ended()) return created;
    // In which it was sent; before that there may have been none, or an earlier one.
    const SessionId session = client.session();
    if (!await_again(client)) return created;
    const auto there = await_answered(client, path, [&] { return client.await_get(path); });
    if (!there) {
      if (there.error() == ZkError::no_node) continue;  // it was not done
      return there.error();
    }
    const bool ours = is_ephemeral(mode) ? there->stat.ephemeral_owner == session
                                         : there->stat.ephemeral_owner == kNoSession &&
                                               there->data == data;
    if (!ours) return ZkError::node_exists;
    return ZnodeCreated{path, there->stat};
  }
}

ZkResult<ZnodeCreated> await_create_sequential_settled(ZooKeeperClient& client,
                                                       const std::string& prefix,
                                                       const std::string& token,
                                                       const ZnodeData& data, CreateMode mode) {
  CHECK(is_sequential(mode) && token.find('/') == std::string::npos);
  const std::string path = prefix + token + "-";
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::string parent = path.rfind('/') == 0 ? "/" : path.substr(0, path.rfind('/'));
  for (;;) {
    auto created = client.await_create(path, data, mode);
    if (created || created.error() != ZkError::connection_loss || client.ended()) return created;
    if (!await_again(client)) return created;
    const auto there = await_answered(client, parent, [&] { return client.await_children(parent); });
    if (!there) return there.error();
    for (const std::string& child : there->names) {
      if (!child.starts_with(name)) continue;
      const std::string found = parent == "/" ? "/" + child : parent + "/" + child;
      const auto stat = await_answered(client, found, [&] { return client.await_exists(found); });
      if (!stat) return stat.error();
      return ZnodeCreated{found, *stat};
    }
  }
}

ZkResult<ZnodeStat> await_set_settled(ZooKeeperClient& client, const std::string& path,
                                      const ZnodeData& data, int32_t version) {
  CHECK_MSG(version >= 0, "a set of any version cannot be told from another's");
  for (;;) {
    auto set = client.await_set(path, data, version);
    if (set || set.error() != ZkError::connection_loss || client.ended()) return set;
    if (!await_again(client)) return set;
    const auto there = await_answered(client, path, [&] { return client.await_get(path); });
    if (!there) return there.error();
    if (there->stat.version == version) continue;
    if (there->stat.version == version + 1 && there->data == data) return there->stat;
    return ZkError::bad_version;
  }
}

ZkResult<Done> await_delete_settled(ZooKeeperClient& client, const std::string& path,
                                    int32_t version) {
  bool unknown = false;
  for (;;) {
    auto deleted = client.await_delete(path, version);
    if (deleted) return deleted;
    if (deleted.error() == ZkError::no_node && unknown) return Done{};
    if (deleted.error() != ZkError::connection_loss || client.ended()) return deleted;
    unknown = true;
    if (!await_again(client)) return deleted;
  }
}

}  // namespace weir

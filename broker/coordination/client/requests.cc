// The requests of ZooKeeperClient: encode, wait, decode.
#include <algorithm>

#include "broker/coordination/client/client.h"
#include "model/jute/jute.h"

namespace weir {

std::string ZooKeeperClient::inside(const std::string& path) const {
  const std::string& chroot = options_.connect.chroot;
  if (chroot.empty()) return path;
  return path == "/" ? chroot : chroot + path;
}

std::string ZooKeeperClient::outside(const std::string& path) const {
  const std::string& chroot = options_.connect.chroot;
  if (chroot.empty() || !path.starts_with(chroot)) return path;
  return path.size() == chroot.size() ? "/" : path.substr(chroot.size());
}

template <class M>
ZkResult<Buffer> ZooKeeperClient::await_call(ZkOp op, const M& request) {
  Buffer body;
  append_jute(body, request);
  return await_call(op, std::move(body));
}

namespace {

template <class M>
ZkResult<M> decode(const ZkResult<Buffer>& answer) {
  if (!answer) return answer.error();
  auto decoded = decode_jute<M>(*answer);
  if (!decoded) return ZkError::marshalling_error;
  return std::move(*decoded);
}

Buffer watch_request(const std::string& path, bool watch) {
  Buffer body;
  append_jute(body, PathWatchRequest{path, watch});
  return body;
}

}  // namespace

ZkResult<ZnodeCreated> ZooKeeperClient::await_create(std::string path, ZnodeData data,
                                                     CreateMode mode, AclList acl) {
  auto made = TRY(decode<Create2Response>(
      await_call(ZkOp::create2, CreateRequest{inside(path), std::move(data), std::move(acl),
                                              static_cast<int32_t>(mode)})));
  return ZnodeCreated{outside(made.path), made.stat};
}

ZkResult<Done> ZooKeeperClient::await_delete(const std::string& path, int32_t version) {
  TRY(await_call(ZkOp::remove, PathVersionRequest{inside(path), version}));
  return Done{};
}

ZkResult<ZnodeStat> ZooKeeperClient::await_exists(const std::string& path, bool watch) {
  const std::string at = inside(path);
  return TRY(decode<StatResponse>(
                 await_call(ZkOp::exists, watch_request(at, watch), watch ? at : "")))
      .stat;
}

ZkResult<ZnodeContent> ZooKeeperClient::await_get(const std::string& path, bool watch) {
  const std::string at = inside(path);
  auto got = TRY(decode<GetDataResponse>(
      await_call(ZkOp::get_data, watch_request(at, watch), watch ? at : "")));
  return ZnodeContent{std::move(got.data), got.stat};
}

ZkResult<ZnodeStat> ZooKeeperClient::await_set(const std::string& path, ZnodeData data,
                                               int32_t version) {
  return TRY(decode<StatResponse>(
                 await_call(ZkOp::set_data, SetDataRequest{inside(path), std::move(data), version})))
      .stat;
}

ZkResult<ZnodeChildren> ZooKeeperClient::await_children(const std::string& path, bool watch) {
  const std::string at = inside(path);
  auto got = TRY(decode<GetChildren2Response>(
      await_call(ZkOp::get_children2, watch_request(at, watch), watch ? at : "")));
  std::sort(got.children.begin(), got.children.end());  // servers have them in any order
  return ZnodeChildren{std::move(got.children), got.stat};
}

ZkResult<Done> ZooKeeperClient::await_check(const std::string& path, int32_t version) {
  std::vector<MultiOp> ops{{ZkOp::check, PathVersionRequest{path, version}}};
  const auto results = TRY(await_multi(std::move(ops)));
  if (results.size() != 1) return ZkError::marshalling_error;
  if (results[0].error != ZkError::ok) return results[0].error;
  return Done{};
}

ZkResult<std::vector<MultiResult>> ZooKeeperClient::await_multi(std::vector<MultiOp> ops) {
  for (MultiOp& op : ops) {
    std::visit([&](auto& request) { request.path = inside(request.path); }, op.request);
  }
  Buffer body;
  append_multi(body, ops);
  auto results = decode_multi_results(TRY(await_call(ZkOp::multi, std::move(body))));
  if (!results) return ZkError::marshalling_error;
  for (MultiResult& result : *results) {
    if (!result.path.empty()) result.path = outside(result.path);
  }
  return std::move(*results);
}

ZkResult<Done> ZooKeeperClient::await_sync(const std::string& path) {
  TRY(await_call(ZkOp::sync, PathRecord{inside(path)}));
  return Done{};
}

ZkResult<AclList> ZooKeeperClient::await_get_acl(const std::string& path) {
  return TRY(decode<GetAclResponse>(await_call(ZkOp::get_acl, PathRecord{inside(path)}))).acl;
}

}  // namespace weir

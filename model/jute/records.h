// ZooKeeper's records, as they stand on the wire after the four-byte length of a frame.
//
//   connecting   ConnectRequest                 ConnectResponse        (no headers)
//   after that   ZkRequestHeader request          ZkReplyHeader answer     (no answer when err != 0)
//   event        ZkReplyHeader{xid -1, zxid -1} WatcherEvent
//   multi        *( MultiHeader{type, false, -1} request ) MultiHeader{-1, true, -1}
//                answered by the same with answers; of one that failed, ErrorResponse each
//
// Names and order of fields are ZooKeeper's (zookeeper.jute of 3.8).
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "model/jute/zk_codes.h"
#include "model/protocol/protocol_error.h"
#include "model/types/zxid.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

using ZnodeData = std::optional<Buffer>;  // null and empty are different data

struct Acl {
  int32_t perms = perms::kAll;
  std::string scheme;
  std::string id;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("perms", m.perms);
    v.field("scheme", m.scheme);
    v.field("id", m.id);
  }
  friend auto operator<=>(const Acl&, const Acl&) = default;
};
using AclList = std::vector<Acl>;
// "world:anyone" with all permissions.
AclList open_acl();

struct ZnodeStat {
  Zxid czxid;  // of its creation, last change of data, last change of its children
  Zxid mzxid;
  int64_t ctime_ms = 0;
  int64_t mtime_ms = 0;
  int32_t version = 0;   // changes of data
  int32_t cversion = 0;  // changes of children
  int32_t aversion = 0;  // changes of the ACL
  SessionId ephemeral_owner;
  int32_t data_length = 0;
  int32_t num_children = 0;
  Zxid pzxid;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("czxid", m.czxid);
    v.field("mzxid", m.mzxid);
    v.field("ctime", m.ctime_ms);
    v.field("mtime", m.mtime_ms);
    v.field("version", m.version);
    v.field("cversion", m.cversion);
    v.field("aversion", m.aversion);
    v.field("ephemeralOwner", m.ephemeral_owner);
    v.field("dataLength", m.data_length);
    v.field("numChildren", m.num_children);
    v.field("pzxid", m.pzxid);
  }
  friend bool operator==(const ZnodeStat&, const ZnodeStat&) = default;
};

struct ConnectRequest {
  int32_t protocol_version = 0;
  Zxid last_zxid_seen;
  int32_t timeout_ms = 0;
  SessionId session;
  Buffer password;
  bool read_only = false;
  bool has_read_only = true;  // clients older than 3.4 end before it
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("protocolVersion", m.protocol_version);
    v.field("lastZxidSeen", m.last_zxid_seen);
    v.field("timeOut", m.timeout_ms);
    v.field("sessionId", m.session);
    v.field("passwd", m.password);
    if (m.has_read_only) v.field("readOnly", m.read_only);
  }
};
// With or without the last field.
Result<ConnectRequest, ProtocolError> decode_connect_request(ConstBytes frame);

struct ConnectResponse {
  int32_t protocol_version = 0;
  int32_t timeout_ms = 0;  // as negotiated; 0: the session has expired
  SessionId session;
  Buffer password;
  bool read_only = false;
  bool has_read_only = true;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("protocolVersion", m.protocol_version);
    v.field("timeOut", m.timeout_ms);
    v.field("sessionId", m.session);
    v.field("passwd", m.password);
    if (m.has_read_only) v.field("readOnly", m.read_only);
  }
};

struct ZkRequestHeader {
  int32_t xid = 0;
  ZkOp op = ZkOp::notification;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("xid", m.xid);
    v.field("type", m.op);
  }
};

struct ZkReplyHeader {
  int32_t xid = 0;
  Zxid zxid;
  ZkError error = ZkError::ok;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("xid", m.xid);
    v.field("zxid", m.zxid);
    v.field("err", m.error);
  }
};

struct AuthPacket {
  int32_t type = 0;
  std::string scheme;
  Buffer auth;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("type", m.type);
    v.field("scheme", m.scheme);
    v.field("auth", m.auth);
  }
};

struct WatcherEvent {
  ZkEvent event = ZkEvent::none;
  ZkState state = ZkState::sync_connected;
  std::string path;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("type", m.event);
    v.field("state", m.state);
    v.field("path", m.path);
  }
};

// Of sync, getACL and getEphemerals, getAllChildrenNumber; and the answer of create and sync.
struct PathRecord {
  std::string path;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
  }
};

// Of exists, getData, getChildren, getChildren2.
struct PathWatchRequest {
  std::string path;
  bool watch = false;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("watch", m.watch);
  }
};

// Of create and create2 (and createContainer).
struct CreateRequest {
  std::string path;
  ZnodeData data;
  AclList acl;
  int32_t flags = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("data", m.data);
    v.field("acl", m.acl);
    v.field("flags", m.flags);
  }
};

// Of delete and check; version -1 is any.
struct PathVersionRequest {
  std::string path;
  int32_t version = -1;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("version", m.version);
  }
};

struct SetDataRequest {
  std::string path;
  ZnodeData data;
  int32_t version = -1;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("data", m.data);
    v.field("version", m.version);
  }
};

struct SetAclRequest {
  std::string path;
  AclList acl;
  int32_t version = -1;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("acl", m.acl);
    v.field("version", m.version);
  }
};

// Of setWatches and setWatches2: what a client that comes back still waits for.
struct SetWatchesRequest {
  Zxid relative_zxid;  // the last one it has seen
  std::vector<std::string> data_watches;
  std::vector<std::string> exist_watches;
  std::vector<std::string> child_watches;
  std::vector<std::string> persistent_watches;
  std::vector<std::string> persistent_recursive_watches;
  bool has_persistent = true;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("relativeZxid", m.relative_zxid);
    v.field("dataWatches", m.data_watches);
    v.field("existWatches", m.exist_watches);
    v.field("childWatches", m.child_watches);
    if (!m.has_persistent) return;
    v.field("persistentWatches", m.persistent_watches);
    v.field("persistentRecursiveWatches", m.persistent_recursive_watches);
  }
};
Result<SetWatchesRequest, ProtocolError> decode_set_watches(ConstBytes body, bool has_persistent);

// Of addWatch (mode 0 persistent, 1 persistent and recursive) and, as `type`, of checkWatches and
// removeWatches (1 children, 2 data, 3 any).
struct PathModeRequest {
  std::string path;
  int32_t mode = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("mode", m.mode);
  }
};

// Of setData, setACL and exists.
struct StatResponse {
  ZnodeStat stat;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("stat", m.stat);
  }
};

struct Create2Response {
  std::string path;
  ZnodeStat stat;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("stat", m.stat);
  }
};

struct GetDataResponse {
  ZnodeData data;
  ZnodeStat stat;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("data", m.data);
    v.field("stat", m.stat);
  }
};

struct GetAclResponse {
  AclList acl;
  ZnodeStat stat;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("acl", m.acl);
    v.field("stat", m.stat);
  }
};

// Of getChildren and getEphemerals.
struct NamesResponse {
  std::vector<std::string> names;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("children", m.names);
  }
};

struct GetChildren2Response {
  std::vector<std::string> children;
  ZnodeStat stat;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("children", m.children);
    v.field("stat", m.stat);
  }
};

// Of getAllChildrenNumber.
struct NumberResponse {
  int32_t number = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("totalNumber", m.number);
  }
};

struct ErrorResponse {
  ZkError error = ZkError::ok;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("err", m.error);
  }
};

struct ClientInfo {
  std::string scheme;
  std::string user;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("authScheme", m.scheme);
    v.field("user", m.user);
  }
};
struct WhoAmIResponse {
  std::vector<ClientInfo> clients;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("clientInfo", m.clients);
  }
};

struct MultiHeader {
  ZkOp op = ZkOp::error;
  bool done = false;
  int32_t error = -1;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("type", m.op);
    v.field("done", m.done);
    v.field("err", m.error);
  }
};

}  // namespace weir

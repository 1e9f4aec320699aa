// Txn: what a request became, so that every server does the same with it, as often as it is told.
//
// The leader turns a request into a transaction that no longer depends on when it is applied: the final
// name of a sequential node, the version that a set makes, the names of the ephemeral nodes that go with a
// session. Applying one again changes nothing, which recovery needs: a fuzzy snapshot holds some of the
// changes that the log then repeats. A request that fails is a transaction too (ErrorTxn): it takes its
// turn and its zxid.
//
//   payload in the log = TxnHeader, body        Jute; the zxid stands in the log's own record
//   MultiTxn = int32 count, *( int32 op, body )
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/jute/records.h"

namespace weir {

struct TxnHeader {
  int64_t origin = 0;  // which request of which server's life asked for it; nobody's when 0
  SessionId session;
  int32_t cxid = 0;    // the client's number of it
  int64_t time_ms = 0;  // the leader's calendar
  ZkOp op = ZkOp::error;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("origin", m.origin);
    v.field("session", m.session);
    v.field("cxid", m.cxid);
    v.field("time", m.time_ms);
    v.field("op", m.op);
  }
};

struct CreateTxn {
  std::string path;
  ZnodeData data;
  AclList acl;
  bool ephemeral = false;  // of the header's session
  int32_t parent_cversion = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("data", m.data);
    v.field("acl", m.acl);
    v.field("ephemeral", m.ephemeral);
    v.field("parentCVersion", m.parent_cversion);
  }
};

struct DeleteTxn {
  std::string path;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
  }
};

struct SetDataTxn {
  std::string path;
  ZnodeData data;
  int32_t version = 0;  // that it makes
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("data", m.data);
    v.field("version", m.version);
  }
};

struct SetAclTxn {
  std::string path;
  AclList acl;
  int32_t version = 0;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
    v.field("acl", m.acl);
    v.field("version", m.version);
  }
};

struct CheckTxn {
  std::string path;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("path", m.path);
  }
};

// The session's id is the transaction's zxid: no two sessions share one, whatever the clocks say.
struct CreateSessionTxn {
  int32_t timeout_ms = 0;
  Buffer password;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("timeOut", m.timeout_ms);
    v.field("passwd", m.password);
  }
};

struct CloseSessionTxn {
  std::vector<std::string> ephemerals;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("paths", m.ephemerals);
  }
};

struct ErrorTxn {
  ZkError error = ZkError::ok;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("err", m.error);
  }
};

// One change, alone or in a multi.
using ChangeTxn = std::variant<CreateTxn, DeleteTxn, SetDataTxn, SetAclTxn, CheckTxn, ErrorTxn>;
struct MultiTxn {
  struct Part {
    ZkOp op = ZkOp::error;  // as asked; error: not done
    ChangeTxn change;
  };
  std::vector<Part> parts;
};

struct Txn {
  TxnHeader header;
  std::variant<ChangeTxn, MultiTxn, CreateSessionTxn, CloseSessionTxn> body;
};

void append_txn(Buffer& to, const Txn& txn);
Result<Txn, ProtocolError> decode_txn(ConstBytes payload);

}  // namespace weir

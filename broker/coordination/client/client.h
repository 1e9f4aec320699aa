// ZooKeeperClient: one session with a coordination service, over as many connections as it takes.
//
//   connecting ──> connected ──┬─ connection lost ──> connecting (the next server, same session)
//        ^                     └─ the server says: expired ──> connecting (a new session)
//        └────────────────────────────────────────────────────────┘          close() ends it
//
// Disconnected is not expired: only a server can tell that a session has expired, and until then its
// ephemeral nodes stand. Whoever must not act on a lost session stops acting when the connection is lost.
//
// Requests are answered in their order. One that was not sent yet waits for the next connection; one that was
// sent and not answered when the connection broke fails with connection_loss, and nobody knows whether it was
// done (settled.h finds out). When the session expires all that wait fail with session_expired.
//
// Watches fire once. What is still watched is registered anew after a reconnect (setWatches), with the last
// zxid seen, so that what happened meanwhile is told.
//
// The client pings a third of the timeout after it last sent, and gives a server up that it has not heard of
// for two thirds. All events are delivered by one fiber, in their order.
//
// Two fibers belong to it, await_run and await_deliver; the owner spawns both and keeps the client until they
// have returned. Any fiber of the shard may call the rest.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/coordination/client/connect_string.h"
#include "model/jute/multi.h"
#include "model/jute/records.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"
#include "sim/fiber/stream_io.h"
#include "sim/fiber/wait.h"

namespace weir {

struct ZooKeeperOptions {
  ConnectString connect;
  Duration session_timeout = seconds(18);  // zookeeper.session.timeout.ms; the server may change it
  Duration connect_timeout = seconds(6);   // of one attempt
  uint32_t max_answer_bytes = 4 << 20;
};

enum class SessionEvent : uint8_t { connected, disconnected, expired };

// Called in one fiber, one at a time; may suspend, and use the client.
class ZooKeeperEvents {
 public:
  virtual ~ZooKeeperEvents() = default;
  // `session`: which it is, or, of one that has expired, was.
  virtual void await_session_event(SessionEvent event, SessionId session) = 0;
  // A watch has fired: it is gone.
  virtual void await_znode_event(ZkEvent event, const std::string& path) = 0;
};

template <class T>
using ZkResult = Result<T, ZkError>;

struct ZnodeCreated {
  std::string path;  // with its sequence number
  ZnodeStat stat;
};
struct ZnodeContent {
  ZnodeData data;
  ZnodeStat stat;
};
struct ZnodeChildren {
  std::vector<std::string> names;
  ZnodeStat stat;
};

class ZooKeeperClient {
 public:
  ZooKeeperClient(Env& env, ZooKeeperOptions options, ZooKeeperEvents& events);
  ~ZooKeeperClient();

  void await_run();
  void await_deliver();
  // Ends the session, and with it its ephemeral nodes, if a server can be told before `limit`: whether it
  // was, and has said so.
  bool await_close(const WaitLimit& limit = {});
  // Ends without a word: the session lives until it expires.
  void abandon();

  // cancelled: the client has ended.
  WaitResult await_connected(TimePoint deadline = TimePoint::never()) {
    return connected_.await({.deadline = deadline, .cancel = &stop_});
  }
  [[nodiscard]] bool connected() const { return connected_.is_set(); }
  // By await_close or abandon: nothing is answered any more.
  [[nodiscard]] bool ended() const { return closing_; }
  // kNoSession before the first one.
  [[nodiscard]] SessionId session() const { return session_; }
  [[nodiscard]] Duration session_timeout() const { return negotiated_timeout_; }
  [[nodiscard]] Zxid last_zxid_seen() const { return last_zxid_; }

  ZkResult<ZnodeCreated> await_create(std::string path, ZnodeData data, CreateMode mode,
                                      AclList acl = open_acl());
  ZkResult<Done> await_delete(const std::string& path, int32_t version = -1);
  ZkResult<ZnodeStat> await_exists(const std::string& path, bool watch = false);  // no_node: it is not
  ZkResult<ZnodeContent> await_get(const std::string& path, bool watch = false);
  ZkResult<ZnodeStat> await_set(const std::string& path, ZnodeData data, int32_t version = -1);
  ZkResult<ZnodeChildren> await_children(const std::string& path, bool watch = false);
  ZkResult<Done> await_check(const std::string& path, int32_t version);
  // Of one that failed, the error of each part.
  ZkResult<std::vector<MultiResult>> await_multi(std::vector<MultiOp> ops);
  ZkResult<Done> await_sync(const std::string& path);
  ZkResult<AclList> await_get_acl(const std::string& path);

 private:
  struct Call;
  struct Told;
  enum class Ended : uint8_t { lost, expired, closed };

  template <class M>
  ZkResult<Buffer> await_call(ZkOp op, const M& request);
  ZkResult<Buffer> await_call(ZkOp op, Buffer body, const std::string& watched = {});
  [[nodiscard]] std::string inside(const std::string& path) const;   // with the chroot
  [[nodiscard]] std::string outside(const std::string& path) const;  // without
  void note_watch(const Call& call, ZkError error);

  Ended await_one_connection(const Endpoint& server);
  std::optional<Ended> await_handshake(FiberStream& stream);
  Ended await_read_answers(FiberStream& stream);
  void await_write_calls(FiberStream& stream);
  ZkResult<Buffer> await_frame(FiberStream& stream, TimePoint deadline);
  bool take_frame(ConstBytes frame);
  void fire(const WatcherEvent& event);
  Buffer renewal() const;
  void fail_sent(ZkError error);
  void fail_unsent(ZkError error);
  void push(SessionEvent event);

  Env& env_;
  const ZooKeeperOptions options_;
  ZooKeeperEvents& events_;
  Event connected_;
  SessionId session_;
  Buffer password_;
  Duration negotiated_timeout_;
  Zxid last_zxid_;
  int32_t next_xid_ = 1;
  bool closing_ = false;
  Cancel stop_;
  std::deque<std::shared_ptr<Call>> unsent_;
  std::deque<std::shared_ptr<Call>> sent_;
  WaitList to_send_;
  std::set<std::string> data_watches_;   // inside the chroot
  std::set<std::string> exist_watches_;  // of nodes that are not there
  std::set<std::string> child_watches_;
  std::deque<Told> undelivered_;
  WaitList to_deliver_;
};

}  // namespace weir

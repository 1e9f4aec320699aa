// Weir's ZooKeeper client in the real world, against whatever service is named:
//
//   zookeeper_client CONNECT_STRING [COUNTS]
//
// It does one of everything and prints "suite ok". Then it counts /counter up to COUNTS, a change every 50 ms,
// settled, while somebody kills servers; a second client of its own follows the counter by watches alone. At the
// end it prints how it went, as "key value" lines. Status 1 and a sentence when something is not as it must be.
#include <fmt/core.h>

#include <cstdlib>

#include "broker/coordination/client/settled.h"
#include "sim/fiber/gate.h"
#include "sim/real/real_process.h"

namespace weir {
namespace {

constexpr Site kClient{"zookeeper_client.fiber"};
constexpr Site kWatcher{"zookeeper_client.watcher"};

void must(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print("not so: {}\n", what);
  std::fflush(stdout);
  std::_Exit(1);
}

Buffer bytes(std::string_view text) { return {text.begin(), text.end()}; }
int number(const ZnodeData& data) { return data ? std::atoi(std::string(as_text(*data)).c_str()) : 0; }

class Participant final : public ZooKeeperEvents {
 public:
  Participant(Env& env, const ConnectString& connect)
      : fibers_(env.scheduler),
        told(env.scheduler),
        client(env, {.connect = connect, .session_timeout = seconds(10), .connect_timeout = seconds(2)}, *this) {
    spawn_in(fibers_, env.scheduler, kClient, [this] { client.await_run(); });
    spawn_in(fibers_, env.scheduler, kClient, [this] { client.await_deliver(); });
  }
  void await_session_event(SessionEvent event, SessionId /*session*/) override {
    connections += event == SessionEvent::connected ? 1 : 0;
    expirations += event == SessionEvent::expired ? 1 : 0;
    told.set();
  }
  void await_znode_event(ZkEvent event, const std::string& path) override {
    events.push_back(fmt::format("{} {}", static_cast<int>(event), path));
    told.set();
  }
  void await_close() {
    client.await_close();
    fibers_.await_close();
  }

 private:
  Gate fibers_;

 public:
  Event told;
  ZooKeeperClient client;
  int connections = 0;
  int expirations = 0;
  std::vector<std::string> events;
};

void await_suite(Env& env, const ConnectString& connect) {
  Participant one(env, connect);
  Participant two(env, connect);
  ZooKeeperClient& zk = one.client;
  must(zk.await_create("/suite", bytes("x"), CreateMode::persistent).ok(), "create");
  must(zk.await_create("/suite", {}, CreateMode::persistent).error() == ZkError::node_exists, "node exists");
  must(*zk.await_get("/suite")->data == bytes("x"), "get");
  must(zk.await_set("/suite", bytes("y"), 0)->version == 1, "set");
  must(zk.await_set("/suite", bytes("z"), 0).error() == ZkError::bad_version, "bad version");
  must(zk.await_create("/suite/s-", {}, CreateMode::persistent_sequential)->path == "/suite/s-0000000000",
       "sequential");
  must(zk.await_children("/suite")->names == std::vector<std::string>{"s-0000000000"}, "children");
  must(zk.await_delete("/suite").error() == ZkError::not_empty, "not empty");
  must(zk.await_check("/suite", 1).ok(), "check");
  must(*zk.await_get_acl("/suite") == open_acl(), "ACL");
  const auto multi = zk.await_multi({{ZkOp::create, CreateRequest{"/suite/m", {}, open_acl(), 0}},
                                     {ZkOp::remove, PathVersionRequest{"/suite/none", -1}}});
  must(multi.ok() && multi->size() == 2 && (*multi)[1].error == ZkError::no_node, "a multi that fails");
  must(zk.await_exists("/suite/m").error() == ZkError::no_node, "all or nothing");

  must(two.client.await_sync("/suite").ok(), "sync");
  must(two.client.await_exists("/suite/e", true).error() == ZkError::no_node, "no node");
  must(zk.await_create("/suite/e", {}, CreateMode::ephemeral).ok(), "ephemeral");
  while (two.events.empty()) {
    two.told.reset();
    two.told.await();
  }
  must(two.events.front() == "1 /suite/e", "watch of a creation");
  must(two.client.await_exists("/suite/e", true)->ephemeral_owner == zk.session(), "owner");
  one.await_close();
  while (two.events.size() < 2) {
    two.told.reset();
    two.told.await();
  }
  must(two.events.back() == "2 /suite/e", "an ephemeral node goes with its session");
  ConnectString below = connect;
  below.chroot = "/suite";
  Participant inner(env, below);
  must(inner.client.await_create("/c", {}, CreateMode::persistent)->path == "/c", "chroot");
  must(two.client.await_sync("/").ok() && two.client.await_exists("/suite/c").ok(), "chroot from outside");
  inner.await_close();
  two.await_close();
  fmt::print("suite ok\n");
  std::fflush(stdout);
}

void await_count(Env& env, const ConnectString& connect, int counts) {
  Participant counter(env, connect);
  Participant watcher(env, connect);
  must(await_create_settled(counter.client, "/counter", bytes("0"), CreateMode::persistent).ok(), "counter");
  const SessionId session = counter.client.session();
  Gate watching(env.scheduler);
  int seen = 0;
  spawn_in(watching, env.scheduler, kWatcher, [&] {
    while (seen < counts) {
      watcher.told.reset();
      const size_t told_before = watcher.events.size();
      const auto there = watcher.client.await_get("/counter", true);
      if (!there) {
        await_sleep(env.scheduler, env.clock.now() + milliseconds(50));
        continue;
      }
      must(number(there->data) >= seen, "a watcher never goes back");
      seen = number(there->data);
      // Again only when the watch has fired.
      while (seen < counts && watcher.events.size() == told_before) {
        watcher.told.reset();
        watcher.told.await();
      }
    }
  });
  for (int i = 0; i < counts; ++i) {
    for (;;) {
      const auto there = counter.client.await_get("/counter");
      if (there) {
        must(number(there->data) == i, "nobody else counts, and nothing is lost");
        if (await_set_settled(counter.client, "/counter", bytes(std::to_string(i + 1)), there->stat.version)) break;
      }
      await_sleep(env.scheduler, env.clock.now() + milliseconds(50));
    }
    if (i == 0) fmt::print("counting\n");
    std::fflush(stdout);
    await_sleep(env.scheduler, env.clock.now() + milliseconds(50));
  }
  watching.await_close();
  fmt::print("counted {}\nseen {}\nconnections {}\nsame_session {}\nexpirations {}\n", counts, seen,
             counter.connections, counter.client.session() == session ? 1 : 0, counter.expirations);
  counter.await_close();
  watcher.await_close();
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  using namespace weir;  // NOLINT
  if (argc < 2) {
    fmt::print(stderr, "usage: zookeeper_client CONNECT_STRING [COUNTS]\n");
    return 2;
  }
  const auto connect = parse_connect_string(argv[1]);
  if (!connect) {
    fmt::print(stderr, "zookeeper_client: {}\n", connect.error());
    return 2;
  }
  const int counts = argc > 2 ? std::atoi(argv[2]) : 0;
  return run_process({.log_level = LogLevel::warn}, [&](Env& env, Event& /*stop*/) {
    await_suite(env, *connect);
    if (counts > 0) await_count(env, *connect, counts);
  });
}

// Listeners that stay, in a simulated world.
#include "tests/support/test_pch.h"

#include "broker/coordination/client/listeners.h"
#include "tests/coordination/sim_coordinator.h"

namespace weir {
namespace {

Buffer bytes(std::string_view text) { return {text.begin(), text.end()}; }

// Writes down what it is told.
class Diary final : public DataListener, public ChildListener, public SessionListener {
 public:
  void await_data_changed(const std::string& path, const ZnodeContent& content) override {
    lines.push_back(path + "=" + std::string(as_text(content.data.value_or(Buffer{}))));
  }
  void await_data_deleted(const std::string& path) override { lines.push_back(path + " is gone"); }
  void await_children_changed(const std::string& parent,
                              const std::optional<ZnodeChildren>& children) override {
    std::string line = parent + ":";
    if (children) {
      for (const std::string& name : children->names) line += " " + name;
    }
    lines.push_back(children ? line : line + " gone");
  }
  void await_session_event(SessionEvent event, SessionId /*session*/) override {
    static constexpr const char* kNames[] = {"connected", "disconnected", "expired"};
    lines.emplace_back(kNames[static_cast<size_t>(event)]);
  }
  std::vector<std::string> lines;
};

class Listening {
 public:
  Listening(Env& env, const Endpoint& server)
      : gate_(env.scheduler),
        client(env, {.connect = {{server}, ""}, .session_timeout = seconds(4)}, listeners) {
    static constexpr Site kRun{"test.listener_run"};
    static constexpr Site kDeliver{"test.listener_deliver"};
    listeners.attach(client);
    spawn_in(gate_, env.scheduler, kRun, [this] { client.await_run(); });
    spawn_in(gate_, env.scheduler, kDeliver, [this] { client.await_deliver(); });
  }
  void await_close() {
    client.await_close();
    gate_.await_close();
  }

 private:
  Gate gate_;

 public:
  ZnodeListeners listeners;
  ZooKeeperClient client;
};

void pause(Env& env) { await_sleep(env.scheduler, env.clock.now() + seconds(1)); }

using Lines = std::vector<std::string>;

TEST_CASE("a data listener is told of every state that it can see, as long as it listens") {
  SimCoordinator service(21);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    Listening one(env, service.at());
    RunningClient other(env, service.at());
    Diary diary;
    REQUIRE_FALSE(one.listeners.await_listen_to_data("/a", diary)->has_value());
    for (const char* text : {"1", "2"}) {
      REQUIRE(other.client.await_create("/a", bytes(text), CreateMode::persistent).ok());
      pause(env);
      REQUIRE(other.client.await_set("/a", bytes("more")).ok());
      pause(env);
      REQUIRE(other.client.await_delete("/a").ok());
      pause(env);
    }
    REQUIRE(diary.lines == Lines{"/a=1", "/a=more", "/a is gone", "/a=2", "/a=more", "/a is gone"});
    one.listeners.forget(static_cast<const DataListener&>(diary));
    REQUIRE(other.client.await_create("/a", {}, CreateMode::persistent).ok());
    pause(env);
    REQUIRE(diary.lines.size() == 6);
    other.await_close();
    one.await_close();
  }));
}

TEST_CASE("a child listener is told of children that come and go, and of the parent") {
  SimCoordinator service(22);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    Listening one(env, service.at());
    RunningClient other(env, service.at());
    Diary diary;
    REQUIRE(other.client.await_create("/p", {}, CreateMode::persistent).ok());
    REQUIRE(one.listeners.await_listen_to_children("/p", diary)->value().names.empty());
    REQUIRE(other.client.await_create("/p/a", {}, CreateMode::persistent).ok());
    pause(env);
    REQUIRE(other.client.await_set("/p", bytes("no matter")).ok());
    pause(env);
    REQUIRE(other.client.await_create("/p/b", {}, CreateMode::persistent).ok());
    pause(env);
    for (const char* path : {"/p/a", "/p/b", "/p"}) {
      REQUIRE(other.client.await_delete(path).ok());
      pause(env);
    }
    REQUIRE(other.client.await_create("/p", {}, CreateMode::persistent).ok());
    pause(env);
    REQUIRE(diary.lines == Lines{"/p: a", "/p: a b", "/p: b", "/p:", "/p: gone", "/p:"});
    other.await_close();
    one.await_close();
  }));
}

TEST_CASE("after an expired session its listeners are told first, and the others what is there now") {
  SimCoordinator service(23);
  service.boot();
  std::vector<std::string> lines;
  service.start_client([&](Env& env) {
    Listening one(env, service.at());
    Diary diary;
    one.listeners.listen_to_session(diary);
    REQUIRE(one.listeners.await_listen_to_data("/d", diary).ok());
    REQUIRE(one.listeners.await_listen_to_children("/", diary).ok());
    while (diary.lines.size() < 5) pause(env);
    lines = diary.lines;
    one.await_close();
  });
  service.step_for(seconds(5));
  service.world().node(2).pause();
  REQUIRE(service.run_client(
      [&](Env& env) {
        RunningClient other(env, service.at());
        await_sleep(env.scheduler, env.clock.now() + seconds(20));
        REQUIRE(other.client.await_create("/d", bytes("new"), CreateMode::persistent).ok());
        other.await_close();
      },
      3));
  service.world().node(2).resume();
  REQUIRE(service.step_until([&] { return !lines.empty(); }));
  REQUIRE(lines == Lines{"connected", "disconnected", "expired", "connected", "/d=new",
                         "/: d zookeeper"});
}

TEST_CASE("a listener that may not read its node is told so, and is none") {
  SimCoordinator service(24);
  service.boot();
  REQUIRE(service.run_client([&](Env& env) {
    Listening one(env, service.at());
    Diary diary;
    const AclList nobody{{perms::kWrite, "world", "anyone"}};
    REQUIRE(one.client.await_create("/secret", {}, CreateMode::persistent, nobody).ok());
    REQUIRE(one.listeners.await_listen_to_data("/secret", diary).error() == ZkError::no_auth);
    REQUIRE(one.client.await_set("/secret", bytes("x")).ok());
    pause(env);
    REQUIRE(diary.lines.empty());
    one.await_close();
  }));
}

}  // namespace
}  // namespace weir

// PeerLinks: who may connect, what arrives, and the limits.
#include "tests/support/test_pch.h"

#include "broker/coordination/consensus/peer_links.h"
#include "sim/base/crc32c.h"
#include "sim/world/world.h"

namespace weir {
namespace {

constexpr uint16_t kPort = 2888;

Endpoint at(uint32_t machine) { return {World::address_of(machine), kPort}; }

PeerLinksOptions options_of(int64_t self) {
  return {.self = ServerId{self},
          .servers = {{ServerId{1}, at(1)}, {ServerId{2}, at(2)}, {ServerId{3}, at(3)}},
          .engine = "raft"};
}

PeerHello hello_of(int64_t from, int64_t to) {
  return {.engine = "raft",
          .from = ServerId{from},
          .to = ServerId{to},
          .servers = {ServerId{1}, ServerId{2}, ServerId{3}},
          .purpose = PeerPurpose::frames};
}

class Heard final : public PeerSink {
 public:
  void on_frame(ServerId from, PeerFrameKind kind, ConstBytes bytes) override {
    frames.push_back(std::to_string(from.value()) + (kind == PeerFrameKind::consensus ? "c" : "s") +
                     std::string(as_text(bytes.first(std::min<size_t>(bytes.size(), 8)))));
    this->bytes += bytes.size();
  }
  void await_take_snapshot(ServerId /*from*/, const SnapshotHead& head, FiberStream& stream) override {
    Buffer all(static_cast<size_t>(head.size_bytes));
    if (stream.await_read_exact(all)) snapshots.emplace_back(as_text(all));
  }
  std::vector<std::string> frames;
  std::vector<std::string> snapshots;
  size_t bytes = 0;
};

// What server 1 has put on the wire.
class Sent final : public TraceSink {
 public:
  void on_event(const TraceEvent& event, uint64_t /*hash*/) override {
    if (event.node == 1 && event.site->name == "net.send") ++segments;
  }
  uint64_t segments = 0;
};

// Server 1 with its links, and a machine that says what it likes to it.
class LinksWorld {
 public:
  explicit LinksWorld(uint64_t key) : world_(key, oracle_, {}) {
    for (int i = 0; i < 3; ++i) world_.add_node({});
    world_.simulator().trace().set_sink(&sent_);
    world_.node(1).boot([this](Env& env, Event& stop) {
      static constexpr Site kRun{"test.links"};
      auto listener = env.network.listen(at(1), {.backlog = 50});
      PeerLinks links(env, options_of(1), heard);
      Gate gate(env.scheduler);
      spawn_in(gate, env.scheduler, kRun, [&] { links.await_run(**listener); });
      own = &links;
      stop.await();
      own = nullptr;
      (*listener)->close();
      gate.await_close();
    });
  }
  // As machine 2; true when it has come to its end.
  bool run(std::function<void(Env&)> body) {
    world_.node(2).boot([body = std::move(body)](Env& env, Event& /*stop*/) { body(env); });
    const int64_t until = seconds(200).ns();
    while (world_.node(2).running() && world_.simulator().step(until)) {
    }
    return !world_.node(2).running();
  }
  [[nodiscard]] uint64_t segments_sent() const { return sent_.segments; }
  Heard heard;
  PeerLinks* own = nullptr;

 private:
  Sent sent_;
  RandomOracle oracle_;
  World world_;
};

void pause(Env& env, Duration duration) { await_sleep(env.scheduler, env.clock.now() + duration); }

Buffer framed(ConstBytes bytes) {
  Buffer frame(4 + bytes.size());
  store_big_endian(frame.data(), static_cast<int32_t>(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), frame.begin() + 4);
  return frame;
}

// Of a kind and its bytes, "\001text".
Buffer checked_frame(std::string_view kind_and_bytes) {
  const ConstBytes bytes = as_bytes(kind_and_bytes);
  Buffer frame(4 + bytes.size());
  store_big_endian(frame.data(), static_cast<int32_t>(crc32c(bytes)));
  std::copy(bytes.begin(), bytes.end(), frame.begin() + 4);
  return framed(frame);
}

template <class M>
Buffer framed_record(const M& message) {
  Buffer bytes;
  append_jute(bytes, message);
  return framed(bytes);
}

// A connection that has said `first`; nothing when the other side closes it within a while.
bool stays_open(Env& env, const Buffer& first, const std::function<void(FiberStream&)>& then = {}) {
  auto connection = env.network.await_connect(at(1), TimePoint::never());
  FiberStream stream(env.scheduler, std::move(*connection));
  REQUIRE(stream.await_write_all(first));
  if (then) then(stream);
  uint8_t byte[1];
  const auto read = stream.await_read(byte, {.deadline = env.clock.now() + seconds(20)});
  return !read && read.error() == NetError::timed_out;
}

TEST_CASE("a server of the ensemble is heard, frame by frame") {
  LinksWorld world(1);
  REQUIRE(world.run([&](Env& env) {
    REQUIRE(stays_open(env, framed_record(hello_of(2, 1)), [&](FiberStream& stream) {
      Buffer all = checked_frame("\001one");
      append_bytes(all, checked_frame("\002two"));
      for (const uint8_t byte : all) REQUIRE(stream.await_write_all({&byte, 1}));
    }));
  }));
  REQUIRE(world.heard.frames == std::vector<std::string>{"2cone", "2stwo"});
}

TEST_CASE("whoever is configured otherwise is refused") {
  PeerHello hello = hello_of(2, 1);
  SECTION("another protocol") { hello.magic = 1; }
  SECTION("another version") { ++hello.version; }
  SECTION("another engine") { hello.engine = "zab"; }
  SECTION("not for this server") { hello.to = ServerId{3}; }
  SECTION("an unknown server") { hello.from = ServerId{4}; }
  SECTION("itself") { hello.from = ServerId{1}; }
  SECTION("another ensemble") { hello.servers.push_back(ServerId{4}); }
  LinksWorld world(2);
  REQUIRE(world.run([&](Env& env) {
    REQUIRE_FALSE(stays_open(env, framed_record(hello), [](FiberStream& stream) {
      (void)stream.await_write_all(checked_frame("\001one"));
    }));
  }));
  REQUIRE(world.heard.frames.empty());
}

TEST_CASE("a connection that says no Hello, or none in time, is closed") {
  LinksWorld world(3);
  REQUIRE(world.run([&](Env& env) {
    REQUIRE_FALSE(stays_open(env, Buffer{0x7f, 0xff, 0xff, 0xff}));
    REQUIRE_FALSE(stays_open(env, Buffer{0xff, 0xff, 0xff, 0xff}));
    REQUIRE_FALSE(stays_open(env, framed(as_bytes("nonsense"))));
    REQUIRE_FALSE(stays_open(env, Buffer{0}));
  }));
}

TEST_CASE("a frame of an impossible length ends its connection") {
  LinksWorld world(4);
  const int32_t length = GENERATE(-1, 0, 4, static_cast<int32_t>(kMaxPeerFrameBytes) + 1);
  REQUIRE(world.run([&](Env& env) {
    REQUIRE_FALSE(stays_open(env, framed_record(hello_of(3, 1)), [&](FiberStream& stream) {
      uint8_t bytes[4];
      store_big_endian(bytes, length);
      REQUIRE(stream.await_write_all(bytes));
    }));
  }));
}

TEST_CASE("a frame that was changed on its way ends its connection, unheard") {
  LinksWorld world(9);
  const size_t at = GENERATE(4, 8, 11);  // checksum, kind, bytes
  REQUIRE(world.run([&](Env& env) {
    REQUIRE_FALSE(stays_open(env, framed_record(hello_of(2, 1)), [&](FiberStream& stream) {
      Buffer frame = checked_frame("\001one");
      frame.at(at) ^= 0x10;
      (void)stream.await_write_all(frame);
    }));
  }));
  REQUIRE(world.heard.frames.empty());
}

TEST_CASE("of two connections of one server the newer one is heard") {
  LinksWorld world(5);
  REQUIRE(world.run([&](Env& env) {
    const auto say = [](FiberStream& stream, std::string_view text) {
      REQUIRE(stream.await_write_all(checked_frame(text)));
    };
    auto first = env.network.await_connect(at(1), TimePoint::never());
    FiberStream old(env.scheduler, std::move(*first));
    REQUIRE(old.await_write_all(framed_record(hello_of(2, 1))));
    say(old, "\001a");
    pause(env, seconds(1));
    REQUIRE(stays_open(env, framed_record(hello_of(2, 1)), [&](FiberStream& stream) {
      say(stream, "\001b");
      pause(env, seconds(1));
      say(old, "\001late");
      pause(env, seconds(1));
      say(stream, "\001c");
    }));
  }));
  REQUIRE(world.heard.frames == std::vector<std::string>{"2ca", "2cb", "2cc"});
}

TEST_CASE("a snapshot comes on a connection of its own") {
  LinksWorld world(6);
  REQUIRE(world.run([&](Env& env) {
    PeerHello hello = hello_of(2, 1);
    hello.purpose = PeerPurpose::snapshot;
    REQUIRE_FALSE(stays_open(env, framed_record(hello), [&](FiberStream& stream) {
      const SnapshotHead head{.zxid = Zxid{7}, .size_bytes = 5, .message = {}};
      REQUIRE(stream.await_write_all(framed_record(head)));
      REQUIRE(stream.await_write_all(as_bytes("state")));
    }));
  }));
  REQUIRE(world.heard.snapshots == std::vector<std::string>{"state"});
}

TEST_CASE("what is sent while there is no connection is dropped, and so is what a server does not fetch") {
  LinksWorld world(7);
  REQUIRE(world.run([&](Env& env) {
    const Buffer frame(1 << 20);
    REQUIRE_FALSE(world.own->send(ServerId{2}, PeerFrameKind::consensus, frame, Urgency::at_once));
    auto listener = env.network.listen(at(2), {.backlog = 5});
    auto socket = (*listener)->await_accept();
    FiberStream stream(env.scheduler, env.network.adopt(std::move(*socket)));
    pause(env, seconds(1));
    size_t taken = 0;
    while (world.own->send(ServerId{2}, PeerFrameKind::consensus, frame, Urgency::at_once)) ++taken;
    REQUIRE(taken >= 32);
    REQUIRE(taken <= PeerLinks::kMaxQueuedBytes / frame.size() + 1);
  }));
}

TEST_CASE("what may wait is sent with what may not") {
  LinksWorld world(9);
  REQUIRE(world.run([&](Env& env) {
    auto listener = env.network.listen(at(2), {.backlog = 5});
    FiberStream stream(env.scheduler, env.network.adopt(std::move(*(*listener)->await_accept())));
    uint8_t byte[1];
    const auto is_silent = [&] {
      const auto read = stream.await_read(byte, {.deadline = env.clock.now() + seconds(1)});
      return !read && read.error() == NetError::timed_out;
    };
    while (stream.await_read(byte, {.deadline = env.clock.now() + seconds(1)})) {
    }  // its Hello
    REQUIRE(world.own->send(ServerId{2}, PeerFrameKind::state_machine, as_bytes("a"), Urgency::with_next));
    REQUIRE(is_silent());
    const Urgency urgency = GENERATE(Urgency::soon, Urgency::at_once);
    REQUIRE(world.own->send(ServerId{2}, PeerFrameKind::consensus, as_bytes("b"), urgency));
    Buffer both(checked_frame("\002a").size() + checked_frame("\001b").size());
    REQUIRE(stream.await_read_exact(both));
    Buffer expected = checked_frame("\002a");
    append_bytes(expected, checked_frame("\001b"));
    REQUIRE(both == expected);
  }));
}

TEST_CASE("what is sent at once is on its way before the sender goes on") {
  LinksWorld world(10);
  REQUIRE(world.run([&](Env& env) {
    auto listener = env.network.listen(at(2), {.backlog = 5});
    FiberStream stream(env.scheduler, env.network.adopt(std::move(*(*listener)->await_accept())));
    pause(env, seconds(1));
    const uint64_t sent = world.segments_sent();
    REQUIRE(world.own->send(ServerId{2}, PeerFrameKind::consensus, as_bytes("a"), Urgency::at_once));
    REQUIRE(world.segments_sent() == sent + 1);
  }));
}

TEST_CASE("no more connections are served than the limit") {
  LinksWorld world(8);
  REQUIRE(world.run([&](Env& env) {
    std::vector<std::unique_ptr<FiberStream>> all;
    for (size_t i = 0; i < PeerLinks::kMaxConnections; ++i) {
      auto connection = env.network.await_connect(at(1), TimePoint::never());
      all.push_back(std::make_unique<FiberStream>(env.scheduler, std::move(*connection)));
    }
    pause(env, seconds(1));
    REQUIRE_FALSE(stays_open(env, framed_record(hello_of(2, 1))));
    all.clear();
    pause(env, seconds(11));
    REQUIRE(stays_open(env, framed_record(hello_of(2, 1))));
  }));
}

}  // namespace
}  // namespace weir

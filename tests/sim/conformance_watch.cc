// TCP without waiting: try_write, watches and sinks. See conformance.h.
#include "sim/fiber/gate.h"
#include "tests/sim/conformance_net.h"

namespace weir {
namespace {

constexpr Site kWriter{"test.writer"};

void full_send_buffer(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  // Nobody reads: in the end there is no room.
  const Buffer chunk = pattern(64 * 1024, 4);
  const ConstBytes piece = chunk;
  size_t taken = 0;
  constexpr size_t kSurely = 256 * 1024 * 1024;
  while (taken < kSurely) {
    const auto written = pair.client->try_write({&piece, 1});
    if (!written.ok()) {
      report.expect(written.error() == NetError::would_block, "a full send buffer would block");
      break;
    }
    taken += *written;
    env.scheduler.await_yield();
  }
  if (!report.expect(taken < kSurely, "a send buffer has an end")) return;
  FiberStream client(env.scheduler, std::move(pair.client));
  FiberStream server(env.scheduler, std::move(pair.server));
  Gate gate(env.scheduler);
  spawn_in(gate, env.scheduler, kWriter, [&] {
    report.expect(client.await_write_all(chunk).ok(), "the writer goes on when there is room");
    client.shutdown_write();
  });
  await_sleep(env.scheduler, in(env, milliseconds(10)));
  const auto all = await_read_all(server);
  report.expect(all.ok() && all->size() == taken + chunk.size(), "nothing is lost");
  gate.await_close();
}

// Counts calls and wakes a fiber.
class CountingSink final : public ReadySink {
 public:
  explicit CountingSink(Scheduler& scheduler) : called(scheduler) {}
  void on_ready(uint64_t token, Interest ready) override {
    last_token = token;
    reads += wants_read(ready) ? 1 : 0;
    writes += wants_write(ready) ? 1 : 0;
    if (connection != nullptr) connection->watch(Interest::none, this, token);
    called.set();
  }
  void await_call() {
    called.await();
    called.reset();
  }
  int reads = 0;
  int writes = 0;
  uint64_t last_token = 0;
  Connection* connection = nullptr;  // stops its watch when called
  Event called;
};

void watch_contract(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  CountingSink sink(env.scheduler);
  sink.connection = pair.client.get();
  const ConstBytes text = as_bytes("ping");
  Buffer byte(1);

  report.expect(pair.client->try_read(byte).ok() == false, "nothing to read yet");
  pair.client->watch(Interest::read, &sink, 7);
  report.expect(sink.reads == 0, "watch itself does not call");
  for (ConstBytes rest = text; !rest.empty();) {
    const auto written = pair.server->try_write({&rest, 1});
    if (!report.expect(written.ok(), "the peer writes")) return;
    rest = rest.subspan(*written);
  }
  sink.await_call();
  report.expect(sink.reads == 1 && sink.last_token == 7, "called when it became ready");

  // Not read: a new watch that finds it ready calls again.
  pair.client->watch(Interest::read, &sink, 8);
  sink.await_call();
  report.expect(sink.reads == 2 && sink.last_token == 8, "re-armed");

  // Stopped: no call although it is ready.
  await_sleep(env.scheduler, in(env, milliseconds(5)));
  report.expect(sink.reads == 2, "no call after watch(none)");

  pair.client->watch(Interest::write, &sink, 9);
  sink.await_call();
  report.expect(sink.writes == 1 && sink.last_token == 9, "an empty send buffer has room");

  // The end of the stream is something to read. (A write may have been cut into pieces that arrive
  // one by one.)
  for (size_t i = 0; i < text.size();) {
    const auto read = pair.client->try_read(byte);
    if (read.ok()) {
      ++i;
    } else if (report.expect(read.error() == NetError::would_block, "read")) {
      await_sleep(env.scheduler, in(env, milliseconds(1)));
    } else {
      return;
    }
  }
  pair.client->watch(Interest::read, &sink, 10);
  pair.server.reset();
  sink.await_call();
  const auto end = pair.client->try_read(byte);
  report.expect(end.ok() && *end == 0, "the end of the stream wakes the reader");
}

// Keeps its watch, as a processor does that reads until would_block.
class DrainingSink final : public ReadySink {
 public:
  DrainingSink(Scheduler& scheduler, Connection& connection)
      : enough(scheduler), connection_(connection) {}
  void on_ready(uint64_t /*token*/, Interest /*ready*/) override {
    uint8_t chunk[512];
    for (;;) {
      const auto read = connection_.try_read(chunk);
      if (!read.ok() || *read == 0) return;
      total += *read;
      if (total >= wanted) enough.set();
    }
  }
  size_t total = 0;
  size_t wanted = 0;
  Event enough;

 private:
  Connection& connection_;
};

void standing_watch(Env& env, Event&, CaseReport& report) {
  Pair pair = make_pair(env, report);
  if (!pair) return;
  DrainingSink sink(env.scheduler, *pair.server);
  pair.server->watch(Interest::read_write, &sink, 1);
  FiberStream client(env.scheduler, std::move(pair.client));
  const Buffer bytes = pattern(5000, 5);
  for (int round = 1; round <= 20; ++round) {
    sink.wanted = bytes.size() * static_cast<size_t>(round);
    sink.enough.reset();
    report.expect(client.await_write_all(bytes).ok(), "write");
    sink.enough.await();
  }
  report.expect(sink.total == bytes.size() * 20, "a standing watch is told of each arrival");
  pair.server->watch(Interest::none, nullptr, 0);
}

// Each sink destroys the other's connection when it is called first.
class MurderousSink final : public ReadySink {
 public:
  explicit MurderousSink(Scheduler& scheduler) : called(scheduler) {}
  void on_ready(uint64_t token, Interest /*ready*/) override {
    ++calls;
    connections[1 - token].reset();
    connections[token]->watch(Interest::none, nullptr, 0);
    called.set();
  }
  std::unique_ptr<Connection> connections[2];
  int calls = 0;
  Event called;
};

void destroyed_in_a_sink(Env& env, Event&, CaseReport& report) {
  for (int round = 0; round < 10; ++round) {
    Pair first = make_pair(env, report);
    Pair second = make_pair(env, report);
    if (!first || !second) return;
    MurderousSink sink(env.scheduler);
    sink.connections[0] = std::move(first.server);
    sink.connections[1] = std::move(second.server);
    const ConstBytes text = as_bytes("x");
    for (uint64_t i : {0, 1}) sink.connections[i]->watch(Interest::read, &sink, i);
    report.expect(first.client->try_write({&text, 1}).ok(), "write");
    report.expect(second.client->try_write({&text, 1}).ok(), "write");
    sink.called.await();
    await_sleep(env.scheduler, in(env, milliseconds(1)));
    report.expect(sink.calls == 1, "a destroyed connection is not heard of again");
  }
}

}  // namespace

std::vector<ConformanceCase> watch_cases() {
  return {
      {"tcp: full send buffer", 1, full_send_buffer},
      {"tcp: watch and sink", 1, watch_contract},
      {"tcp: standing watch", 1, standing_watch},
      {"tcp: a connection destroyed inside a sink", 1, destroyed_in_a_sink},
  };
}

}  // namespace weir

// How much memory a server of the coordination service takes for many sessions and watches, in the simulated
// world: file descriptors have no end there. Called by `./dev bench`.
//
//   sessions_bench [SESSIONS [WATCHES_OF_EACH]]
//
// Prints figures as sim_bench does. What is measured is the whole process: server, the clients' ends of the
// connections, simulated network and disk. So it is more than what a server takes.
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "broker/coordination/coordinator.h"
#include "model/jute/jute.h"
#include "model/jute/records.h"
#include "sim/fiber/stream_io.h"
#include "sim/world/world.h"

namespace {

using namespace weir;  // NOLINT

constexpr int kMachines = 50;
constexpr int kWatchersOfAPath = 10;
const Endpoint kServer{World::address_of(1), 2181};

double resident_mib() {
  long pages = 0;
  long resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr || std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
  if (file != nullptr) std::fclose(file);
  return static_cast<double>(resident) * 4 / 1024;
}

void append_frame(Buffer& to, const Buffer& content) {
  uint8_t length[4];
  store_big_endian(length, static_cast<int32_t>(content.size()));
  append_bytes(to, length);
  append_bytes(to, content);
}

bool await_frames(FiberStream& stream, int count) {
  for (; count > 0; --count) {
    uint8_t length[4];
    if (!stream.await_read_exact(length)) return false;
    Buffer content(load_big_endian<uint32_t>(length));
    if (!content.empty() && !stream.await_read_exact(content)) return false;
  }
  return true;
}

// Opens a session with its watches, and keeps the connection.
std::unique_ptr<FiberStream> await_session(Env& env, int number, int watches, int paths) {
  auto connection = env.network.await_connect(kServer, TimePoint::never());
  while (!connection) {
    await_sleep(env.scheduler, env.clock.now() + milliseconds(50));
    connection = env.network.await_connect(kServer, TimePoint::never());
  }
  auto stream = std::make_unique<FiberStream>(env.scheduler, std::move(*connection));
  Buffer greeting;
  append_jute(greeting, ConnectRequest{.timeout_ms = 3'600'000, .password = Buffer(16)});
  Buffer bytes;
  append_frame(bytes, greeting);
  if (!stream->await_write_all(bytes) || !await_frames(*stream, 1)) return nullptr;
  bytes.clear();
  for (int i = 0; i < watches; ++i) {
    Buffer request;
    append_jute(request, ZkRequestHeader{i + 1, ZkOp::exists});
    const int path = (number + i * (paths / watches)) % paths;
    append_jute(request, PathWatchRequest{fmt::format("/brokers/topics/topic-{}", path), true});
    append_frame(bytes, request);
  }
  if (!stream->await_write_all(bytes) || !await_frames(*stream, watches)) return nullptr;
  return stream;
}

std::string await_word(Env& env, std::string_view word) {
  FiberStream stream(env.scheduler,
                     std::move(*env.network.await_connect(kServer, TimePoint::never())));
  std::string text;
  if (!stream.await_write_all(as_bytes(word))) return text;
  uint8_t some[4096];
  for (;;) {
    const auto got = stream.await_read(some);
    if (!got || *got == 0) return text;
    text += as_text(ConstBytes(some).first(*got));
  }
}

int run(int sessions, int watches) {
  const int paths = sessions * watches / kWatchersOfAPath;
  RandomOracle oracle;
  World world(1, oracle, {.short_read_per_million = 0, .short_write_per_million = 0});
  for (int i = 0; i < 2 + kMachines; ++i) world.add_node({});
  world.node(1).boot([](Env& env, Event& stop) {
    CoordinatorConfig config;
    config.listeners = {kServer};
    config.max_session_timeout = seconds(3600);
    config.max_connections_per_host = 0;
    (void)await_run_coordinator(env, stop, config);
  });
  const double before = resident_mib();
  int open = 0;
  for (int machine = 0; machine < kMachines; ++machine) {
    world.node(static_cast<uint32_t>(2 + machine)).boot([&, machine](Env& env, Event& stop) {
      std::vector<std::unique_ptr<FiberStream>> streams;
      for (int number = machine; number < sessions; number += kMachines) {
        auto stream = await_session(env, number, watches, paths);
        if (stream == nullptr) break;
        streams.push_back(std::move(stream));
        ++open;
      }
      stop.await();
    });
  }
  while (open < sessions && world.simulator().step(seconds(3000).ns())) {
  }
  const double after = resident_mib();
  std::string said;
  auto& asks = world.node(2 + kMachines);
  asks.boot([&](Env& env, Event& /*stop*/) { said = await_word(env, "mntr"); });
  while (asks.running() && world.simulator().step(seconds(3600).ns())) {
  }
  const auto counted = [&](std::string_view key) {
    const size_t at = said.find(key);
    return at == std::string::npos ? -1 : std::atol(said.c_str() + at + key.size());
  };
  if (open != sessions || counted("zk_global_sessions\t") != sessions ||
      counted("zk_watch_count\t") != long{sessions} * watches) {
    fmt::print(stderr, "sessions_bench: {} of {} sessions are open; the server says:\n{}", open,
               sessions, said);
    return 1;
  }
  fmt::print("coordinator_{}_sessions_{}_watches\t{:.6g}\tMiB\t1024\n", sessions, sessions * watches,
             after - before);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run(argc > 1 ? std::atoi(argv[1]) : 100'000, argc > 2 ? std::atoi(argv[2]) : 10);
}

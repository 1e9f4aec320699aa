// What only the real world has: signals, leftover fibers on threads, the log, idle loops.
#include "tests/support/test_pch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "sim/fiber/gate.h"
#include "sim/fiber/shard_call.h"
#include "sim/fiber/stream_io.h"
#include "sim/real/real_process.h"
#include "tests/sim/temporary_directory.h"

namespace weir {
namespace {

constexpr Site kTest{"test.fiber"};

RealOptions quiet(uint32_t shards = 1) { return {.shards = shards, .handle_signals = false}; }

// Exit status of a child that runs `body`; 1000 + signal when one ended it.
template <class Body>
int status_of(Body body) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

int64_t cpu_ms() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) { return time.tv_sec * 1000 + time.tv_usec / 1000; };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

std::string content_of(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void await_ms(Env& env, int64_t ms) {
  await_sleep(env.scheduler, env.clock.now() + milliseconds(ms));
}

}  // namespace

TEST_CASE("process: a signal stops every shard in order") {
  for (const int signal_number : {SIGTERM, SIGINT}) {
    std::atomic<int> stopped{0};
    const RealOptions options{.shards = 3};
    REQUIRE(run_process(options, [&](Env& env, Event& stop) {
              if (env.shards.self() == 0) kill(getpid(), signal_number);
              stop.await();
              ++stopped;
            }) == 0);
    REQUIRE(stopped == 3);
  }
}

TEST_CASE("process: a second signal ends it at once, also when a loop hangs") {
  const auto twice = [](int second, bool hang) {
    return status_of([&] {
      run_process({.shards = 2}, [&](Env& env, Event& stop) {
        if (env.shards.self() == 0) kill(getpid(), SIGTERM);
        stop.await();
        if (env.shards.self() == 0) kill(getpid(), second);
        if (hang) std::this_thread::sleep_for(std::chrono::hours(1));
        env.scheduler.await_park(TimePoint::never());
      });
    });
  };
  REQUIRE(twice(SIGINT, false) == 130);
  REQUIRE(twice(SIGTERM, true) == 143);
}

TEST_CASE("process: a stop handle works before the process runs and from another thread") {
  ProcessHandle handle;
  RealOptions options = quiet(2);
  options.handle = &handle;
  const Program program = [](Env&, Event& stop) { stop.await(); };
  std::thread other([&] { handle.stop(); });
  REQUIRE(run_process(options, program) == 0);
  other.join();
  REQUIRE(run_process(options, program) == 0);  // the request is kept
  handle.stop();
}

TEST_CASE("process: hangups are told on the thread of shard 0, and do not stop it") {
  std::atomic<int> told{0};
  std::thread::id on;
  RealOptions options{.shards = 2};
  options.on_hangup = [&] {
    on = std::this_thread::get_id();
    ++told;
  };
  REQUIRE(run_process(options, [&](Env& env, Event& stop) {
            if (env.shards.self() == 1) {
              for (int i = 1; i <= 3; ++i) {
                kill(getpid(), SIGHUP);
                while (told < i) await_ms(env, 1);
              }
              kill(getpid(), SIGTERM);
            }
            stop.await();
          }) == 0);
  REQUIRE(told == 3);
  REQUIRE(on == std::this_thread::get_id());
}

TEST_CASE("process: a hangup before it runs is kept, and one is told once") {
  ProcessHandle handle;
  RealOptions options = quiet();
  options.handle = &handle;
  int told = 0;
  options.on_hangup = [&] {
    ++told;
    handle.stop();
  };
  handle.hang_up();
  REQUIRE(run_process(options, [](Env&, Event& stop) { stop.await(); }) == 0);
  REQUIRE(run_process(options, [](Env&, Event& stop) { stop.await(); }) == 0);
  REQUIRE(told == 1);
}

TEST_CASE("process: where nobody listens for hangups one ends it") {
  REQUIRE(status_of([] {
            signal(SIGHUP, SIG_DFL);  // whoever runs the tests may have asked to ignore it (nohup)
            run_process({}, [](Env&, Event& stop) {
              kill(getpid(), SIGHUP);
              stop.await();
            });
          }) == 1000 + SIGHUP);
}

TEST_CASE("process: a root directory that cannot be used") {
  const TemporaryDirectory directory;
  const int log = open((directory.path() + "/log").c_str(), O_RDWR | O_CREAT, 0644);
  RealOptions options = quiet();
  options.root_directory = directory.path() + "/log";  // a file
  options.log_fd = log;
  REQUIRE(run_process(options, [](Env&, Event&) {}) == 1);
  close(log);
  REQUIRE(content_of(directory.path() + "/log").find("] ERROR [Process] open of '") !=
          std::string::npos);
}

// The callee refers to the frame of its caller on the other shard when both are left over.
TEST_CASE("process: leftover fibers are killed youngest first over all shards") {
  struct Noisy {
    std::vector<int>& order;  // fibers are killed one at a time
    int number;
    ~Noisy() { order.push_back(number); }
  };
  struct Root final : ShardRoot {
    Env* env = nullptr;
  };
  std::vector<int> order;
  Root roots[2];  // outlive the fibers that serve messages
  REQUIRE(run_process(quiet(2), [&](Env& env, Event&) {
            Root& root = roots[env.shards.self()];
            root.env = &env;
            env.shards.bind(root);
            if (env.shards.self() != 0) return;
            Event inside(env.scheduler);
            env.scheduler.spawn(kTest, [&] {
              const Noisy caller{order, 1};
              await_call<Root>(env.shards, env.scheduler, 1, roots[0], [&](Root& there) {
                const Noisy callee{order, caller.number + 1};
                there.env->shards.answer(0, [&] { inside.set(); });
                there.env->scheduler.await_park(TimePoint::never());
                return 0;
              });
            });
            inside.await();
          }) == 0);
  REQUIRE(order == std::vector<int>{2, 1});
}

TEST_CASE("process: file operations under way outlive nobody") {
  const TemporaryDirectory directory;
  RealOptions options = quiet(2);
  options.root_directory = directory.path();
  options.file_queue_capacity = 4;  // most of them wait for a slot
  for (int round = 0; round < 5; ++round) {
    REQUIRE(run_process(options, [&](Env& env, Event&) {
              const std::string prefix = std::to_string(env.shards.self()) + "-";
              for (int i = 0; i < 50; ++i) {
                env.scheduler.spawn(kTest, [&env, path = prefix + std::to_string(i)] {
                  for (;;) {
                    auto file = env.disk.await_open(path, OpenMode::create);
                    if (!file.ok()) return;
                    (void)await_write_fully(**file, 0, as_bytes(path));
                    (void)(*file)->await_sync();
                    (void)env.disk.await_list("");
                  }
                });
              }
              await_ms(env, 5);
            }) == 0);
  }
}

TEST_CASE("process: more shards than cores exchange messages without losing a wake-up") {
  constexpr int kRounds = 3000;
  struct Root final : ShardRoot {};
  std::atomic<int> total{0};
  REQUIRE(run_process(quiet(4), [&](Env& env, Event&) {
            Root root;
            env.shards.bind(root);
            const uint32_t next = (env.shards.self() + 1) % env.shards.count();
            for (int i = 0; i < kRounds; ++i) {
              total += await_call<Root>(env.shards, env.scheduler, next, root, [](Root&) {
                return 1;
              });
            }
            // The neighbour may still be asking.
            while (total < 4 * kRounds) await_ms(env, 1);
            env.shards.await_unbind();
          }) == 0);
  REQUIRE(total == 4 * kRounds);
}

TEST_CASE("tcp: localhost is resolved, and a name that is not known is unreachable") {
  REQUIRE(run_process(quiet(), [&](Env& env, Event&) {
            auto listener = env.network.listen({"localhost", 0}, {.backlog = 8});
            REQUIRE(listener.ok());
            const Endpoint to{"localhost", (*listener)->local().port};
            auto connection = env.network.await_connect(to, TimePoint::never());
            REQUIRE(connection.ok());
            REQUIRE((*connection)->peer().port == to.port);
            const auto none = env.network.await_connect({"no such host", 1}, TimePoint::never());
            REQUIRE(!none.ok());
            REQUIRE(none.error() == NetError::unreachable);
          }) == 0);
}

TEST_CASE("tcp: out of descriptors, the acceptor pauses, says so once and goes on") {
  const TemporaryDirectory directory;
  const std::string log_path = directory.path() + "/log";
  RealOptions options = quiet();
  options.log_fd = open(log_path.c_str(), O_RDWR | O_CREAT, 0644);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{100, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  REQUIRE(run_process(options, [&](Env& env, Event&) {
            auto listener = env.network.listen({"127.0.0.1", 0}, {.backlog = 8});
            const Endpoint to = (*listener)->local();
            auto first = env.network.await_connect(to, TimePoint::never());
            auto second = env.network.await_connect(to, TimePoint::never());
            REQUIRE((first.ok() && second.ok()));
            std::vector<int> hogs;
            for (int fd = 0; (fd = open("/dev/null", O_RDONLY)) >= 0;) hogs.push_back(fd);
            // Nothing is asserted while there are no descriptors: sanitizers need some themselves.
            const auto third = env.network.await_connect(to, TimePoint::never());
            const auto file = env.disk.await_open("x", OpenMode::create);
            Gate gate(env.scheduler);
            int accepted = 0;
            spawn_in(gate, env.scheduler, kTest, [&] {
              while (accepted < 2 && (*listener)->await_accept().ok()) ++accepted;
            });
            const int64_t cpu_before = cpu_ms();
            await_ms(env, 350);
            const int accepted_without = accepted;
            const int64_t cpu_used = cpu_ms() - cpu_before;
            for (const int fd : hogs) close(fd);
            gate.await_close();
            REQUIRE(third.error() == NetError::too_many_open);
            REQUIRE(file.error().kind == IoErrorKind::too_many_open);
            REQUIRE(accepted_without == 0);
            REQUIRE(cpu_used < 200);
            REQUIRE(accepted == 2);
          }) == 0);
  setrlimit(RLIMIT_NOFILE, &before);
  close(options.log_fd);
  const std::string log = content_of(log_path);
  REQUIRE(log.find("Out of file descriptors") != std::string::npos);
  REQUIRE(log.find("Out of file descriptors") == log.rfind("Out of file descriptors"));
}

// Watches that are ready all the time, or whose peer has gone, must not keep the loop awake.
TEST_CASE("loop: idle connections cost no CPU") {
  struct Ignoring final : ReadySink {
    void on_ready(uint64_t /*token*/, Interest /*ready*/) override { ++calls; }
    int calls = 0;
  };
  for (const bool edge_triggered : {false, true}) {
    RealOptions options = quiet();
    options.edge_triggered = edge_triggered;
    REQUIRE(run_process(options, [&](Env& env, Event&) {
              auto listener = env.network.listen({"127.0.0.1", 0}, {.backlog = 8});
              const Endpoint to = (*listener)->local();
              std::vector<std::unique_ptr<Connection>> kept;
              Ignoring sink;
              for (const Interest interest : {Interest::read_write, Interest::none}) {
                auto client = env.network.await_connect(to, TimePoint::never());
                auto server = (*listener)->await_accept();
                kept.push_back(std::move(*client));
                kept.back()->watch(interest, &sink, 0);
                // The second one's peer goes at once, by a reset.
                if (interest == Interest::none) {
                  const ConstBytes unread = as_bytes("unread");
                  REQUIRE(kept.back()->try_write({&unread, 1}).ok());
                } else {
                  kept.push_back(env.network.adopt(std::move(*server)));
                }
              }
              const int64_t cpu_before = cpu_ms();
              await_ms(env, 300);
              REQUIRE(cpu_ms() - cpu_before < 150);
              REQUIRE(sink.calls <= 4);
            }) == 0);
  }
}

TEST_CASE("disk: paths stay below the root") {
  const TemporaryDirectory directory;
  RealOptions options = quiet();
  options.root_directory = directory.path() + "/made/when/missing";
  REQUIRE(run_process(options, [&](Env& env, Event&) {
            const std::string_view with_zero("a\0b", 3);
            for (const std::string_view path : std::initializer_list<std::string_view>{
                     "/etc/passwd", "../x", "a/../../x", "", ".", "a//b", "a/", "a/./b",
                     with_zero}) {
              const auto file = env.disk.await_open(path, OpenMode::create);
              REQUIRE(!file.ok());
              REQUIRE(file.error().kind == IoErrorKind::permission);
              REQUIRE(!env.disk.await_rename("a", path).ok());
              REQUIRE(!env.disk.await_remove(path).ok());
            }
            REQUIRE(env.disk.await_open("a..b", OpenMode::create).ok());
          }) == 0);
}

TEST_CASE("disk: errors name the operation and the path") {
  RealOptions options = quiet();
  options.root_directory = "/dev";
  REQUIRE(run_process(options, [&](Env& env, Event&) {
            auto file = env.disk.await_open("full", OpenMode::read_write);
            REQUIRE(file.ok());
            const ConstBytes text = as_bytes("text");
            const auto written = (*file)->await_write_at(0, {&text, 1});
            REQUIRE(!written.ok());
            REQUIRE(written.error().kind == IoErrorKind::no_space);
            REQUIRE(written.error().what == "write of 'full': No space left on device");
          }) == 0);
}

TEST_CASE("disk: a lock keeps others out until its file is closed") {
  const TemporaryDirectory directory;
  RealOptions options = quiet();
  options.root_directory = directory.path();
  REQUIRE(run_process(options, [&](Env& env, Event&) {
            auto first = env.disk.await_open(".lock", OpenMode::create);
            auto second = env.disk.await_open(".lock", OpenMode::create);
            REQUIRE((*first)->try_lock().ok());
            REQUIRE((*second)->try_lock().error().kind == IoErrorKind::locked);
            first->reset();
            REQUIRE((*second)->try_lock().ok());
          }) == 0);
}

TEST_CASE("log: both formats, UTC, and nothing that forges a line") {
  const int64_t when = 1'729'827'181'123;  // 2024-10-25 03:33:01,123
  const auto text = [&](LogLevel level, std::string_view line) {
    return format_log_line(LogFormat::text, when, level, "LogManager", line);
  };
  REQUIRE(text(LogLevel::info, "Loaded 3 logs") ==
          "[2024-10-25 03:33:01,123] INFO [LogManager] Loaded 3 logs\n");
  REQUIRE(text(LogLevel::warn, "a\nb\x1b") ==
          "[2024-10-25 03:33:01,123] WARN [LogManager] a\\nb\\u001b\n");
  REQUIRE(format_log_line(LogFormat::json, when, LogLevel::error, "Acceptor", "a \"b\" \\ \t") ==
          "{\"ts\":\"2024-10-25T03:33:01.123Z\",\"level\":\"ERROR\",\"component\":\"Acceptor\","
          "\"message\":\"a \\\"b\\\" \\\\ \\u0009\"}\n");
  const StderrLog log(LogLevel::warn);
  REQUIRE_FALSE(log.enabled(LogLevel::info));
  REQUIRE(log.enabled(LogLevel::warn));
}

TEST_CASE("random: in range, and not the same on every shard") {
  std::mutex mutex;
  std::vector<uint64_t> draws;
  REQUIRE(run_process(quiet(2), [&](Env& env, Event&) {
            uint64_t largest = 0;
            for (int i = 0; i < 100; ++i) {
              largest = std::max(largest, env.random.choose(kTest, 7));
            }
            const uint64_t draw = env.random.choose(kTest, UINT64_MAX);
            const std::lock_guard lock(mutex);
            if (largest < 7) draws.push_back(draw);
          }) == 0);
  REQUIRE(draws.size() == 2);
  REQUIRE(draws[0] != draws[1]);
}

}  // namespace weir

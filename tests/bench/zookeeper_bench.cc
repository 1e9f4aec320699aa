// A small libzookeeper program that loads a coordination service and measures: throughput, latency,
// its own CPU time.
//
//   zookeeper_bench HOST:PORT PARENT create|fill|set BYTES CHANGES CONNECTIONS OUTSTANDING
//
// Makes the persistent znode PARENT, opens CONNECTIONS sessions and keeps OUTSTANDING changes of
// each under way: the completion of one sends the next, until there were CHANGES in all. create
// makes one znode each under PARENT, and deletes them when all was measured; fill leaves them there;
// set changes the data of one znode of the session's own. OUTSTANDING 1 is one change at a time.
// Prints "changes_per_s p50_us p99_us client_cpu_s".
// Status 1: no session, or a change was refused or lost.
#include <zookeeper/zookeeper.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/measure.h"

namespace {

using measure::now_ns;

constexpr int kSessionTimeoutMs = 30'000;

enum class Kind { create, set, remove };

struct Load {
  Kind kind = Kind::set;
  bool keeps = false;  // what was created
  std::string parent;
  std::string data;
  int64_t changes = 0;  // of one connection
  int64_t outstanding = 0;
};

class Connection;

struct Change {
  Connection* connection = nullptr;
  int64_t sent_ns = 0;
  int64_t taken_ns = 0;
};

// One session. The library sends and completes in two threads of its own for each.
class Connection {
 public:
  Connection(const char* address, const Load& load, int number)
      : load_(load),
        prefix_(load.parent + "/c" + std::to_string(number)),
        changes_(static_cast<size_t>(load.changes)),
        handle_(zookeeper_init(address, on_event, kSessionTimeoutMs, nullptr, this, 0)) {
    for (Change& change : changes_) change.connection = this;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (handle_ != nullptr) zookeeper_close(handle_);
  }

  bool await_open() {
    if (handle_ == nullptr) return false;
    // The library tries for ever.
    const int64_t give_up_ns = now_ns() + int64_t{kSessionTimeoutMs} * 1'000'000;
    while (!settled_.try_wait()) {
      if (now_ns() > give_up_ns) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return opened_;
  }

  bool make(const std::string& path) {
    const int code = zoo_create(handle_, path.c_str(), load_.data.data(), bytes(),
                                &ZOO_OPEN_ACL_UNSAFE, 0, nullptr, 0);
    if (code != ZOK) std::fprintf(stderr, "zookeeper_bench: %s: %s\n", path.c_str(), zerror(code));
    return code == ZOK;
  }

  // Makes what is set.
  bool prepare() { return load_.kind == Kind::create || make(prefix_); }

  // Once the round before is done.
  void begin(Kind kind) {
    kind_ = kind;
    next_ = 0;
    done_.emplace(static_cast<ptrdiff_t>(load_.changes));
    for (int64_t i = 0; i < load_.outstanding; ++i) send_next();
  }

  // False when a change failed.
  bool await_done() {
    done_->wait();
    if (failed_ > 0) {
      std::fprintf(stderr, "zookeeper_bench: %lld of %lld changes failed, the last with %s\n",
                   static_cast<long long>(failed_), static_cast<long long>(load_.changes),
                   zerror(code_));
    }
    return failed_ == 0;
  }

  void append_latencies(std::vector<int64_t>& latencies_ns) const {
    for (const Change& change : changes_) latencies_ns.push_back(change.taken_ns);
  }

 private:
  static void on_event(zhandle_t*, int type, int state, const char*, void* context) {
    auto& self = *static_cast<Connection*>(context);
    if (type != ZOO_SESSION_EVENT || self.events_++ > 0) return;
    self.opened_ = state == ZOO_CONNECTED_STATE;
    self.settled_.count_down();
  }
  static void on_set(int code, const Stat*, const void* change) { completed(code, change); }
  static void on_removed(int code, const void* change) { completed(code, change); }
  static void on_created(int code, const char*, const void* change) { completed(code, change); }

  static void completed(int code, const void* opaque) {
    auto& change = *static_cast<Change*>(const_cast<void*>(opaque));
    change.taken_ns = now_ns() - change.sent_ns;
    Connection& self = *change.connection;
    if (code != ZOK) self.fail(code);
    self.send_next();
    self.done_->count_down();
  }

  void fail(int code) {
    code_ = code;
    ++failed_;
  }

  void send_next() {
    for (;;) {
      const int64_t index = next_++;
      if (index >= load_.changes) return;
      Change& change = changes_[static_cast<size_t>(index)];
      change.sent_ns = now_ns();
      const int code = send(index, &change);
      if (code == ZOK) return;
      fail(code);
      done_->count_down();
    }
  }

  int send(int64_t index, const Change* change) {
    if (kind_ == Kind::set) {
      return zoo_aset(handle_, prefix_.c_str(), load_.data.data(), bytes(), -1, on_set, change);
    }
    const std::string path = prefix_ + "-" + std::to_string(index);
    if (kind_ == Kind::remove) return zoo_adelete(handle_, path.c_str(), -1, on_removed, change);
    return zoo_acreate(handle_, path.c_str(), load_.data.data(), bytes(), &ZOO_OPEN_ACL_UNSAFE, 0,
                       on_created, change);
  }

  int bytes() const { return static_cast<int>(load_.data.size()); }

  const Load& load_;
  const std::string prefix_;
  std::vector<Change> changes_;
  Kind kind_ = Kind::set;
  std::atomic<int64_t> next_{0};
  std::atomic<int64_t> failed_{0};
  std::atomic<int> code_{ZOK};
  std::optional<std::latch> done_;
  int events_ = 0;  // of one thread, as opened_ until settled_
  bool opened_ = false;
  std::latch settled_{1};
  zhandle_t* handle_;  // last: its threads use what is above
};

int run(const char* address, const Load& load, int connections) {
  std::vector<std::unique_ptr<Connection>> all;
  for (int i = 0; i < connections; ++i) {
    all.push_back(std::make_unique<Connection>(address, load, i));
  }
  for (const auto& connection : all) {
    if (connection->await_open()) continue;
    std::fprintf(stderr, "zookeeper_bench: %s gives no session\n", address);
    return 1;
  }
  if (!all.front()->make(load.parent)) return 1;
  for (const auto& connection : all) {
    if (!connection->prepare()) return 1;
  }
  const auto round = [&](Kind kind) {
    for (const auto& connection : all) connection->begin(kind);
    bool well = true;
    for (const auto& connection : all) well = connection->await_done() && well;
    return well;
  };
  const int64_t began = now_ns();
  const bool well = round(load.kind);
  const double seconds = static_cast<double>(now_ns() - began) / 1e9;
  std::vector<int64_t> latencies_ns;
  for (const auto& connection : all) connection->append_latencies(latencies_ns);
  measure::print(load.changes * connections, seconds, latencies_ns);
  if (!well) return 1;
  return load.kind != Kind::create || load.keeps || round(Kind::remove) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc == 8 ? argv[3] : "";
  const int64_t changes = argc == 8 ? std::atoll(argv[5]) : 0;
  const int connections = argc == 8 ? std::atoi(argv[6]) : 0;
  const int64_t outstanding = argc == 8 ? std::atoll(argv[7]) : 0;
  if ((kind != "create" && kind != "fill" && kind != "set") || connections < 1 || outstanding < 1 ||
      changes < connections) {
    std::fprintf(stderr,
                 "zookeeper_bench HOST:PORT PARENT create|fill|set BYTES CHANGES CONNECTIONS "
                 "OUTSTANDING\n");
    return 2;
  }
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  const Load load{kind == "set" ? Kind::set : Kind::create,
                  kind == "fill",
                  argv[2],
                  std::string(static_cast<size_t>(std::atoll(argv[4])), 'x'),
                  changes / connections,
                  outstanding};
  return run(argv[1], load, connections);
}

#include "scenarios/host/worker_pool.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

#include "scenarios/host/plan_file.h"

namespace weir {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::string last_lines(const std::string& path, size_t most) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string all = text.str();
  while (!all.empty() && all.back() == '\n') all.pop_back();
  return all.size() <= most ? all : "..." + all.substr(all.size() - most);
}

}  // namespace

struct WorkerPool::Worker {
  pid_t pid = -1;
  int to = -1;
  int from = -1;
  std::string error_path;  // its standard error
  std::string line;        // of the answer, so far
  bool busy = false;
  Job job;
  SteadyClock::time_point started;
};

WorkerPool::WorkerPool(PoolOptions options) : options_(std::move(options)) {
  signal(SIGPIPE, SIG_IGN);
  for (uint32_t i = 0; i < options_.jobs; ++i) workers_.push_back(std::make_unique<Worker>());
}

WorkerPool::~WorkerPool() {
  for (const auto& worker : workers_) {
    if (worker->pid < 0) continue;
    close(worker->to);
    close(worker->from);
    if (worker->busy) kill(worker->pid, SIGKILL);
    waitpid(worker->pid, nullptr, 0);
    unlink(worker->error_path.c_str());
  }
}

void WorkerPool::spawn(Worker& worker) {
  int to[2];
  int from[2];
  char error_path[] = "/tmp/weir-worker-XXXXXX";
  const int error = mkstemp(error_path);
  CHECK(error >= 0 && pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
  worker.error_path = error_path;
  worker.pid = fork();
  CHECK(worker.pid >= 0);
  if (worker.pid == 0) {
    dup2(to[0], 0);
    dup2(from[1], 1);
    dup2(error, 2);
    for (const std::string& setting : options_.environment) {
      const size_t equals = setting.find('=');
      setenv(setting.substr(0, equals).c_str(), setting.substr(equals + 1).c_str(), 1);
    }
    if (!options_.directory.empty() && chdir(options_.directory.c_str()) != 0) _exit(2);
    std::vector<const char*> arguments{"weir-sim", "worker"};
    for (const std::string& argument : options_.worker_arguments) {
      arguments.push_back(argument.c_str());
    }
    arguments.push_back(nullptr);
    execv("/proc/self/exe", const_cast<char* const*>(arguments.data()));
    _exit(2);
  }
  close(to[0]);
  close(from[1]);
  close(error);
  worker.to = to[1];
  worker.from = from[0];
  worker.line.clear();
}

void WorkerPool::give(Worker& worker, Job job) {
  if (worker.pid < 0) spawn(worker);
  const std::string line = request_to_json({plan_to_toml(job.plan), job.trace_path, job.report_path,
                                            job.replay_command}) +
                           "\n";
  worker.job = std::move(job);
  worker.busy = true;
  worker.started = SteadyClock::now();
  // A worker that is gone shows when its answer is read.
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t written = write(worker.to, line.data() + sent, line.size() - sent);
    if (written <= 0) break;
    sent += static_cast<size_t>(written);
  }
}

RunRecord WorkerPool::bury(Worker& worker, VerdictKind kind, std::string_view why) {
  if (kind == VerdictKind::timeout) kill(worker.pid, SIGKILL);
  int status = 0;
  waitpid(worker.pid, &status, 0);
  close(worker.to);
  close(worker.from);
  worker.pid = -1;
  RunRecord record;
  record.plan = worker.job.plan;
  record.verdict = kind;
  std::string how(why);
  if (kind == VerdictKind::crash && WIFSIGNALED(status)) how += fmt::format(" by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  if (kind == VerdictKind::crash && WIFEXITED(status)) {
    how += fmt::format(" with status {}", WEXITSTATUS(status));
  }
  const std::string output = last_lines(worker.error_path, 2'000);
  if (!output.empty()) how += ": " + output;
  unlink(worker.error_path.c_str());
  record.findings.push_back({kind, std::string(name(kind)), std::move(how)});
  worker.busy = false;
  return record;
}

void WorkerPool::run(const Source& next, const Sink& done) {
  bool more = true;
  for (;;) {
    size_t busy = 0;
    for (const auto& worker : workers_) {
      if (!worker->busy && more) {
        Job job;
        more = next(job);
        if (more) give(*worker, std::move(job));
      }
      if (worker->busy) ++busy;
    }
    if (busy == 0) return;

    std::vector<pollfd> polled;
    std::vector<Worker*> order;
    for (const auto& worker : workers_) {
      if (!worker->busy) continue;
      polled.push_back({worker->from, POLLIN, 0});
      order.push_back(worker.get());
    }
    poll(polled.data(), polled.size(), 1'000);
    for (size_t i = 0; i < polled.size(); ++i) {
      Worker& worker = *order[i];
      if (polled[i].revents == 0) {
        const auto waited = SteadyClock::now() - worker.started;
        if (waited < std::chrono::seconds(options_.timeout_seconds)) continue;
        if (!done(bury(worker, VerdictKind::timeout,
                       fmt::format("no end after {} s of real time", options_.timeout_seconds)))) {
          return;
        }
        continue;
      }
      char bytes[65'536];
      const ssize_t got = read(worker.from, bytes, sizeof bytes);
      if (got <= 0) {
        if (!done(bury(worker, VerdictKind::crash, "the process died"))) return;
        continue;
      }
      worker.line.append(bytes, static_cast<size_t>(got));
      if (worker.line.back() != '\n') continue;
      auto record = record_from_json(std::exchange(worker.line, {}));
      worker.busy = false;
      if (!record) {
        record = RunRecord{};
        record->verdict = VerdictKind::crash;
        record->findings.push_back(
            {VerdictKind::crash, "crash", "the worker's answer is no record"});
      }
      record->plan = worker.job.plan;
      if (!done(std::move(*record))) return;
    }
  }
}

RunRecord run_in_worker(const PoolOptions& options, const Job& job) {
  WorkerPool pool(options);
  RunRecord result;
  bool given = false;
  pool.run(
      [&](Job& next) {
        next = job;
        return !std::exchange(given, true);
      },
      [&](RunRecord record) {
        result = std::move(record);
        return true;
      });
  return result;
}

}  // namespace weir

// weir-broker: the broker in the real world.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "broker/both_roles.h"
#include "broker/broker.h"
#include "broker/config/print_config.h"
#include "broker/coordination/coordinator.h"
#include "sim/real/real_process.h"

namespace {

using namespace weir;  // NOLINT

struct CommandLine {
  std::string config_path;
  std::vector<std::string> overrides;
  bool json_log = false;
  bool edge_triggered = false;
  bool debug = false;
  bool print_config = false;
  bool json = false;
  std::string role = "broker";
  int file_threads = 2;
};

// What the file and the overrides say. Read again while the broker runs: from a regular file only,
// for a pipe has nothing left, and to take that for an empty file would undo every setting.
Result<std::string, ConfigError> read_settings(const CommandLine& line, bool again) {
  std::string text;
  const std::string& path = line.config_path;
  if (!path.empty()) {
    namespace fs = std::filesystem;
    std::error_code ignored;  // then it is nothing of these
    if (again && fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) {
      return ConfigError{fmt::format("cannot read {} again: it is no regular file", path)};
    }
    std::ifstream file(path);
    if (!file || fs::is_directory(path, ignored)) {
      return ConfigError{fmt::format("cannot read {}", path)};
    }
    std::ostringstream content;
    content << file.rdbuf();  // an empty file fails it, a read error makes it bad
    if (content.bad()) return ConfigError{fmt::format("cannot read {}", path)};
    text = content.str();
  }
  for (const std::string& setting : line.overrides) text += '\n' + setting;
  return text;
}

std::optional<ParsedConfig> load(const CommandLine& line) {
  const auto parse = [&]() -> Result<ParsedConfig, ConfigError> {
    return parse_config(TRY(read_settings(line, false)));
  };
  auto parsed = parse();
  if (parsed) return std::move(*parsed);
  fmt::print(stderr, "weir-broker: {}\n", parsed.error().message);
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  CLI::App app{"A Kafka-compatible broker. Without a configuration it serves on 127.0.0.1:9092 and "
               "keeps its data in ./data."};
  app.footer("Examples:\n"
             "  weir-broker\n"
             "  weir-broker --config server.properties\n"
             "  weir-broker --override log.flush.interval.messages=1 --override log.dirs=/tmp/w\n"
             "  weir-broker --print-config > server.properties\n"
             "  weir-broker --role coordinator --override coordinator.listeners=127.0.0.1:2181\n\n"
             "SIGHUP reads --config again: settings that may change while it runs take effect, "
             "the others are named in the log. SIGTERM stops it in order. Exit status: 0 stopped in "
             "order, 1 it could not start or run, 2 a wrong setting.");
  app.add_option("--config", line.config_path, "a server.properties, with Kafka's keys");
  app.add_option("--override", line.overrides, "key=value, after the file (repeat)");
  app.add_option("--role", line.role,
                 "broker; coordinator: ZooKeeper's protocol on coordinator.listeners, nothing else; or "
                 "broker,coordinator: both in one process")
      ->check(CLI::IsMember({"broker", "coordinator", "broker,coordinator"}));
  app.add_flag("--json-log", line.json_log, "log JSON lines");
  app.add_flag("--debug", line.debug, "log more");
  app.add_flag("--edge-triggered", line.edge_triggered, "use epoll edge-triggered");
  app.add_option("--file-threads", line.file_threads, "threads for fsync and slow reads, per process")
      ->check(CLI::Range(1, 64));
  auto* const print = app.add_flag("--print-config", line.print_config,
                                   "print every key with its value in effect, as a file that "
                                   "--config reads, and end");
  app.add_flag("--json", line.json, "print the configuration as JSON")->needs(print);
  CLI11_PARSE(app, argc, argv);

  const std::optional<ParsedConfig> parsed = load(line);
  if (!parsed) return 2;
  const BrokerConfig& config = parsed->config;
  if (line.print_config) {
    for (const std::string& warning : parsed->warnings) {
      fmt::print(stderr, "weir-broker: {}\n", warning);
    }
    fmt::print("{}", line.json ? print_json(config) : print_properties(config));
    return 0;
  }
  std::string failure;  // written by shard 0 only
  RealOptions options;
  const bool coordinator = line.role == "coordinator";
  const bool both = line.role == "broker,coordinator";
  options.shards = coordinator ? 1 : config.network_threads;
  options.root_directory = config.log_directory;
  options.edge_triggered = line.edge_triggered;
  options.log_format = line.json_log ? LogFormat::json : LogFormat::text;
  options.log_level = line.debug ? LogLevel::debug : LogLevel::info;
  options.file_threads = line.file_threads;
  ConfigReload reload([&line] { return read_settings(line, true); });  // used by shard 0 only
  options.on_hangup = [&reload] { reload.ask(); };
  const int status = run_process(options, [&](Env& env, Event& stop) {
    const bool leads = env.shards.self() == 0;
    if (leads) {
      for (const std::string& warning : parsed->warnings) {
        log_line(env.log, LogLevel::warn, "Config", [&] { return warning; });
      }
    }
    const auto result = coordinator ? await_run_coordinator(env, stop, config.coordinator)
                        : both      ? await_run_both(env, stop, config, &reload)
                                    : await_run_broker(env, stop, config, &reload);
    if (leads && !result) failure = result.error();
  });
  if (failure.empty()) return status;
  fmt::print(stderr, "weir-broker: {}\n", failure);
  return 1;
}

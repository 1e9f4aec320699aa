// weir: a Kafka-compatible broker from the command line, over the project's own clients. Parses the
// command line, chooses the real world and runs the command there (command.h).
#include <fmt/core.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "client/cli/command.h"
#include "sim/real/real_process.h"

namespace {

using namespace weir;  // NOLINT

// Nothing unless it is host:port, [::1]:port with an IPv6 address.
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const char* const end = text.data() + text.size();
  uint16_t port = 0;
  const auto [at, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc{} || at != end || port == 0) return std::nullopt;
  return Endpoint{std::string(host), port};
}

// Nobody reads what is printed, as behind `weir consume events | head`, or it cannot be kept: there
// is nothing more to do, and no world to put in order first.
[[noreturn]] void give_up_printing() {
  if (errno != EPIPE) std::perror("weir: standard output");
  std::_Exit(kFailed);
}

Terminal standard_streams() {
  return {.read_line = [](std::string& line) { return bool(std::getline(std::cin, line)); },
          .print =
              [](std::string_view line) {
                if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size() ||
                    std::fputc('\n', stdout) == EOF) {
                  give_up_printing();
                }
              },
          .flush =
              [] {
                if (std::fflush(stdout) != 0) give_up_printing();
              },
          .complain =
              [](std::string_view line) {
                std::fwrite(line.data(), 1, line.size(), stderr);
                std::fputc('\n', stderr);
              }};
}

int run(const Invocation& invocation) {
  const std::optional<Endpoint> broker = parse_endpoint(invocation.bootstrap);
  if (!broker) {
    fmt::print(stderr, "weir: --bootstrap-server {}: must look like host:port\n",
               invocation.bootstrap);
    return kWrongCall;
  }
  const Terminal terminal = standard_streams();
  int status = kFailed;
  // The root is "/": what the user names may stand anywhere. Only dump-log opens files, to read.
  run_process({.root_directory = "/", .log_level = LogLevel::warn}, [&](Env& env, Event& stop) {
    Context context{.env = env,
                    .stop = stop,
                    .terminal = terminal,
                    .session = {.broker = *broker, .client_id = "weir"},
                    .bootstrap = invocation.bootstrap,
                    .json = invocation.json,
                    .timeout = milliseconds(invocation.timeout_ms)};
    status = invocation.run(context);
    terminal.flush();
  });
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Invocation invocation;
  invocation.absolute = [](std::string_view path) {
    return std::filesystem::absolute(path).lexically_normal().string();
  };
  CLI::App app{"Talks to a Kafka-compatible broker."};
  app.require_subcommand(1);
  app.fallthrough();  // the options below may stand behind the command, too
  app.footer(
      "Examples:\n"
      "  weir topics create events --partitions 3\n"
      "  seq 10 | weir produce events\n"
      "  weir consume events --from 5 --json\n"
      "  weir dump-log data/events-0/00000000000000000000.log\n\n"
      "Exit status: 0 done, 1 the broker refused or did not answer or a file is damaged,\n"
      "2 a wrong call.");
  app.add_option("--bootstrap-server,-b", invocation.bootstrap, "host:port")->capture_default_str();
  app.add_option("--timeout-ms", invocation.timeout_ms, "how long the broker may take to answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 3'600'000));
  app.add_flag("--json", invocation.json, "results as JSON, one object a line");
  add_topics_command(app, invocation);
  add_configs_command(app, invocation);
  add_produce_command(app, invocation);
  add_consume_command(app, invocation);
  add_dump_log_command(app, invocation);
  add_bench_command(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongCall;
  }
  return run(invocation);
}

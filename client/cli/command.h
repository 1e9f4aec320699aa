// A command of `weir`: what the command line asks for, and what a command is given to do it.
//
// Each command has a file with add_..._command(): it declares options and, when the parser meets
// the command, sets `Invocation::run`. The main chooses the world, then runs that with a Context.
// Results go to `print`, one line each; with --json each line is one JSON object (json_line.h).
// Everything else (progress, errors) goes to `complain`, so that results can be piped.
//
// What `run` gives is the exit status. It is stable: 0 done, 1 the broker refused or could not be
// reached or a file is damaged, 2 a wrong call.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "client/wire/broker_session.h"
#include "model/types/error_code.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongCall = 2;

// Where lines come from and go to; the main gives the standard streams.
struct Terminal {
  std::function<bool(std::string& line)> read_line;  // false at the end of the input
  std::function<void(std::string_view line)> print;
  std::function<void()>
      flush;  // before a wait: whoever reads the other end shall see what there is
  std::function<void(std::string_view line)> complain;
};

struct Context {
  Env& env;
  Event& stop;  // the first Ctrl-C
  const Terminal& terminal;
  SessionOptions session;
  std::string bootstrap;  // as the user wrote it
  bool json = false;
  Duration timeout;  // for each question to the broker

  [[nodiscard]] TimePoint deadline() const { return env.clock.now() + timeout; }
};

struct Invocation {
  std::string bootstrap = "127.0.0.1:9092";
  bool json = false;
  int timeout_ms = 10'000;
  // A path as the user gave it, from the root on and without "." and ".."; the main knows where
  // the user stands.
  std::function<std::string(std::string_view path)> absolute;
  std::function<int(Context&)> run;
};

void add_topics_command(CLI::App& app, Invocation& invocation);
void add_configs_command(CLI::App& app, Invocation& invocation);
void add_produce_command(CLI::App& app, Invocation& invocation);
void add_consume_command(CLI::App& app, Invocation& invocation);
void add_dump_log_command(CLI::App& app, Invocation& invocation);
void add_bench_command(CLI::App& app, Invocation& invocation);

// Each says on `complain` what went wrong and what to do about it, and gives the exit status.
int wrong_call(const Context& context, std::string_view what);
int no_answer(const Context& context, const RpcError& error);
int refused(const Context& context, std::string_view what, ErrorCode error,
            std::string_view message = {});

}  // namespace weir

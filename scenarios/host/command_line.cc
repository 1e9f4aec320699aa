#include "scenarios/host/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "scenarios/host/commands.h"
#include "sim/world/schedule/schedule_choice.h"

namespace weir {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  weir-sim run power-loss --seed 42          one seed: verdict, hash, plan, replay command\n"
    "  weir-sim run power-loss --seed 42 --report and a page: out/power-loss-42.html\n"
    "  weir-sim sweep power-loss --seeds 1..1000  many seeds; the failures with their commands\n"
    "  weir-sim replay out/power-loss-42.toml     a plan, without its seed\n"
    "  weir-sim verify power-loss --seeds 1..100  every seed twice: is the run deterministic?\n"
    "  weir-sim trace power-loss --seed 42 --last 200\n\n"
    "Exit status: 0 pass, 2 wrong call, 10 invariant, 11 history, 12 liveness, 13 crash,\n"
    "14 non-determinism, 15 vacuous (the run or sweep proves nothing), 16 timeout.";

// "A..B" or "N".
std::string parse_range(const std::string& text, SeedRange& range) {
  const size_t dots = text.find("..");
  const std::string_view first = std::string_view(text).substr(0, dots);
  const std::string_view last =
      dots == std::string::npos ? first : std::string_view(text).substr(dots + 2);
  const auto number = [](std::string_view digits, uint64_t& to) {
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), to);
    return parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
  };
  if (!number(first, range.first) || !number(last, range.last) || range.last < range.first) {
    return "must look like 1..1000";
  }
  return {};
}

class CommandLine {
 public:
  explicit CommandLine(const PlantedHooks& hooks) : hooks_(hooks) {
    for (const PlantedBug& bug : planted_bugs()) bugs_.emplace_back(bug.name);
    for (const auto& [name, hook] : hooks) bugs_.push_back(name);
    app_.require_subcommand(1);
    app_.footer(kFooter);
    add_commands();
  }

  int run(int argc, char** argv) {
    options_.program = argv[0];
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : 2;
    }
    return status_;
  }

 private:
  void add_commands() {
    CLI::App* list = app_.add_subcommand("list", "the scenarios and the planted bugs");
    list->add_flag("--json", options_.json, "JSON lines");
    list->callback([this] { status_ = list_command(options_.json); });

    CLI::App* run = add("run", "run one seed of a scenario");
    add_seed(run);
    add_report(run);
    run->callback([this] { status_ = run_command(options_); });

    CLI::App* sweep = add("sweep", "run many seeds; fails when one fails or nothing was proved");
    add_seeds(sweep);
    sweep->add_option("--stop-after", options_.stop_after, "give up after this many failures");
    sweep->callback([this] { status_ = sweep_command(options_); });

    CLI::App* verify = add("verify", "run every seed twice, differently, and compare the hashes");
    add_seeds(verify);
    verify->callback([this] { status_ = verify_command(options_); });

    CLI::App* trace = add("trace", "print what happens, one line an event, a column a node");
    add_seed(trace);
    trace->add_option("--last", options_.last_events, "only the last events");
    trace->callback([this] { status_ = trace_command(options_); });

    CLI::App* replay = app_.add_subcommand("replay", "run a plan file");
    replay->add_option("plan", plan_path_, "the TOML file that run wrote")->required();
    add_common(replay);
    add_report(replay);
    replay->callback([this] { status_ = replay_command(options_, plan_path_); });

    CLI::App* check = app_.add_subcommand("check", "judge a history that real clients recorded");
    check->add_option("history", history_path_, "JSON lines; see scenarios/host/history_file.h")
        ->required();
    check->callback([this] { status_ = check_command(options_.program, history_path_); });

    CLI::App* worker = app_.add_subcommand("worker", "for weir-sim itself")->group("");
    worker->add_option("--noise", noise_);
    worker->callback([this] { status_ = run_worker(noise_, hooks_); });
  }

  CLI::App* add(const std::string& name, const std::string& summary) {
    CLI::App* const command = app_.add_subcommand(name, summary);
    command->add_option("scenario", options_.scenario, "its name (see weir-sim list), or a TOML file")
        ->required()
        ->check([](const std::string& name) {
          std::string problem;
          (void)load_scenario(name, problem);
          return problem;
        });
    command->add_option("--shards", options_.wishes.shards, "instead of what the seed draws")
        ->check(CLI::Range(1, 64));
    command
        ->add_option_function<std::string>(
            "--flush",
            [this](const std::string& value) {
              options_.wishes.flush_before_ack = value == "before-ack";
            },
            "before-ack (the default) or default (Kafka's: acked records may be lost with the power)")
        ->check(CLI::IsMember({"before-ack", "default"}));
    command->add_option("--plant", options_.wishes.planted_bug, "switch a planted bug on")
        ->check(CLI::IsMember(bugs_));
    command
        ->add_option("--schedule", options_.wishes.schedule,
                     "who runs next: random, fifo, pct:DEPTH, delay:BUDGET")
        ->check([](const std::string& text) {
          const auto choice = parse_schedule(text);
          return choice ? std::string() : std::string(weir::name(choice.error()));
        });
    add_common(command);
    return command;
  }
  void add_common(CLI::App* command) {
    command->add_flag("--json", options_.json, "JSON lines on standard output");
    command->add_option("--timeout", options_.timeout_seconds, "real seconds per run");
    command->add_option("--out", options_.out_directory, "directory for plans")
        ->capture_default_str();
  }
  void add_report(CLI::App* command) {
    command
        ->add_option_function<std::string>(
            "--report",
            [this](const std::string& path) {
              options_.report = true;
              options_.report_path = path;
            },
            "write a page about the run; default OUT/SCENARIO-SEED.html")
        ->expected(0, 1)
        ->type_name("FILE");
  }
  void add_seed(CLI::App* command) {
    command->add_option_function<uint64_t>(
        "--seed", [this](uint64_t seed) { options_.seeds = {seed, seed}; }, "default 1");
  }
  void add_seeds(CLI::App* command) {
    command
        ->add_option_function<std::string>(
            "--seeds",
            [this](const std::string& text) {
              const std::string problem = parse_range(text, options_.seeds);
              if (!problem.empty()) throw CLI::ValidationError("--seeds", problem);
            },
            "A..B")
        ->required();
    command->add_option("--jobs", options_.jobs, "worker processes")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
  }

  const PlantedHooks& hooks_;
  CLI::App app_{"Runs Weir in the simulated world: seeds, faults, verdicts."};
  CommandOptions options_;
  std::vector<std::string> bugs_;
  std::string plan_path_;
  std::string history_path_;
  uint64_t noise_ = 0;
  int status_ = 0;
};

}  // namespace

int weir_sim_main(int argc, char** argv, const PlantedHooks& hooks) {
  return CommandLine(hooks).run(argc, argv);
}

}  // namespace weir

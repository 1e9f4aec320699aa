// weir configs describe | set | unset
#include <fmt/core.h>

#include <memory>

#include "client/admin/admin.h"
#include "client/cli/command.h"
#include "client/cli/config_text.h"
#include "client/cli/json_line.h"

namespace weir {
namespace {

struct Options {
  std::string topic;
  std::string broker;
  bool all = false;
  std::vector<std::string> words;  // key=value to set, key to unset

  [[nodiscard]] ConfigResource resource() const {
    if (!topic.empty()) return {ConfigResourceType::topic, topic};
    return {ConfigResourceType::broker, broker};
  }
  [[nodiscard]] std::string whose() const {
    return topic.empty() ? "broker " + broker : "topic " + topic;
  }
};

void print(const Context& context, const DescribeConfigsResponse::Config& config) {
  if (!context.json) {
    context.terminal.print(fmt::format(
        "{}={}  {}{}", config.name, config.is_sensitive ? "(hidden)" : config.value.value_or(""),
        source_name(config.source), config.read_only ? "  read-only" : ""));
    return;
  }
  JsonLine line;
  line.add("name", config.name);
  if (config.value) line.add("value", *config.value);
  if (!config.value) line.add_null("value");
  context.terminal.print(line.add("source", source_name(config.source))
                             .add("read_only", config.read_only)
                             .add("sensitive", config.is_sensitive)
                             .text());
}

int await_describe(Context& context, const Options& options) {
  Admin admin(context.env, context.session);
  const auto configs = admin.await_describe_configs(options.resource(), context.deadline());
  if (!configs) return no_answer(context, configs.error());
  if (configs->error != ErrorCode::none) {
    return refused(context, options.whose(), configs->error, configs->error_message.value_or(""));
  }
  for (const auto& config : configs->configs) {
    const bool own = !options.topic.empty() ? config.source == ConfigSource::dynamic_topic
                                            : config.source != ConfigSource::default_value;
    if (options.all || own) print(context, config);
  }
  return kDone;
}

int await_change(Context& context, const Options& options,
                 const std::vector<Admin::ConfigChange>& changes) {
  Admin admin(context.env, context.session);
  const auto changed = admin.await_alter_configs(options.resource(), changes, context.deadline());
  if (!changed) return no_answer(context, changed.error());
  if (changed->error != ErrorCode::none) {
    return refused(context, options.whose(), changed->error, changed->message);
  }
  for (const auto& change : changes) {
    const bool set = change.operation == AlterConfigOp::set;
    if (context.json) {
      context.terminal.print(JsonLine()
                                 .add(set ? "set" : "unset", change.name)
                                 .add("value", change.value.value_or(""))
                                 .text());
    } else {
      context.terminal.print(set ? fmt::format("set {}={}", change.name, change.value.value_or(""))
                                 : fmt::format("unset {}", change.name));
    }
  }
  return kDone;
}

int await_set(Context& context, const Options& options) {
  std::vector<Admin::ConfigChange> changes;
  for (const std::string& word : options.words) {
    const auto setting = parse_setting(word);
    if (!setting) return wrong_call(context, fmt::format("{}: must be key=value", word));
    changes.push_back({setting->first, AlterConfigOp::set, setting->second});
  }
  return await_change(context, options, changes);
}

int await_unset(Context& context, const Options& options) {
  std::vector<Admin::ConfigChange> changes;
  for (const std::string& word : options.words) {
    changes.push_back({word, AlterConfigOp::remove, std::nullopt});
  }
  return await_change(context, options, changes);
}

using Action = int (*)(Context&, const Options&);

CLI::App* add(CLI::App& configs, const std::string& name, const std::string& what,
              const std::string& examples, Action action, const std::shared_ptr<Options>& options,
              Invocation& invocation) {
  CLI::App* const command = configs.add_subcommand(name, what);
  command->footer("Examples:\n" + examples);
  CLI::Option_group* const whose = command->add_option_group("whose");
  whose->add_option("--topic", options->topic, "a topic's name");
  whose->add_option("--broker", options->broker, "a broker's id");
  whose->require_option(1);
  command->callback([action, options, &invocation] {
    invocation.run = [action, options](Context& context) { return action(context, *options); };
  });
  return command;
}

}  // namespace

void add_configs_command(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  CLI::App* const configs = app.add_subcommand("configs", "settings of topics and brokers");
  configs->require_subcommand(1);
  configs->footer(
      "Examples:\n  weir configs describe --topic events\n"
      "  weir configs set --topic events retention.ms=60000");

  add(*configs, "describe", "what was set, and where; --all shows defaults, too",
      "  weir configs describe --topic events\n  weir configs describe --broker 1 --all --json",
      await_describe, options, invocation)
      ->add_flag("--all", options->all, "defaults, too");
  add(*configs, "set", "change settings, all of them or none",
      "  weir configs set --topic events retention.ms=60000 segment.bytes=1048576\n"
      "  weir configs set --broker 1 message.max.bytes=2000000",
      await_set, options, invocation)
      ->add_option("settings", options->words, "key=value")
      ->required();
  add(*configs, "unset", "back to what holds without them",
      "  weir configs unset --topic events retention.ms", await_unset, options, invocation)
      ->add_option("keys", options->words)
      ->required();
}

}  // namespace weir

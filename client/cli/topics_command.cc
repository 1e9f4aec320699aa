// weir topics list | describe | create | delete | add-partitions
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "client/admin/admin.h"
#include "client/cli/command.h"
#include "client/cli/config_text.h"
#include "client/cli/json_line.h"

namespace weir {
namespace {

struct Options {
  std::string topic;
  int32_t partitions = -1;
  std::vector<std::string> configs;
};

int await_list(Context& context) {
  Admin admin(context.env, context.session);
  const auto topics = admin.await_topics(context.deadline());
  if (!topics) return no_answer(context, topics.error());
  for (const TopicDescription& topic : *topics) {
    context.terminal.print(context.json ? JsonLine()
                                              .add("topic", topic.name)
                                              .add("partitions", topic.partitions)
                                              .add("id", to_string(topic.id))
                                              .text()
                                        : fmt::format("{}  {} partitions  {}", topic.name,
                                                      topic.partitions, to_string(topic.id)));
  }
  return kDone;
}

void print_description(const Context& context, const TopicDescription& topic,
                       const Admin::Configs& configs) {
  JsonLine own;
  std::string lines;
  for (const auto& config : configs.configs) {
    if (config.source != ConfigSource::dynamic_topic) continue;
    own.add(config.name, config.value.value_or(""));
    lines += fmt::format("\n  {}={}", config.name, config.value.value_or(""));
  }
  if (context.json) {
    context.terminal.print(JsonLine()
                               .add("topic", topic.name)
                               .add("partitions", topic.partitions)
                               .add("id", to_string(topic.id))
                               .add_object("configs", own)
                               .text());
  } else {
    context.terminal.print(fmt::format("{}  {} partitions  {}{}", topic.name, topic.partitions,
                                       to_string(topic.id), lines));
  }
}

int await_describe(Context& context, const Options& options) {
  Admin admin(context.env, context.session);
  // All topics are asked for: to name one may make it (auto.create.topics.enable).
  const auto topics = admin.await_topics(context.deadline());
  if (!topics) return no_answer(context, topics.error());
  const auto topic = std::find_if(topics.value().begin(), topics.value().end(),
                                  [&](const auto& each) { return each.name == options.topic; });
  if (topic == topics.value().end()) {
    return refused(context, options.topic, ErrorCode::unknown_topic_or_partition);
  }
  const auto configs =
      admin.await_describe_configs({ConfigResourceType::topic, options.topic}, context.deadline());
  if (!configs) return no_answer(context, configs.error());
  if (configs->error != ErrorCode::none) {
    return refused(context, options.topic, configs->error, configs->error_message.value_or(""));
  }
  print_description(context, *topic, *configs);
  return kDone;
}

// One line about a change that was made.
int report(const Context& context, std::string_view done, const Options& options) {
  if (context.json) {
    context.terminal.print(JsonLine().add(done, options.topic).text());
  } else {
    context.terminal.print(fmt::format("{} topic {}", done, options.topic));
  }
  return kDone;
}

int await_create(Context& context, const Options& options) {
  NewTopic topic{.name = options.topic, .partitions = options.partitions};
  for (const std::string& text : options.configs) {
    const auto setting = parse_setting(text);
    if (!setting) return wrong_call(context, fmt::format("--config {}: must be key=value", text));
    topic.configs.push_back(*setting);
  }
  Admin admin(context.env, context.session);
  const auto created = admin.await_create_topic(topic, context.deadline());
  if (!created) return no_answer(context, created.error());
  if (created->error != ErrorCode::none) {
    return refused(context, options.topic, created->error, created->message);
  }
  return report(context, "created", options);
}

int await_delete(Context& context, const Options& options) {
  Admin admin(context.env, context.session);
  const auto deleted = admin.await_delete_topic(options.topic, context.deadline());
  if (!deleted) return no_answer(context, deleted.error());
  if (*deleted != ErrorCode::none) return refused(context, options.topic, *deleted);
  return report(context, "deleted", options);
}

int await_add_partitions(Context& context, const Options& options) {
  Admin admin(context.env, context.session);
  const auto grown =
      admin.await_create_partitions(options.topic, options.partitions, context.deadline());
  if (!grown) return no_answer(context, grown.error());
  if (*grown != ErrorCode::none) return refused(context, options.topic, *grown);
  return report(context, "extended", options);
}

using Action = int (*)(Context&, const Options&);

CLI::App* add(CLI::App& topics, const std::string& name, const std::string& what,
              const std::string& examples, Action action, const std::shared_ptr<Options>& options,
              Invocation& invocation) {
  CLI::App* const command = topics.add_subcommand(name, what);
  command->footer("Examples:\n" + examples);
  command->add_option("topic", options->topic)->required();
  command->callback([action, options, &invocation] {
    invocation.run = [action, options](Context& context) { return action(context, *options); };
  });
  return command;
}

}  // namespace

void add_topics_command(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  CLI::App* const topics = app.add_subcommand("topics", "the topics of the cluster");
  topics->require_subcommand(1);
  topics->footer(
      "Examples:\n  weir topics list --json\n  weir topics create events --partitions 3");

  CLI::App* const list = topics->add_subcommand("list", "name, partitions and id of each topic");
  list->footer("Examples:\n  weir topics list\n  weir topics list --json");
  list->callback([&invocation] { invocation.run = await_list; });

  add(*topics, "describe", "a topic's partitions, id and own settings",
      "  weir topics describe events", await_describe, options, invocation);
  CLI::App* const create = add(
      *topics, "create", "make a topic",
      "  weir topics create events --partitions 3\n"
      "  weir topics create events --config retention.ms=3600000 --config segment.bytes=1048576",
      await_create, options, invocation);
  create->add_option("--partitions", options->partitions, "default: what num.partitions says")
      ->check(CLI::Range(1, 10'000));
  create->add_option("--config", options->configs, "key=value, as often as needed")
      ->expected(1)
      ->take_all();
  add(*topics, "delete", "remove a topic and all its records", "  weir topics delete events",
      await_delete, options, invocation);
  add(*topics, "add-partitions", "give a topic more partitions",
      "  weir topics add-partitions events --partitions 6", await_add_partitions, options,
      invocation)
      ->add_option("--partitions", options->partitions, "how many in all")
      ->required()
      ->check(CLI::Range(1, 10'000));
}

}  // namespace weir

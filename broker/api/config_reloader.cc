#include "broker/api/config_reloader.h"

#include <fmt/core.h>

#include "broker/api/config_changes.h"
#include "broker/config/config_key.h"
#include "broker/config/reload.h"

namespace weir {
namespace {

constexpr std::string_view kComponent = "Config";

void say(ShardContext& shard0, LogLevel level, const std::string& line) {
  log_line(shard0.env.log, level, kComponent, [&] { return line; });
}

// Before it is published.
void say_what_changes(ShardContext& shard0, const ReloadedConfig& reloaded) {
  for (const std::string_view name : reloaded.changed) {
    const ConfigKey& key = *find_config_key(name);
    const bool outranked = shard0.dynamic.of_this_broker.contains(name) ||
                           shard0.dynamic.of_all_brokers.contains(name);
    say(shard0, LogLevel::info,
        fmt::format(
            "{} = {}: reloaded{}", name, key.get(reloaded.config, key).value_or("(none)"),
            outranked ? ", without effect while a value that was altered at run time counts" : ""));
  }
  for (const std::string_view name : reloaded.need_restart) {
    say(shard0, LogLevel::warn,
        fmt::format("{} changed in the settings, and needs a restart to take effect", name));
  }
}

}  // namespace

ConfigReloader::ConfigReloader(ShardContext& shard0, ConfigReload& reload)
    : shard0_(shard0), reload_(reload), bell_(shard0.env.scheduler) {
  CHECK(reload_.bell_ == nullptr);
  reload_.bell_ = &bell_;
  if (reload_.asked_) bell_.set();
}

void ConfigReloader::await_run() {
  for (;;) {
    bell_.await();
    if (closed_) return;
    // What is asked from here on is another reading.
    bell_.reset();
    reload_.asked_ = false;
    await_reload();
  }
}

void ConfigReloader::close() {
  closed_ = true;
  bell_.set();
}

void ConfigReloader::await_reload() {
  const Mutex::Lock lock = shard0_.cluster->creating.await_lock();
  const auto refuse = [&](const ConfigError& error) {
    say(shard0_, LogLevel::error,
        fmt::format("{}; nothing was reloaded, the settings in effect stay", error.message));
  };
  const auto text = reload_.read_();
  if (!text) return refuse(text.error());
  const auto parsed = parse_config(*text);
  if (!parsed) return refuse(parsed.error());
  const auto reloaded = reload_config(shard0_.static_config, parsed->config);
  if (!reloaded) return refuse(reloaded.error());
  for (const std::string& warning : parsed->warnings) say(shard0_, LogLevel::warn, warning);
  say_what_changes(shard0_, *reloaded);
  await_publish_reloaded(shard0_, reloaded->config);
  say(shard0_, LogLevel::info,
      fmt::format("settings reloaded: {} in effect, {} need a restart", reloaded->changed.size(),
                  reloaded->need_restart.size()));
}

}  // namespace weir

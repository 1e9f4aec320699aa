// ConfigReload: by which who started a broker tells it that its settings may have changed.
//
// Owned by the starter, outlives the broker, used on shard 0 only. The starter knows where the
// settings are; the broker decides when they are read, and what of them takes effect
// (broker/config/reload.h).
//
//   ConfigReload reload([] { return text_of("server.properties"); });
//   await_run_broker(env, stop, config, &reload);      elsewhere, on SIGHUP: reload.ask();
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "broker/config/settings.h"
#include "sim/fiber/event.h"

namespace weir {

class ConfigReload {
 public:
  // The text for parse_config, as at the start. Called in a fiber of the broker's. The error is
  // said as it is.
  using Read = std::function<Result<std::string, ConfigError>()>;

  explicit ConfigReload(Read read) : read_(std::move(read)) {}

  // Does not suspend. What is asked while the broker starts is done when it has; several times
  // before one reading are one.
  void ask() {
    asked_ = true;
    if (bell_ != nullptr) bell_->set();
  }

 private:
  friend class ConfigReloader;
  const Read read_;
  bool asked_ = false;
  Event* bell_ = nullptr;  // of the broker, while it serves
};

}  // namespace weir

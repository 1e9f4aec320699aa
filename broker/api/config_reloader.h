// ConfigReloader: the fiber of shard 0 that reads the settings anew each time that it is asked to.
//
// Nothing is in effect by half: settings that cannot be read, or of which one is bad, are refused as
// they are at the start, and those in effect stay. What was altered while the broker runs outranks
// the file, as it does after a restart.
#pragma once

#include "broker/api/shard_context.h"
#include "broker/config_reload.h"

namespace weir {

class ConfigReloader {
 public:
  ConfigReloader(ShardContext& shard0, ConfigReload& reload);
  ConfigReloader(const ConfigReloader&) = delete;
  ConfigReloader& operator=(const ConfigReloader&) = delete;
  ~ConfigReloader() { reload_.bell_ = nullptr; }

  // Until close().
  void await_run();
  void close();

 private:
  void await_reload();

  ShardContext& shard0_;
  ConfigReload& reload_;
  bool closed_ = false;
  Event bell_;
};

}  // namespace weir

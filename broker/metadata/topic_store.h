// TopicStore: which topics exist, on disk. Owned by shard 0.
//
//   weir-topics = version LF count LF *( name SP partitions SP topic-id [ SP settings ] LF )
//   version     = "1" ; "0" has no settings and is still read
//   settings    what the topic sets for itself, as encode_settings writes it
//
// The file is written beside itself, synced and renamed, and the directory synced: a topic exists
// when its line does. Its partition directories are made (and synced) before, so a crash in the
// middle leaves directories without a line; they hold no records and are used again.
#pragma once

#include <string>

#include "broker/metadata/metadata_cache.h"
#include "sim/base/result.h"
#include "sim/env/env.h"

namespace weir {

class TopicStore {
 public:
  explicit TopicStore(Env& env) : env_(env) {}

  Result<Done, IoError> await_load();
  // Makes the directories, then the line. The name is new.
  Result<Done, IoError> await_create(const std::string& name, const TopicInfo& info);
  // Replaces what the topic, which exists, sets for itself.
  Result<Done, IoError> await_set_configs(const std::string& name, const Settings& configs);
  [[nodiscard]] const MetadataCache::Topics& topics() const { return topics_; }

 private:
  Result<Done, IoError> await_write(const MetadataCache::Topics& topics);
  Env& env_;
  MetadataCache::Topics topics_;
};

}  // namespace weir

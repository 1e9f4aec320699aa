// TopicStore: which topics exist, on disk. Owned by shard 0.
//
//   weir-topics = "0" LF count LF *( name SP partitions SP topic-id LF )
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
  [[nodiscard]] const MetadataCache::Topics& topics() const { return topics_; }

 private:
  Result<Done, IoError> await_write(const MetadataCache::Topics& topics);
  Env& env_;
  MetadataCache::Topics topics_;
};

}  // namespace weir

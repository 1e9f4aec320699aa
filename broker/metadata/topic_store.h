// TopicStore: which topics exist, on disk. Owned by shard 0.
//
//   weir-topics = version LF count LF *( name SP partitions SP topic-id [ SP settings ] LF )
//   version     = "1" ; "0" has no settings and is still read
//   settings    what the topic sets for itself, as encode_settings writes it
//
// The file is written beside itself, synced and renamed, and the directory synced: a topic exists
// when its line does. Its partition directories are made (and synced) before, so a crash in the
// middle leaves directories without a line. So does a crash after the line of a deleted topic went: what
// such a directory holds belongs to nobody, and whoever makes a topic of that name empties it first.
//
// A directory without the file is new, or another broker's: then the topics of its partition directories
// (topic_directories.h) are taken over. The file is written at once, with none too, so that what a crash
// leaves of the first topic's creation is never mistaken for a topic.
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
  // The line goes; the directories are the caller's.
  Result<Done, IoError> await_delete(const std::string& name);
  // The topic, which exists, has `count` partitions from now on, more than before.
  Result<Done, IoError> await_set_partitions(const std::string& name, int32_t count);
  // Replaces what the topic, which exists, sets for itself.
  Result<Done, IoError> await_set_configs(const std::string& name, const Settings& configs);
  [[nodiscard]] const MetadataCache::Topics& topics() const { return topics_; }

 private:
  Result<Done, IoError> await_take_over();
  Result<Done, IoError> await_write(const MetadataCache::Topics& topics);
  Result<Done, IoError> await_make_directories(const std::string& name, const TopicInfo& info,
                                               int32_t from);
  Env& env_;
  MetadataCache::Topics topics_;
};

}  // namespace weir

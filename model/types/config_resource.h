// The words that all APIs about configuration share: what is configured, where a value comes from,
// what kind of value it is, how it is changed. The numbers are Kafka's (ConfigResource, KIP-226,
// KIP-569, KIP-339); any int8 can arrive.
#pragma once

#include <cstdint>

namespace weir {

enum class ConfigResourceType : int8_t {
  unknown = 0,
  topic = 2,
  broker = 4,  // named by the broker's id; an empty name is the default of all brokers
  broker_logger = 8,
};

enum class ConfigSource : int8_t {
  unset = -1,  // versions that do not carry it
  dynamic_topic = 1,
  dynamic_broker = 2,
  dynamic_default_broker = 3,  // of all brokers
  static_broker = 4,           // server.properties and the command line
  default_value = 5,
};

enum class ConfigType : int8_t {
  unknown = 0,
  boolean = 1,
  string = 2,
  int32 = 3,
  int16 = 4,
  int64 = 5,
  floating = 6,
  list = 7,
  class_name = 8,
  password = 9,
};

enum class AlterConfigOp : int8_t {
  set = 0,
  remove = 1,    // back to the default; Kafka's DELETE
  append = 2,    // to a list
  subtract = 3,  // from a list
};

}  // namespace weir

// Calls visit.template operator()<M>(name) for every record of ZooKeeper's wire that model/jute knows.
// RandomMessage (random_message.h) fills them, as it fills Kafka's messages.
#pragma once

#include "model/jute/jute.h"
#include "model/jute/multi.h"
#include "model/jute/records.h"
#include "tests/model/random_message.h"

namespace weir {

template <class Visit>
void for_each_jute_record(Visit&& visit) {
  visit.template operator()<Acl>("ACL");
  visit.template operator()<ZnodeStat>("Stat");
  visit.template operator()<ConnectRequest>("ConnectRequest");
  visit.template operator()<ConnectResponse>("ConnectResponse");
  visit.template operator()<ZkRequestHeader>("ZkRequestHeader");
  visit.template operator()<ZkReplyHeader>("ZkReplyHeader");
  visit.template operator()<AuthPacket>("AuthPacket");
  visit.template operator()<WatcherEvent>("WatcherEvent");
  visit.template operator()<PathRecord>("PathRecord");
  visit.template operator()<PathWatchRequest>("PathWatchRequest");
  visit.template operator()<CreateRequest>("CreateRequest");
  visit.template operator()<PathVersionRequest>("PathVersionRequest");
  visit.template operator()<SetDataRequest>("SetDataRequest");
  visit.template operator()<SetAclRequest>("SetACLRequest");
  visit.template operator()<SetWatchesRequest>("SetWatches2");
  visit.template operator()<PathModeRequest>("PathModeRequest");
  visit.template operator()<StatResponse>("StatResponse");
  visit.template operator()<Create2Response>("Create2Response");
  visit.template operator()<GetDataResponse>("GetDataResponse");
  visit.template operator()<GetAclResponse>("GetACLResponse");
  visit.template operator()<NamesResponse>("NamesResponse");
  visit.template operator()<GetChildren2Response>("GetChildren2Response");
  visit.template operator()<NumberResponse>("NumberResponse");
  visit.template operator()<ErrorResponse>("ErrorResponse");
  visit.template operator()<ClientInfo>("ClientInfo");
  visit.template operator()<WhoAmIResponse>("WhoAmIResponse");
  visit.template operator()<MultiHeader>("MultiHeader");
}

// Up to five operations of the kinds that a multi may hold.
inline std::vector<MultiOp> random_multi(Stream& stream) {
  RandomMessage random{stream, 0};
  std::vector<MultiOp> ops;
  for (uint64_t count = stream.below(6); count > 0; --count) {
    switch (stream.below(5)) {
      case 0:
        ops.push_back({ZkOp::create, random.make<CreateRequest>()});
        break;
      case 1:
        ops.push_back({ZkOp::remove, random.make<PathVersionRequest>()});
        break;
      case 2:
        ops.push_back({ZkOp::check, random.make<PathVersionRequest>()});
        break;
      case 3:
        ops.push_back({ZkOp::set_data, random.make<SetDataRequest>()});
        break;
      default:
        ops.push_back({ZkOp::get_children, random.make<PathWatchRequest>()});
        break;
    }
  }
  return ops;
}

inline std::vector<MultiResult> random_multi_results(Stream& stream) {
  RandomMessage random{stream, 0};
  std::vector<MultiResult> results;
  for (uint64_t count = stream.below(6); count > 0; --count) {
    MultiResult& result = results.emplace_back();
    switch (stream.below(6)) {
      case 0:
        result.op = ZkOp::error;
        result.error = ZkError::no_node;
        break;
      case 1:
        result.op = ZkOp::remove;
        break;
      case 2:
        result.op = ZkOp::create;
        result.path = random.make<PathRecord>().path;
        break;
      case 3:
        result.op = ZkOp::set_data;
        result.stat = random.make<ZnodeStat>();
        break;
      case 4:
        result.op = ZkOp::get_children;
        result.children = {"a", "b"};
        break;
      default: {
        const auto read = random.make<GetDataResponse>();
        result.op = ZkOp::get_data;
        result.data = read.data;
        result.stat = read.stat;
      }
    }
  }
  return results;
}

}  // namespace weir

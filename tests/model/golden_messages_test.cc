// Bytes worked out by hand from the published layouts. A change here breaks every client.
#include "tests/support/test_pch.h"

#include "model/protocol/alter_configs.h"
#include "model/protocol/api_versions.h"
#include "model/protocol/create_partitions.h"
#include "model/protocol/delete_records.h"
#include "model/protocol/delete_topics.h"
#include "model/protocol/describe_cluster.h"
#include "model/protocol/describe_configs.h"
#include "model/protocol/describe_log_dirs.h"
#include "model/protocol/describe_producers.h"
#include "model/protocol/fetch.h"
#include "model/protocol/header.h"
#include "model/protocol/incremental_alter_configs.h"
#include "model/protocol/init_producer_id.h"
#include "model/protocol/metadata.h"
#include "model/protocol/offset_for_leader_epoch.h"
#include "model/protocol/produce.h"
#include "tests/model/hex.h"

namespace weir {
namespace {

template <class M>
std::string body_of(const M& message, int16_t version) {
  Buffer bytes;
  Codec<M>::append(bytes, message, version);
  return to_hex(bytes);
}

std::string compact_hex(const char* digits) { return to_hex(hex(digits)); }

ApiVersionsResponse one_api() {
  ApiVersionsResponse response;
  response.apis = {{ApiKey::api_versions, 0, 4}};
  return response;
}

TEST_CASE("ApiVersions v0 response frame") {
  REQUIRE(to_hex(encode_response(0, 7, one_api())) ==
          compact_hex("00000010 00000007 0000 00000001 0012 0000 0004"));
}

TEST_CASE("ApiVersions v3 response frame keeps header v0") {
  REQUIRE(to_hex(encode_response(3, 7, one_api())) ==
          compact_hex("00000013 00000007 0000 02 0012 0000 0004 00 00000000 00"));
}

TEST_CASE("ApiVersions v3 response with tagged fields") {
  ApiVersionsResponse response;
  response.supported_features = {{"f", 1, 2}};
  response.finalized_features_epoch = 0;
  REQUIRE(body_of(response, 3) ==
          compact_hex("0000 01 00000000 02  00 08 02 0266 0001 0002 00  01 08 0000000000000000"));
}

TEST_CASE("ApiVersions v3 request frame keeps a classic client id") {
  const ApiVersionsRequest request{"x", "1"};
  REQUIRE(to_hex(encode_request(3, 1, "abc", request)) ==
          compact_hex("00000013 0012 0003 00000001 0003 616263 00  0278 0231 00"));
}

TEST_CASE("Metadata v1 response") {
  MetadataResponse response;
  response.brokers.push_back({.node_id = BrokerId{0}, .host = "h", .port = 9092});
  response.controller_id = BrokerId{0};
  response.topics.push_back({.name = "t"});
  response.topics[0].partitions.push_back(
      {.replicas = {BrokerId{0}}, .in_sync_replicas = {BrokerId{0}}});
  REQUIRE(body_of(response, 1) ==
          compact_hex("00000001 00000000 0001 68 00002384 ffff  00000000"
                      "00000001 0000 0001 74 00  00000001 0000 00000000 00000000"
                      "00000001 00000000 00000001 00000000"));
}

TEST_CASE("Metadata asks for all topics by null, and in v0 by an empty list") {
  REQUIRE(body_of(MetadataRequest{}, 1) == "ffffffff");
  REQUIRE(body_of(MetadataRequest{}, 0) == "00000000");
  REQUIRE(body_of(MetadataRequest{}, 9) == "0001000000");
}

TEST_CASE("wants_all_topics follows the version") {
  MetadataRequest none;
  none.topics.emplace();
  REQUIRE(wants_all_topics(none, 0));
  REQUIRE_FALSE(wants_all_topics(none, 1));
  REQUIRE(wants_all_topics(MetadataRequest{}, 12));
}

TEST_CASE("Produce v3 and v9 requests") {
  const Buffer records = hex("aabbcc");
  ProduceRequest request{.acks = -1, .timeout_ms = 1000};
  request.topics.push_back({.name = "t", .partitions = {{PartitionIndex{0}, ConstBytes{records}}}});
  REQUIRE(body_of(request, 3) == compact_hex("ffff ffff 000003e8 00000001 0001 74 00000001"
                                             "00000000 00000003 aabbcc"));
  REQUIRE(body_of(request, 9) ==
          compact_hex("00 ffff 000003e8 02 0274 02 00000000 04 aabbcc 00 00 00"));
}

TEST_CASE("Produce v10 response tells the new leader in tagged fields") {
  ProduceResponse response;
  response.topics.push_back({.name = "t"});
  ProduceResponse::Partition partition;
  partition.error = ErrorCode::not_leader_or_follower;
  partition.base_offset = kNoOffset;
  partition.current_leader = {BrokerId{2}, LeaderEpoch{5}};
  response.topics[0].partitions.push_back(partition);
  response.node_endpoints.push_back({.node_id = BrokerId{2}, .host = "h", .port = 1});
  REQUIRE(body_of(response, 10) ==
          compact_hex("02 0274 02 00000000 0006 ffffffffffffffff ffffffffffffffff"
                      "ffffffffffffffff 01 00  01 00 09 00000002 00000005 00  00"
                      "00000000  01 00 0d 02 00000002 0268 00000001 00 00"));
}

TEST_CASE("Fetch v4 and v12 requests") {
  FetchRequest request{.cluster_id = "c", .max_wait_ms = 500, .min_bytes = 1};
  request.topics.push_back({.name = "t"});
  request.topics[0].partitions.push_back(
      {.fetch_offset = Offset{9}, .partition_max_bytes = 4096});
  REQUIRE(body_of(request, 4) ==
          compact_hex("ffffffff 000001f4 00000001 7fffffff 00 00000001 0001 74 00000001"
                      "00000000 0000000000000009 00001000"));
  REQUIRE(body_of(request, 12) ==
          compact_hex("ffffffff 000001f4 00000001 7fffffff 00 00000000 ffffffff"
                      "02 0274 02 00000000 ffffffff 0000000000000009 ffffffff ffffffffffffffff"
                      "00001000 00 00  01 01  01 00 02 0263"));
}

TEST_CASE("Fetch responses write no records as empty, never as null") {
  FetchResponse response;
  response.topics.push_back({.name = "t"});
  response.topics[0].partitions.push_back({.high_watermark = Offset{3}});
  REQUIRE(body_of(response, 4) ==
          compact_hex("00000000 00000001 0001 74 00000001 00000000 0000 0000000000000003"
                      "ffffffffffffffff ffffffff 00000000"));
  response.topics[0].partitions[0].diverging_epoch = {LeaderEpoch{1}, Offset{2}};
  REQUIRE(body_of(response, 12) ==
          compact_hex("00000000 0000 00000000 02 0274 02 00000000 0000 0000000000000003"
                      "ffffffffffffffff ffffffffffffffff 00 ffffffff 01"
                      "01 00 0d 00000001 0000000000000002 00  00 00"));
}

TEST_CASE("a Fetch response with gaps is, once they are filled, what it is without") {
  REQUIRE(rc::check([](const std::vector<Buffer>& records) {
    for (int16_t version = 4; version <= 17; ++version) {
      FetchResponse whole;
      FetchResponse with_gaps;
      for (FetchResponse* response : {&whole, &with_gaps}) {
        response->topics = {{.name = "t", .topic_id = {}, .partitions = {}}};
      }
      uint64_t gap_bytes = 0;
      for (size_t i = 0; i < records.size(); ++i) {
        // Some of it stands in the frame, some of it does not.
        const size_t held = i % 3 == 0 ? records[i].size() / 2 : 0;
        FetchResponse::Partition partition;
        partition.index = PartitionIndex{static_cast<int32_t>(i)};
        partition.records = records[i];
        whole.topics[0].partitions.push_back(partition);
        partition.records.resize(held);
        partition.records_gap_bytes = records[i].size() - held;
        gap_bytes += partition.records_gap_bytes;
        with_gaps.topics[0].partitions.push_back(partition);
      }
      const RequestHeader header{ApiKey::fetch, version, 7, std::nullopt};
      const FrameWithGaps frame = encode_response_with_gaps(header, with_gaps, gap_bytes);
      Buffer filled;
      size_t taken = 0;
      auto gap = frame.gaps.begin();
      for (size_t i = 0; i < records.size(); ++i) {
        const uint64_t missing = with_gaps.topics[0].partitions[i].records_gap_bytes;
        if (missing == 0) continue;
        RC_ASSERT(gap != frame.gaps.end() && gap->bytes == missing);
        append_bytes(filled, ConstBytes(frame.bytes).subspan(taken, gap->at - taken));
        append_bytes(filled, ConstBytes(records[i]).last(missing));
        taken = (gap++)->at;
      }
      RC_ASSERT(gap == frame.gaps.end());
      append_bytes(filled, ConstBytes(frame.bytes).subspan(taken));
      RC_ASSERT(filled == encode_response(header, whole));
    }
  }));
}

TEST_CASE("Fetch accepts null records from a peer as empty") {
  const Buffer bytes = hex(
      "00000000 00000001 0001 74 00000001 00000000 0000 0000000000000003"
      "ffffffffffffffff ffffffff ffffffff");
  const auto decoded = Codec<FetchResponse>::decode(bytes, 4);
  REQUIRE(decoded.ok());
  REQUIRE(decoded->topics[0].partitions[0].records.empty());
}

TEST_CASE("a follower's id is found in the field that its version carries") {
  FetchRequest request{.replica_id = BrokerId{3}};
  REQUIRE(replica_of(request) == BrokerId{3});
  request = {};
  request.replica_state.replica_id = BrokerId{4};
  REQUIRE(replica_of(request) == BrokerId{4});
  REQUIRE(replica_of(FetchRequest{}) == kNoBroker);
}

TEST_CASE("InitProducerId v2 request and response frames are flexible") {
  REQUIRE(to_hex(encode_request(2, 1, std::nullopt, InitProducerIdRequest{})) ==
          compact_hex("00000011 0016 0002 00000001 ffff 00  00 00000000 00"));
  const InitProducerIdResponse response{.producer_id = ProducerId{8}};
  REQUIRE(to_hex(encode_response(2, 1, response)) ==
          compact_hex("00000016 00000001 00  00000000 0000 0000000000000008 0000 00"));
}

TEST_CASE("DeleteTopics names topics up to v5, and by name or id from v6 on") {
  DeleteTopicsRequest request;
  request.topic_names = {"t"};
  request.timeout_ms = 1000;
  REQUIRE(body_of(request, 0) == compact_hex("00000001 0001 74 000003e8"));
  REQUIRE(body_of(request, 4) == compact_hex("02 0274 000003e8 00"));
  request.topics = {{std::nullopt, Uuid{{1, 2}}}};
  REQUIRE(body_of(request, 6) ==
          compact_hex("02 00 01020000000000000000000000000000 00 000003e8 00"));
  DeleteTopicsResponse response;
  response.topics = {{std::nullopt, Uuid{{1, 2}}, ErrorCode::unknown_topic_id, "x"}};
  REQUIRE(body_of(response, 0) == compact_hex("00000001 0000 0064"));
  REQUIRE(body_of(response, 5) == compact_hex("00000000 02 01 0064 0278 00 00"));
  REQUIRE(body_of(response, 6) ==
          compact_hex("00000000 02 00 01020000000000000000000000000000 0064 0278 00 00"));
}

TEST_CASE("CreatePartitions v0 and v2") {
  CreatePartitionsRequest request;
  request.topics = {{"t", 3, std::nullopt}, {"u", 2, {{{{BrokerId{1}}}}}}};
  request.timeout_ms = 1000;
  request.validate_only = true;
  REQUIRE(body_of(request, 0) == compact_hex("00000002 0001 74 00000003 ffffffff"
                                             "0001 75 00000002 00000001 00000001 00000001"
                                             "000003e8 01"));
  REQUIRE(body_of(request, 2) == compact_hex("03 0274 00000003 00 00"
                                             "0275 00000002 02 02 00000001 00 00"
                                             "000003e8 01 00"));
  CreatePartitionsResponse response;
  response.topics = {{"t", ErrorCode::invalid_partitions, "x"}};
  REQUIRE(body_of(response, 1) == compact_hex("00000000 00000001 0001 74 0025 0001 78"));
  REQUIRE(body_of(response, 3) == compact_hex("00000000 02 0274 0025 0278 00 00"));
}

TEST_CASE("DeleteRecords v0 and v2") {
  DeleteRecordsRequest request;
  request.topics = {{"t", {{PartitionIndex{1}, delete_records::kToHighWatermark}}}};
  request.timeout_ms = 1000;
  REQUIRE(body_of(request, 0) ==
          compact_hex("00000001 0001 74 00000001 00000001 ffffffffffffffff 000003e8"));
  REQUIRE(body_of(request, 2) ==
          compact_hex("02 0274 02 00000001 ffffffffffffffff 00 00 000003e8 00"));
  DeleteRecordsResponse response;
  response.topics = {{"t", {{PartitionIndex{1}, Offset{9}, ErrorCode::none}}}};
  REQUIRE(body_of(response, 1) ==
          compact_hex("00000000 00000001 0001 74 00000001 00000001 0000000000000009 0000"));
  REQUIRE(body_of(response, 2) ==
          compact_hex("00000000 02 0274 02 00000001 0000000000000009 0000 00 00 00"));
}

TEST_CASE("OffsetForLeaderEpoch in each of its layouts") {
  OffsetForLeaderEpochRequest request;
  request.topics = {{"t", {{PartitionIndex{1}, LeaderEpoch{7}, LeaderEpoch{5}}}}};
  REQUIRE(body_of(request, 0) == compact_hex("00000001 0001 74 00000001 00000001 00000005"));
  REQUIRE(body_of(request, 2) ==
          compact_hex("00000001 0001 74 00000001 00000001 00000007 00000005"));
  REQUIRE(body_of(request, 3) ==
          compact_hex("fffffffe 00000001 0001 74 00000001 00000001 00000007 00000005"));
  REQUIRE(body_of(request, 4) ==
          compact_hex("fffffffe 02 0274 02 00000001 00000007 00000005 00 00 00"));
  OffsetForLeaderEpochResponse response;
  response.topics = {{"t", {{ErrorCode::none, PartitionIndex{1}, LeaderEpoch{5}, Offset{9}}}}};
  REQUIRE(body_of(response, 0) ==
          compact_hex("00000001 0001 74 00000001 0000 00000001 0000000000000009"));
  REQUIRE(body_of(response, 1) ==
          compact_hex("00000001 0001 74 00000001 0000 00000001 00000005 0000000000000009"));
  REQUIRE(body_of(response, 4) ==
          compact_hex("00000000 02 0274 02 0000 00000001 00000005 0000000000000009 00 00 00"));
}

TEST_CASE("DescribeConfigs asks for all keys by null") {
  DescribeConfigsRequest request;
  request.resources = {{ConfigResourceType::topic, "t", std::nullopt},
                       {ConfigResourceType::broker, "1", {{"k"}}}};
  request.include_synonyms = true;
  REQUIRE(body_of(request, 0) == compact_hex("00000002 02 0001 74 ffffffff"
                                             "04 0001 31 00000001 0001 6b"));
  REQUIRE(body_of(request, 1) == compact_hex("00000002 02 0001 74 ffffffff"
                                             "04 0001 31 00000001 0001 6b 01"));
  REQUIRE(body_of(request, 4) == compact_hex("03 02 0274 00 00  04 0231 02 026b 00  01 00 00"));
}

TEST_CASE("DescribeConfigs tells sources, types and documentation by version") {
  DescribeConfigsResponse response;
  DescribeConfigsResponse::Result& result = response.results.emplace_back();
  result.resource_type = ConfigResourceType::topic;
  result.resource_name = "t";
  DescribeConfigsResponse::Config config;
  config.name = "k";
  config.value = "v";
  config.is_default = true;
  config.source = ConfigSource::default_value;
  config.synonyms = {{"s", std::nullopt, ConfigSource::static_broker}};
  config.type = ConfigType::int64;
  config.documentation = "d";
  result.configs = {config};
  REQUIRE(body_of(response, 0) == compact_hex("00000000 00000001 0000 ffff 02 0001 74"
                                              "00000001 0001 6b 0001 76 00 01 00"));
  REQUIRE(body_of(response, 1) == compact_hex("00000000 00000001 0000 ffff 02 0001 74"
                                              "00000001 0001 6b 0001 76 00 05 00"
                                              "00000001 0001 73 ffff 04"));
  REQUIRE(body_of(response, 3) == compact_hex("00000000 00000001 0000 ffff 02 0001 74"
                                              "00000001 0001 6b 0001 76 00 05 00"
                                              "00000001 0001 73 ffff 04 05 0001 64"));
  REQUIRE(body_of(response, 4) == compact_hex("00000000 02 0000 00 02 0274"
                                              "02 026b 0276 00 05 00"
                                              "02 0273 00 04 00 05 0264 00 00 00"));
}

TEST_CASE("AlterConfigs v0 and v2") {
  AlterConfigsRequest request;
  request.resources = {{ConfigResourceType::topic, "t", {{"k", "v"}, {"l", std::nullopt}}}};
  request.validate_only = true;
  REQUIRE(body_of(request, 0) ==
          compact_hex("00000001 02 0001 74 00000002 0001 6b 0001 76 0001 6c ffff 01"));
  REQUIRE(body_of(request, 2) == compact_hex("02 02 0274 03 026b 0276 00 026c 00 00 00 01 00"));
  AlterConfigsResponse response;
  response.results = {{ErrorCode::invalid_config, "x", ConfigResourceType::topic, "t"}};
  REQUIRE(body_of(response, 1) == compact_hex("00000000 00000001 0028 0001 78 02 0001 74"));
  REQUIRE(body_of(response, 2) == compact_hex("00000000 02 0028 0278 02 0274 00 00"));
}

TEST_CASE("IncrementalAlterConfigs v0 and v1") {
  IncrementalAlterConfigsRequest request;
  request.resources = {
      {ConfigResourceType::broker,
       "",
       {{"k", AlterConfigOp::append, "v"}, {"l", AlterConfigOp::remove, std::nullopt}}}};
  REQUIRE(body_of(request, 0) ==
          compact_hex("00000001 04 0000 00000002 0001 6b 02 0001 76 0001 6c 01 ffff 00"));
  REQUIRE(body_of(request, 1) == compact_hex("02 04 01 03 026b 02 0276 00 026c 01 00 00 00 00 00"));
  IncrementalAlterConfigsResponse response;
  response.results = {{ErrorCode::none, std::nullopt, ConfigResourceType::broker, ""}};
  REQUIRE(body_of(response, 0) == compact_hex("00000000 00000001 0000 ffff 04 0000"));
  REQUIRE(body_of(response, 1) == compact_hex("00000000 02 0000 00 04 01 00 00"));
}

TEST_CASE("DescribeCluster v0 and v1") {
  REQUIRE(body_of(DescribeClusterRequest{true}, 0) == compact_hex("01 00"));
  REQUIRE(body_of(DescribeClusterRequest{true}, 1) == compact_hex("01 01 00"));
  DescribeClusterResponse response;
  response.cluster_id = "c";
  response.controller_id = BrokerId{1};
  response.brokers = {{BrokerId{1}, "h", 9092, std::nullopt}};
  REQUIRE(body_of(response, 0) == compact_hex("00000000 0000 00 0263 00000001"
                                              "02 00000001 0268 00002384 00 00 80000000 00"));
  REQUIRE(body_of(response, 1) == compact_hex("00000000 0000 00 01 0263 00000001"
                                              "02 00000001 0268 00002384 00 00 80000000 00"));
}

TEST_CASE("DescribeLogDirs in each of its layouts") {
  REQUIRE(body_of(DescribeLogDirsRequest{}, 0) == "ffffffff");
  DescribeLogDirsRequest request;
  request.topics = {{"t", {PartitionIndex{1}}}};
  REQUIRE(body_of(request, 1) == compact_hex("00000001 0001 74 00000001 00000001"));
  REQUIRE(body_of(request, 2) == compact_hex("02 0274 02 00000001 00 00"));
  DescribeLogDirsResponse response;
  response.directories = {
      {ErrorCode::none, "/d", {{"t", {{PartitionIndex{1}, 5, 0, false}}}}, 100, 40}};
  REQUIRE(body_of(response, 0) ==
          compact_hex("00000000 00000001 0000 0002 2f64 00000001 0001 74"
                      "00000001 00000001 0000000000000005 0000000000000000 00"));
  REQUIRE(body_of(response, 2) ==
          compact_hex("00000000 02 0000 03 2f64 02 0274"
                      "02 00000001 0000000000000005 0000000000000000 00 00 00 00 00"));
  REQUIRE(body_of(response, 3) ==
          compact_hex("00000000 0000 02 0000 03 2f64 02 0274"
                      "02 00000001 0000000000000005 0000000000000000 00 00 00 00 00"));
  REQUIRE(body_of(response, 4) ==
          compact_hex("00000000 0000 02 0000 03 2f64 02 0274"
                      "02 00000001 0000000000000005 0000000000000000 00 00 00"
                      "0000000000000064 0000000000000028 00 00"));
}

TEST_CASE("DescribeProducers v0") {
  DescribeProducersRequest request;
  request.topics = {{"t", {PartitionIndex{1}}}};
  REQUIRE(body_of(request, 0) == compact_hex("02 0274 02 00000001 00 00"));
  DescribeProducersResponse response;
  response.topics = {{"t", {{PartitionIndex{1}, ErrorCode::none, std::nullopt, {}}}}};
  response.topics[0].partitions[0].active_producers = {{.producer_id = ProducerId{8}}};
  REQUIRE(body_of(response, 0) ==
          compact_hex("00000000 02 0274 02 00000001 0000 00"
                      "02 0000000000000008 00000000 ffffffff ffffffffffffffff 00000000"
                      "ffffffffffffffff 00 00 00 00"));
}

TEST_CASE("printed messages show the fields of their version") {
  const Buffer records = hex("aabbcc");
  ProduceRequest request{.acks = -1, .timeout_ms = 1000};
  request.topics.push_back({.name = "t", .partitions = {{PartitionIndex{0}, ConstBytes{records}}}});
  const std::string text = Codec<ProduceRequest>::print(request, 2);
  REQUIRE(text.substr(0, text.find('#')) ==
          "{acks: -1, timeout_ms: 1000, topics: [{name: \"t\", partitions: [{index: 0, "
          "records: 3b ");
  REQUIRE(Codec<ApiVersionsResponse>::print({.error = ErrorCode::unsupported_version}, 0) ==
          "{error: UNSUPPORTED_VERSION, apis: []}");
}

}  // namespace
}  // namespace weir

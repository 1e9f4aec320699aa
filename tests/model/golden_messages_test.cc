// Bytes worked out by hand from the published layouts. A change here breaks every client.
#include "tests/support/test_pch.h"

#include "model/protocol/api_versions.h"
#include "model/protocol/fetch.h"
#include "model/protocol/header.h"
#include "model/protocol/init_producer_id.h"
#include "model/protocol/metadata.h"
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

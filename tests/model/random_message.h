// RandomMessage: the visitor that fills a message with random values which its version can carry.
//
// It keeps the byte strings that ConstBytes fields point to, so it must outlive the message. What
// the version lacks keeps its default: so encode and decode is the identity on what it makes.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "model/protocol/alter_configs.h"
#include "model/protocol/api_versions.h"
#include "model/protocol/create_partitions.h"
#include "model/protocol/create_topics.h"
#include "model/protocol/delete_records.h"
#include "model/protocol/delete_topics.h"
#include "model/protocol/describe_cluster.h"
#include "model/protocol/describe_configs.h"
#include "model/protocol/describe_log_dirs.h"
#include "model/protocol/describe_producers.h"
#include "model/protocol/fetch.h"
#include "model/protocol/find_coordinator.h"
#include "model/protocol/incremental_alter_configs.h"
#include "model/protocol/init_producer_id.h"
#include "model/protocol/list_offsets.h"
#include "model/protocol/metadata.h"
#include "model/protocol/offset_for_leader_epoch.h"
#include "model/protocol/produce.h"
#include "sim/base/stream.h"

namespace weir {

using AllMessages = std::tuple<
    ProduceRequest, ProduceResponse, FetchRequest, FetchResponse, ListOffsetsRequest,
    ListOffsetsResponse, MetadataRequest, MetadataResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, ApiVersionsRequest, ApiVersionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, InitProducerIdRequest, InitProducerIdResponse, AlterConfigsRequest,
    AlterConfigsResponse, CreatePartitionsRequest, CreatePartitionsResponse, DeleteRecordsRequest,
    DeleteRecordsResponse, DeleteTopicsRequest, DeleteTopicsResponse, DescribeClusterRequest,
    DescribeClusterResponse, DescribeConfigsRequest, DescribeConfigsResponse,
    DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeProducersRequest,
    DescribeProducersResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>;

class RandomMessage {
 public:
  RandomMessage(Stream& stream, int16_t version) : stream_(stream), version_(version) {}

  template <class M>
  M make() {
    M message;
    M::fields(*this, message);
    return message;
  }

  template <class T>
  void field(std::string_view, T& value, Versions where = {}) {
    if (where.contains(version_)) fill(value, where);
  }
  template <class T>
  void tagged(uint32_t, std::string_view name, T& value, Versions where = {},
              const std::type_identity_t<T>& = {}) {
    if (stream_.below(2) == 0) field(name, value, where);
  }

 private:
  template <class T>
  void fill(T& value, Versions where) {
    if constexpr (std::is_same_v<T, bool>) {
      value = stream_.below(2) == 0;
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(stream_.below(2) == 0 ? stream_.below(4) : stream_.next());
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(stream_.below(8) == 0 ? stream_.next() : stream_.below(100));
    } else if constexpr (IsStrong<T>::value) {
      typename T::Value raw{};
      fill(raw, where);
      value = T{raw};
    } else if constexpr (std::is_same_v<T, Uuid>) {
      for (uint8_t& byte : value.bytes) byte = static_cast<uint8_t>(stream_.next());
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = as_text(bytes());
    } else if constexpr (std::is_same_v<T, ConstBytes>) {
      value = kept_.emplace_back(bytes());
    } else if constexpr (std::is_same_v<T, Buffer>) {
      value = bytes();
    } else if constexpr (IsOptional<T>::value) {
      if (version_ >= where.nullable_first && stream_.below(4) == 0) {
        value.reset();
      } else {
        fill(value.emplace(), where);
      }
    } else if constexpr (IsArray<T>::value) {
      value.resize(stream_.below(4));
      for (auto& item : value) fill(item, where);
    } else {
      T::fields(*this, value);
    }
  }

  // Mostly short; now and then long enough for a length of two bytes in compact form.
  Buffer bytes() {
    Buffer made(stream_.below(stream_.below(16) == 0 ? 300 : 12));
    for (uint8_t& byte : made) byte = static_cast<uint8_t>(stream_.next());
    return made;
  }

  Stream& stream_;
  int16_t version_;
  std::deque<Buffer> kept_;
};

// Calls visit.template operator()<M>(version) for every message in every version.
template <class Visit>
void for_each_message(Visit&& visit) {
  const auto each = [&]<class M>(const M*) {
    const ApiInfo& api = api_info(M::kKey);
    for (int16_t version = api.min; version <= api.max; ++version) {
      visit.template operator()<M>(version);
    }
  };
  [&]<class... M>(const std::tuple<M...>*) {
    (each(static_cast<const M*>(nullptr)), ...);
  }(static_cast<const AllMessages*>(nullptr));
}

}  // namespace weir

// What becomes of the records that clients send, through the whole broker: the topic's rules, old
// formats, and the answers that name what is wrong.
#include "tests/support/test_pch.h"

#include "model/protocol/fetch.h"
#include "model/protocol/list_offsets.h"
#include "model/protocol/produce.h"
#include "model/record/batch_records.h"
#include "model/record/message_set.h"
#include "tests/broker/sim_broker.h"

namespace weir {
namespace {

// A broker with one topic "t" of one partition, and one client.
void with_topic(const RecordRules& rules, const std::function<void(Env&, BrokerSession&)>& body) {
  SimBroker broker(5);
  broker.config.log.records = rules;
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    Admin admin(env, broker.session());
    const auto created = admin.await_create_topic("t", 1, env.clock.now() + seconds(30));
    REQUIRE(created.ok());
    BrokerSession session(env, broker.session());
    body(env, session);
  }));
  REQUIRE(broker.start_failure().empty());
}

ProduceResponse::Partition await_produce(Env& env, BrokerSession& session, int16_t version,
                                         ConstBytes records) {
  ProduceRequest request;
  request.acks = -1;
  request.topics.push_back({"t", {{PartitionIndex{0}, records}}});
  const auto answer =
      session.await_call<ProduceResponse>(version, request, env.clock.now() + seconds(30));
  REQUIRE(answer.ok());
  return answer->topics.at(0).partitions.at(0);
}

FetchResponse::Partition await_fetch(Env& env, BrokerSession& session, int16_t version,
                                     int64_t offset) {
  FetchRequest request;
  request.min_bytes = 1;
  request.topics.push_back({"t", {}, {}});
  FetchRequest::Partition& partition = request.topics[0].partitions.emplace_back();
  partition.fetch_offset = Offset{offset};
  partition.partition_max_bytes = 1 << 20;
  const auto answer =
      session.await_call<FetchResponse>(version, request, env.clock.now() + seconds(30));
  REQUIRE(answer.ok());
  return answer->topics.at(0).partitions.at(0);
}

ListOffsetsResponse::Partition await_list(Env& env, BrokerSession& session, int16_t version,
                                          WallTime when, int32_t max_num_offsets = 1) {
  ListOffsetsRequest request;
  request.topics.push_back({"t", {{.timestamp_ms = when, .max_num_offsets = max_num_offsets}}});
  const auto answer =
      session.await_call<ListOffsetsResponse>(version, request, env.clock.now() + seconds(30));
  REQUIRE(answer.ok());
  return answer->topics.at(0).partitions.at(0);
}

Buffer batch_of(const std::vector<int64_t>& timestamps, Compression codec = Compression::none) {
  BatchBuilder builder{{.compression = codec}};
  for (const int64_t timestamp : timestamps) {
    builder.add({.timestamp = WallTime{timestamp}, .value = as_bytes("value")});
  }
  return builder.finish();
}

std::vector<int64_t> timestamps_in(ConstBytes bytes) {
  std::vector<int64_t> timestamps;
  for (const BatchView& batch : scan_batches(bytes).batches) {
    const auto records = BatchRecords::open(batch);
    REQUIRE(records.ok());
    BatchIterator each = records->iterator();
    for (;;) {
      const auto record = each.next();
      REQUIRE(record.ok());
      if (!*record) break;
      timestamps.push_back(each.timestamp_of(**record).value());
    }
  }
  return timestamps;
}

std::vector<int64_t> offsets_in_set(ConstBytes set, int8_t magic) {
  std::vector<int64_t> offsets;
  MessageSetReader reader{set};
  for (;;) {
    const auto message = reader.next();
    REQUIRE(message.ok());
    if (!*message) return offsets;
    REQUIRE((*message)->magic == magic);
    offsets.push_back((*message)->offset.value());
  }
}

}  // namespace

TEST_CASE("a topic with LogAppendTime answers with the time that it gave to the records") {
  with_topic({.timestamp_type = TimestampType::log_append_time}, [](Env& env,
                                                                    BrokerSession& session) {
    const auto produced = await_produce(env, session, 9, batch_of({1, 2}, Compression::lz4));
    REQUIRE(produced.error == ErrorCode::none);
    REQUIRE(produced.log_append_time_ms > WallTime{0});
    const int64_t stamp = produced.log_append_time_ms.value();
    REQUIRE(timestamps_in(await_fetch(env, session, 11, 0).records) == std::vector{stamp, stamp});
  });
}

TEST_CASE("records that are refused are named from Produce 8 on, and none is appended") {
  with_topic({.timestamp_before_max_ms = 1'000}, [](Env& env, BrokerSession& session) {
    const int64_t now = env.clock.wall_now().value();
    const Buffer sent = batch_of({now, now - 500'000, now, now - 600'000});
    const auto refused = await_produce(env, session, 8, sent);
    REQUIRE(refused.error == ErrorCode::invalid_timestamp);
    REQUIRE(refused.base_offset == kNoOffset);
    REQUIRE(refused.error_message.has_value());
    REQUIRE(refused.record_errors.size() == 2);
    REQUIRE(refused.record_errors[0].batch_index == 1);
    REQUIRE(refused.record_errors[1].batch_index == 3);
    REQUIRE(await_produce(env, session, 7, sent).error == ErrorCode::invalid_timestamp);
    REQUIRE(await_list(env, session, 5, list_offsets::kLatest).offset == Offset{0});
  });
}

TEST_CASE("a topic's compression type is what is stored") {
  with_topic({.compression = Compression::zstd}, [](Env& env, BrokerSession& session) {
    for (const Compression codec : {Compression::none, Compression::gzip, Compression::zstd}) {
      REQUIRE(await_produce(env, session, 9, batch_of({1, 2}, codec)).error == ErrorCode::none);
    }
    const auto fetched = await_fetch(env, session, 11, 0);
    const BatchScan scan = scan_batches(fetched.records);
    REQUIRE(scan.batches.size() == 3);
    for (const BatchView& batch : scan.batches) {
      REQUIRE(batch.compression() == Compression::zstd);
      REQUIRE(batch.crc_ok());
    }
  });
}

TEST_CASE("max.message.bytes is judged after recompression too") {
  SimBroker broker(5);
  broker.config.log.records.max_message_bytes = 5'000;
  broker.config.log.records.compression = Compression::none;
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    Admin admin(env, broker.session());
    REQUIRE(admin.await_create_topic("t", 1, env.clock.now() + seconds(30)).ok());
    BrokerSession session(env, broker.session());
    BatchBuilder builder{{.compression = Compression::gzip}};
    builder.add({.timestamp = WallTime{1}, .value = Buffer(10'000)});
    const auto refused = await_produce(env, session, 9, builder.finish());
    REQUIRE(refused.error == ErrorCode::message_too_large);
  }));
}

TEST_CASE("an offset by time is exact inside of a compressed batch") {
  with_topic({}, [](Env& env, BrokerSession& session) {
    int64_t first = 0;
    for (const Compression codec :
         {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
      const int64_t time = 1'000 * (first + 1);
      const Buffer sent = batch_of({time, time + 200, time + 100}, codec);
      REQUIRE(await_produce(env, session, 9, sent).error == ErrorCode::none);
      const auto found = await_list(env, session, 5, WallTime{time + 1});
      REQUIRE(found.offset == Offset{first + 1});
      REQUIRE(found.timestamp_ms == WallTime{time + 200});
      first += 3;
    }
  });
}

TEST_CASE("Produce 0 to 2 and Fetch 0 to 3 carry old message sets") {
  with_topic({}, [](Env& env, BrokerSession& session) {
    Buffer sent;
    for (int i = 0; i < 3; ++i) {
      append_message(sent, {.offset = Offset{i},
                            .magic = 1,
                            .timestamp = WallTime{100 + i},
                            .value = as_bytes("v")});
    }
    for (int16_t version = 0; version < 3; ++version) {
      const auto produced = await_produce(env, session, version, sent);
      REQUIRE(produced.error == ErrorCode::none);
      REQUIRE(produced.base_offset == Offset{3 * version});
    }
    REQUIRE(await_produce(env, session, 3, sent).error == ErrorCode::invalid_record);
    const std::vector<int64_t> all{4, 5, 6, 7, 8};
    for (int16_t version = 0; version < 4; ++version) {
      const auto fetched = await_fetch(env, session, version, 4);
      REQUIRE(fetched.error == ErrorCode::none);
      REQUIRE(offsets_in_set(fetched.records, version < 2 ? 0 : 1) == all);
    }
    const std::vector<int64_t> times{100, 101, 102};
    const auto fetched = await_fetch(env, session, 11, 6);
    REQUIRE(timestamps_in(fetched.records) == times);
  });
}

TEST_CASE("ListOffsets 0 answers with a list, the latest first") {
  with_topic({}, [](Env& env, BrokerSession& session) {
    using Offsets = std::vector<Offset>;
    REQUIRE(await_produce(env, session, 9, batch_of({100, 200, 300})).error == ErrorCode::none);
    const auto asked = [&](WallTime when, int32_t count) {
      const auto answer = await_list(env, session, 0, when, count);
      REQUIRE(answer.error == ErrorCode::none);
      return answer.old_style_offsets;
    };
    REQUIRE(asked(list_offsets::kLatest, 1) == Offsets{Offset{3}});
    REQUIRE(asked(list_offsets::kLatest, 9) == Offsets{Offset{3}, Offset{0}});
    REQUIRE(asked(list_offsets::kEarliest, 9) == Offsets{Offset{0}});
    REQUIRE(asked(WallTime{150}, 1) == Offsets{Offset{1}});
    REQUIRE(asked(WallTime{900}, 1) == Offsets{Offset{3}});
    REQUIRE(asked(list_offsets::kLatest, 0).empty());
    REQUIRE(asked(list_offsets::kLatest, -5).empty());
  });
}

}  // namespace weir

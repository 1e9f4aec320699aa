// The broker as its clients see it, in the simulated world: frames, limits, errors, long polls.
#include "tests/support/test_pch.h"

#include <fmt/format.h>

#include "model/protocol/api_versions.h"
#include "model/protocol/metadata.h"
#include "model/protocol/produce.h"
#include "sim/fiber/fan_out.h"
#include "sim/fiber/atomic_file.h"
#include "tests/broker/sim_broker.h"

namespace weir {
namespace {

std::unique_ptr<FiberStream> connect(Env& env, const SimBroker& broker) {
  for (;;) {  // it may still be starting
    auto connection = env.network.await_connect(broker.config.listeners[0].at, TimePoint::never());
    if (connection) return std::make_unique<FiberStream>(env.scheduler, std::move(*connection));
    await_sleep(env.scheduler, env.clock.now() + milliseconds(10));
  }
}

// A frame's bytes without the size; nothing when the broker closed.
std::optional<Buffer> await_frame(FiberStream& stream) {
  uint8_t size[4];
  if (!stream.await_read_exact(size)) return std::nullopt;
  Buffer frame(load_big_endian<uint32_t>(size));
  if (!stream.await_read_exact(frame)) return std::nullopt;
  return frame;
}

Buffer sized(ConstBytes body) {
  Buffer frame(4 + body.size());
  store_big_endian<uint32_t>(frame.data(), static_cast<uint32_t>(body.size()));
  std::copy(body.begin(), body.end(), frame.begin() + 4);
  return frame;
}

bool broker_answers(Env& env, const SimBroker& broker) {
  BrokerSession session(env, broker.session());
  const auto answer = session.await_call<ApiVersionsResponse>(0, ApiVersionsRequest{},
                                                              env.clock.now() + seconds(30));
  return answer.ok() && answer->error == ErrorCode::none && answer->apis.size() == std::size(kAnnouncedApis);
}

void with_broker(const std::function<void(SimBroker&)>& prepare,
                 const std::function<void(Env&, SimBroker&)>& body, uint64_t key = 5,
                 uint32_t shards = 1) {
  SimBroker broker(key, shards);
  prepare(broker);
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) { body(env, broker); }));
  REQUIRE(broker.start_failure().empty());
}

void nothing(SimBroker&) {}

void await_topic(Env& env, SimBroker& broker, const std::string& name, int32_t partitions = 1) {
  Admin admin(env, broker.session());
  const auto created = admin.await_create_topic(name, partitions, env.clock.now() + seconds(30));
  REQUIRE(created.ok());
  REQUIRE(*created == ErrorCode::none);
}

SendOutcome await_send(Env& env, Producer& producer, const std::string& value) {
  return producer.await_send(
      {"t", PartitionIndex{0}},
      {{.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = as_bytes(value)}});
}

}  // namespace

TEST_CASE("an ApiVersions request that is too new is answered in version 0 and may try again") {
  with_broker(nothing, [](Env& env, SimBroker& broker) {
    auto stream = connect(env, broker);
    Buffer request(8);
    store_big_endian<int16_t>(request.data(), 18);
    store_big_endian<int16_t>(request.data() + 2, 99);
    store_big_endian<int32_t>(request.data() + 4, 1234);
    append_bytes(request, Buffer{0xff, 0xff, 0, 9, 9, 9});  // no client id, no tags, some body
    REQUIRE(stream->await_write_all(sized(request)).ok());
    const auto frame = await_frame(*stream);
    REQUIRE(frame.has_value());
    const auto answer = decode_response<ApiVersionsResponse>(*frame, 0);
    REQUIRE(answer.ok());
    REQUIRE(answer->correlation_id == 1234);
    REQUIRE(answer->body.error == ErrorCode::unsupported_version);
    REQUIRE(answer->body.apis.size() == 1);
    REQUIRE(answer->body.apis[0].max_version == 4);
    REQUIRE(stream->await_write_all(encode_request(3, 5, "again", ApiVersionsRequest{})).ok());
    REQUIRE(await_frame(*stream).has_value());
  });
}

TEST_CASE("what is no request closes its own connection and no other") {
  const std::vector<Buffer> broken{
      sized(Buffer{}),                             // no header
      sized(Buffer{0, 77, 0, 0, 0, 0, 0, 1}),      // an API that is not served
      sized(Buffer{0, 0, 0, 99, 0, 0, 0, 1, 0xff, 0xff}),  // a version that does not exist
      sized(Buffer{0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff}),  // a huge array
      Buffer{0x80, 0, 0, 0},                       // a negative size
      Buffer{0x7f, 0xff, 0xff, 0xff},              // a size above the limit
  };
  with_broker(nothing, [&](Env& env, SimBroker& broker) {
    auto bystander = connect(env, broker);
    for (const Buffer& bytes : broken) {
      auto stream = connect(env, broker);
      REQUIRE(stream->await_write_all(bytes).ok());
      REQUIRE_FALSE(await_frame(*stream).has_value());
    }
    REQUIRE(bystander->await_write_all(encode_request(0, 1, "b", ApiVersionsRequest{})).ok());
    REQUIRE(await_frame(*bystander).has_value());
  });
}

TEST_CASE("random bytes never bring the broker down") {
  for (uint64_t key = 1; key <= 30; ++key) {
    with_broker(
        [](SimBroker& broker) { broker.config.request_max_bytes = 4096; },
        [&](Env& env, SimBroker& broker) {
          Stream random(key);
          for (int round = 0; round < 30; ++round) {
            auto stream = connect(env, broker);
            Buffer bytes(random.below(300));
            for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
            // Half of them look like a request of an API that exists.
            if (bytes.size() >= 8 && random.below(2) == 0) {
              store_big_endian<int16_t>(bytes.data(), static_cast<int16_t>(random.below(24)));
              store_big_endian<int16_t>(bytes.data() + 2, static_cast<int16_t>(random.below(13)));
            }
            if (!stream->await_write_all(sized(bytes))) continue;
            uint8_t answer[64];
            (void)stream->await_read(answer, {.deadline = env.clock.now() + milliseconds(50)});
          }
          REQUIRE(broker_answers(env, broker));
        },
        key);
  }
}

TEST_CASE("a frame of the largest size is served, one byte more is not") {
  with_broker([](SimBroker& broker) { broker.config.request_max_bytes = 2000; },
              [](Env& env, SimBroker& broker) {
                for (const size_t size : {size_t{2000}, size_t{2001}}) {
                  // The client id fills the frame: key, version, correlation id, length, text.
                  Buffer request = encode_request(0, 1, std::string(size - 10, 'x'),
                                                  ApiVersionsRequest{});
                  REQUIRE(request.size() == size + 4);
                  auto stream = connect(env, broker);
                  REQUIRE(stream->await_write_all(request).ok());
                  REQUIRE(await_frame(*stream).has_value() == (size == 2000));
                }
              });
}

TEST_CASE("connections above max.connections are closed, those below stay") {
  with_broker([](SimBroker& broker) { broker.config.max_connections = 3; },
              [](Env& env, SimBroker& broker) {
                std::vector<std::unique_ptr<FiberStream>> streams;
                for (int i = 0; i < 4; ++i) streams.push_back(connect(env, broker));
                int served = 0;
                for (const auto& stream : streams) {
                  if (!stream->await_write_all(encode_request(0, 1, "c", ApiVersionsRequest{}))) {
                    continue;
                  }
                  if (await_frame(*stream)) ++served;
                }
                REQUIRE(served == 3);
              });
}

TEST_CASE("the limit of connections counts over all shards") {
  with_broker(
      [](SimBroker& broker) { broker.config.max_connections = 7; },
      [](Env& env, SimBroker& broker) {
        std::vector<std::unique_ptr<FiberStream>> streams;
        int served = 0;
        for (int i = 0; i < 12; ++i) {
          streams.push_back(connect(env, broker));
          if (!streams.back()->await_write_all(encode_request(0, 1, "c", ApiVersionsRequest{}))) {
            continue;
          }
          if (await_frame(*streams.back())) ++served;
        }
        REQUIRE(served == 7);
      },
      5, 3);
}

TEST_CASE("without advertised.listeners clients are told of the listener") {
  with_broker(nothing, [](Env& env, SimBroker& broker) {
    BrokerSession session(env, broker.session());
    const auto answer =
        session.await_call<MetadataResponse>(1, MetadataRequest{}, env.clock.now() + seconds(30));
    REQUIRE(answer.ok());
    REQUIRE(answer->brokers.at(0).host == broker.config.listeners[0].at.host);
    REQUIRE(answer->brokers.at(0).port == 9092);
  });
}

TEST_CASE("pipelined requests are answered in their order") {
  with_broker(
      nothing,
      [](Env& env, SimBroker& broker) {
        auto stream = connect(env, broker);
        for (int32_t id = 1; id <= 40; ++id) {
          const Buffer request = id % 2 == 0
                                     ? encode_request(0, id, "p", ApiVersionsRequest{})
                                     : encode_request(1, id, "p", MetadataRequest{});
          REQUIRE(stream->await_write_all(request).ok());
        }
        for (int32_t id = 1; id <= 40; ++id) {
          const auto frame = await_frame(*stream);
          REQUIRE(frame.has_value());
          REQUIRE(*peek_correlation_id(*frame) == id);
        }
      },
      9, 3);
}

TEST_CASE("a long poll ends as soon as there is something to read, on any shard") {
  for (const uint32_t shards : {1U, 3U}) {
    with_broker(
        nothing,
        [](Env& env, SimBroker& broker) {
          await_topic(env, broker, "t");
          const TimePoint began = env.clock.now();
          await_all(env.scheduler, 2, [&](size_t i) {
            if (i == 0) {
              SimpleConsumer consumer(env, broker.session());
              const PollOutcome poll =
                  consumer.await_poll({"t", PartitionIndex{0}}, Offset{0}, 1000, seconds(20));
              REQUIRE(poll.records.size() == 1);
              REQUIRE(env.clock.now() - began < seconds(5));
            } else {
              await_sleep(env.scheduler, env.clock.now() + seconds(1));
              Producer producer(env, broker.session(), {});
              REQUIRE(await_send(env, producer, "x").kind == SendOutcome::Kind::acked);
            }
          });
        },
        11, shards);
  }
}

TEST_CASE("a long poll with nothing to read ends when its time is up") {
  with_broker(nothing, [](Env& env, SimBroker& broker) {
    await_topic(env, broker, "t");
    SimpleConsumer consumer(env, broker.session());
    const TimePoint began = env.clock.now();
    const PollOutcome poll =
        consumer.await_poll({"t", PartitionIndex{0}}, Offset{0}, 1000, milliseconds(700));
    REQUIRE(poll.answered);
    REQUIRE(poll.records.empty());
    REQUIRE(env.clock.now() - began >= milliseconds(700));
  });
}

TEST_CASE("an unknown topic, a wrong offset and a bad batch have their error codes") {
  with_broker(nothing, [](Env& env, SimBroker& broker) {
    await_topic(env, broker, "t");
    SimpleConsumer consumer(env, broker.session());
    REQUIRE(consumer.await_poll({"no", PartitionIndex{0}}, Offset{0}, 100, {}).error ==
            ErrorCode::unknown_topic_or_partition);
    REQUIRE(consumer.await_poll({"t", PartitionIndex{1}}, Offset{0}, 100, {}).error ==
            ErrorCode::unknown_topic_or_partition);
    REQUIRE(consumer.await_poll({"t", PartitionIndex{0}}, Offset{5}, 100, {}).error ==
            ErrorCode::offset_out_of_range);

    BatchBuilder builder({});
    builder.add({.timestamp = WallTime{1}, .key = std::nullopt, .value = as_bytes("v")});
    Buffer batch = builder.finish();
    batch.back() ^= 1;
    BrokerSession session(env, broker.session());
    ProduceRequest request;
    request.acks = -1;
    request.topics.push_back({"t", {{PartitionIndex{0}, ConstBytes(batch)}}});
    auto answer =
        session.await_call<ProduceResponse>(9, request, env.clock.now() + seconds(10));
    REQUIRE(answer.ok());
    REQUIRE(answer->topics[0].partitions[0].error == ErrorCode::corrupt_message);
    request.acks = 7;
    answer = session.await_call<ProduceResponse>(9, request, env.clock.now() + seconds(10));
    REQUIRE(answer->topics[0].partitions[0].error == ErrorCode::invalid_required_acks);
  });
}

TEST_CASE("topics are refused for bad names, bad counts and when they exist") {
  with_broker(nothing, [](Env& env, SimBroker& broker) {
    Admin admin(env, broker.session());
    const auto create = [&](const std::string& name, int32_t partitions) {
      return *admin.await_create_topic(name, partitions, env.clock.now() + seconds(30));
    };
    REQUIRE(create("a/b", 1) == ErrorCode::invalid_topic_exception);
    REQUIRE(create("t", 0) == ErrorCode::invalid_partitions);
    REQUIRE(create("t", 1'000'000) == ErrorCode::invalid_partitions);
    REQUIRE(create("t", 2) == ErrorCode::none);
    REQUIRE(create("t", 2) == ErrorCode::topic_already_exists);
    REQUIRE(admin.await_topics(env.clock.now() + seconds(30))->size() == 1);
  });
}

TEST_CASE("topics and their ids are there after a power loss") {
  SimBroker broker(3, 3);
  broker.boot();
  Uuid id;
  REQUIRE(broker.run_client([&](Env& env) {
    await_topic(env, broker, "t", 4);
    Admin admin(env, broker.session());
    id = (*admin.await_topics(env.clock.now() + seconds(30)))[0].id;
  }));
  broker.broker().lose_power();
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    Admin admin(env, broker.session());
    const auto topics = *admin.await_topics(env.clock.now() + seconds(30));
    REQUIRE(topics.size() == 1);
    REQUIRE(topics[0].id == id);
    REQUIRE(topics[0].partitions == 4);
  }));
}

TEST_CASE("a new topic believes no checkpoint of a former one of its name") {
  SimBroker broker(31);
  const auto on_the_machine = [&](const std::function<void(Env&)>& body) {
    bool ended = false;
    broker.broker().boot([&](Env& env, Event&) {
      body(env);
      ended = true;
    });
    while (!ended && broker.world().simulator().step(seconds(1000).ns())) {
    }
    REQUIRE(broker.broker().reap());
  };
  on_the_machine([](Env& env) {
    // As a crash leaves it in the middle of a deletion.
    REQUIRE(await_replace_file(env, "recovery-point-offset-checkpoint",
                               as_bytes("0\n1\nevents 0 3\n")).ok());
  });
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    Admin admin(env, broker.session());
    REQUIRE(*admin.await_create_topic("events", 1, env.clock.now() + seconds(10)) ==
            ErrorCode::none);
  }));
  broker.broker().kill();
  on_the_machine([](Env& env) {
    const auto file = await_read_file(env.disk, "recovery-point-offset-checkpoint", 1'000);
    REQUIRE(as_text(*file).find("events 0 3") == std::string_view::npos);
  });
}

TEST_CASE("a running broker holds the lock of its directory") {
  SimBroker broker(3);
  broker.boot();
  broker.world().simulator().run_until(seconds(1).ns());
  DiskImage& disk = broker.broker().disk();
  REQUIRE((*disk.open(".lock", OpenMode::read))->locked);
}

TEST_CASE("an orderly stop answers what was asked and leaves everything synced") {
  SimBroker broker(8, 3);
  broker.config.log.flush_interval_messages = 1'000'000;
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    await_topic(env, broker, "t");
    Producer producer(env, broker.session(), {});
    for (int i = 0; i < 10; ++i) {
      REQUIRE(await_send(env, producer, "v").kind == SendOutcome::Kind::acked);
    }
  }));
  broker.broker().request_stop();
  broker.world().simulator().run_until(broker.world().simulator().now_ns() + seconds(30).ns());
  REQUIRE(broker.broker().reap());
  const CrashLosses losses = broker.broker().lose_power();
  REQUIRE(losses.lost_sectors == 0);
  broker.boot();
  REQUIRE(broker.run_client([&](Env& env) {
    SimpleConsumer consumer(env, broker.session());
    const PollOutcome poll =
        consumer.await_poll({"t", PartitionIndex{0}}, Offset{0}, 100'000, seconds(1));
    REQUIRE(poll.high_watermark == Offset{10});
  }));
}

TEST_CASE("a client whose backoff is longer than its deadlines connects when the broker is there") {
  SimBroker broker(9);
  REQUIRE(broker.run_client([&](Env& env) {
    SessionOptions slow = broker.session();
    slow.backoff_min = slow.backoff_max = seconds(5);
    Admin admin(env, slow);
    REQUIRE_FALSE(admin.await_topics(env.clock.now() + seconds(1)).ok());  // nobody is there yet
    broker.boot();
    bool answered = false;
    for (int i = 0; i < 10 && !answered; ++i) {
      answered = admin.await_topics(env.clock.now() + seconds(1)).ok();
    }
    REQUIRE(answered);
  }));
}

TEST_CASE("an orderly stop is quick with channels of one place between shards and a topic under way") {
  for (uint64_t key = 1; key <= 30; ++key) {
    SimBroker broker(key, 3, 1);
    broker.boot();
    broker.world().node(SimBroker::kClients).boot([&](Env& env, Event&) {
      Admin admin(env, broker.session());
      for (int i = 0;; ++i) {
        (void)admin.await_create_topic(fmt::format("t{}", i), 3, env.clock.now() + seconds(5));
      }
    });
    broker.world().simulator().run_until(milliseconds(80 + static_cast<int64_t>(key) * 3).ns());
    broker.broker().request_stop();
    broker.world().simulator().run_until(broker.world().simulator().now_ns() + seconds(3).ns());
    REQUIRE(broker.broker().reap());
  }
}

}  // namespace weir

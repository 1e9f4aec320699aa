// Killing a node at every point where a fiber of the broker suspends: nothing leaks, nothing touches
// the dead world (run under AddressSanitizer), and what was acked before is there afterwards.
#include "tests/support/test_pch.h"

#include "model/types/error_code.h"
#include "scenarios/workloads/values.h"
#include "tests/broker/sim_broker.h"

using namespace weir;  // NOLINT

namespace {

enum class Death { kill, power_loss };

// Ends the broker's process right after its n-th suspension.
class Assassin final : public EventTarget {
 public:
  Assassin(SimBroker& broker, uint64_t at, Death death) : broker_(broker), at_(at), death_(death) {
    broker.broker().on_suspend = [this](const Fiber&) {
      if (++count_ == at_) {
        Simulator& simulator = broker_.world().simulator();
        simulator.at(simulator.now_ns(), *this, 0);
      }
    };
  }
  ~Assassin() override { broker_.broker().on_suspend = nullptr; }
  void on_event(uint64_t /*argument*/) override {
    struck_ = true;
    if (death_ == Death::kill) {
      broker_.broker().kill();
    } else {
      broker_.broker().lose_power();
    }
    broker_.boot();
  }
  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] bool struck() const { return struck_; }

 private:
  SimBroker& broker_;
  const uint64_t at_;
  const Death death_;
  uint64_t count_ = 0;
  bool struck_ = false;
};

struct Flow {
  uint64_t suspensions = 0;
  bool finished = false;
  bool struck = false;
  size_t acked = 0;
  size_t read = 0;
};

// Creates a topic, produces with a flush before each ack and reads everything back by long polls;
// the clients repeat what was cut off.
void await_flow(Env& env, SimBroker& broker, Flow& flow) {
  Admin admin(env, broker.session());
  for (;;) {
    const auto created = admin.await_create_topic("t", 2, env.clock.now() + seconds(5));
    if (created && (*created == ErrorCode::none || *created == ErrorCode::topic_already_exists)) {
      break;
    }
  }
  Producer producer(env, broker.session(), {});
  for (uint64_t i = 1; i <= 4; ++i) {
    const Buffer value = make_value(i, 40);
    const SendOutcome sent = producer.await_send(
        {"t", PartitionIndex{static_cast<int32_t>(i % 2)}},
        {{.timestamp = env.clock.wall_now(), .key = std::nullopt, .value = value}});
    REQUIRE(sent.kind == SendOutcome::Kind::acked);
    ++flow.acked;
  }
  SimpleConsumer consumer(env, broker.session());
  for (int32_t partition = 0; partition < 2; ++partition) {
    Offset next{0};
    while (next < Offset{2}) {
      const PollOutcome poll =
          consumer.await_poll({"t", PartitionIndex{partition}}, next, 1000, milliseconds(20));
      for (const ConsumedRecord& record : poll.records) {
        REQUIRE(record.offset == next);
        REQUIRE(value_id(record.value) == static_cast<uint64_t>(2 * next.value() + 2 - partition));
        next = record.offset + 1;
        ++flow.read;
      }
    }
    // One more, which waits at the end of the log until its time is up.
    (void)consumer.await_poll({"t", PartitionIndex{partition}}, next, 1000, milliseconds(20));
  }
}

Flow run_flow(uint32_t shards, uint64_t kill_at, Death death) {
  SimBroker broker(77, shards);
  broker.config.log.segment_bytes = 150;  // rolls, too
  Assassin assassin(broker, kill_at, death);
  broker.boot();
  Flow flow;
  flow.finished = broker.run_client([&](Env& env) { await_flow(env, broker, flow); });
  flow.suspensions = assassin.count();
  flow.struck = assassin.struck();
  return flow;
}

void kill_everywhere(uint32_t shards, Death death) {
  const Flow undisturbed = run_flow(shards, 0, death);
  REQUIRE(undisturbed.finished);
  REQUIRE(undisturbed.suspensions > 100);
  for (uint64_t at = 1; at <= undisturbed.suspensions; ++at) {
    INFO("killed at suspension " << at << " of " << undisturbed.suspensions);
    const Flow flow = run_flow(shards, at, death);
    REQUIRE(flow.struck);
    REQUIRE(flow.finished);
    REQUIRE(flow.acked == 4);
    REQUIRE(flow.read == 4);
  }
}

}  // namespace

TEST_CASE("a broker killed at any suspension leaves nothing behind and loses nothing") {
  kill_everywhere(1, Death::kill);
}
TEST_CASE("a broker with three shards killed at any suspension leaves nothing behind") {
  kill_everywhere(3, Death::kill);
}
TEST_CASE("a broker that loses power at any suspension keeps what it acked") {
  kill_everywhere(1, Death::power_loss);
}
TEST_CASE("a broker with three shards that loses power at any suspension keeps what it acked") {
  kill_everywhere(3, Death::power_loss);
}

// Sends and arrivals to messages.
#include "tests/support/test_pch.h"

#include "reports/message_matcher.h"

namespace weir::reports {
namespace {
constexpr uint32_t kA = 1;
constexpr uint32_t kB = 2;
constexpr uint64_t kChannel = 7;
}  // namespace

TEST_CASE("an arrival belongs to the oldest send of its size from the other end") {
  MessageMatcher matcher(100);
  matcher.sent(10, kA, kChannel, 50);
  matcher.sent(11, kB, kChannel, 50);
  matcher.sent(12, kA, kChannel, 50);
  matcher.delivered(20, kB, kChannel, 50);
  matcher.delivered(21, kA, kChannel, 50);
  const std::vector<Message> messages = matcher.take();
  REQUIRE(messages.size() == 3);
  REQUIRE(messages[0].delivered_ns == 20);
  REQUIRE(messages[1].delivered_ns == 21);
  REQUIRE(messages[2].delivered_ns == Message::kNever);
  REQUIRE(messages[2].to == kB);
}

TEST_CASE("channels do not mix") {
  MessageMatcher matcher(100);
  matcher.sent(10, kA, 1, 50);
  matcher.sent(11, kA, 2, 50);
  matcher.delivered(12, kB, 2, 50);
  const std::vector<Message> messages = matcher.take();
  REQUIRE(messages[0].delivered_ns == Message::kNever);
  REQUIRE(messages[1].delivered_ns == 12);
}

TEST_CASE("what is held waits, may be held again, and arrives in the end") {
  MessageMatcher matcher(100);
  matcher.sent(10, kA, kChannel, 50);
  matcher.sent(11, kA, kChannel, 60);
  matcher.held(20, kB, kChannel, 50);
  matcher.held(21, kB, kChannel, 60);
  matcher.delivered(90, kB, kChannel, 50);
  const std::vector<Message> messages = matcher.take();
  REQUIRE(messages[0].held_ns == 20);
  REQUIRE(messages[0].delivered_ns == 90);
  REQUIRE(messages[1].held_ns == 21);
  REQUIRE(messages[1].delivered_ns == Message::kNever);
}

TEST_CASE("both ends of a connection may be on one node") {
  MessageMatcher matcher(100);
  matcher.sent(10, kA, kChannel, 50);
  matcher.delivered(20, kA, kChannel, 50);
  const std::vector<Message> messages = matcher.take();
  REQUIRE(messages[0].delivered_ns == 20);
  REQUIRE(messages[0].to == kA);
}

TEST_CASE("arrivals of what was never sent are nobody's") {
  MessageMatcher matcher(100);
  matcher.delivered(20, kA, kChannel, 50);
  matcher.held(20, kA, kChannel, 50);
  matcher.sent(30, kB, kChannel, 10);
  matcher.delivered(31, kA, kChannel, 50);
  const std::vector<Message> messages = matcher.take();
  REQUIRE(messages.size() == 1);
  REQUIRE(messages[0].delivered_ns == Message::kNever);
}

TEST_CASE("beyond the limit the oldest messages are forgotten, counted, and missed by nobody") {
  MessageMatcher matcher(3);
  for (int64_t i = 0; i < 10; ++i) matcher.sent(i, kA, kChannel + static_cast<uint64_t>(i % 2), 50);
  for (int64_t i = 0; i < 10; ++i) {
    matcher.delivered(100 + i, kB, kChannel + static_cast<uint64_t>(i % 2), 50);
  }
  REQUIRE(matcher.forgotten() == 7);
  const std::vector<Message> messages = matcher.take();
  REQUIRE(messages.size() == 3);
  REQUIRE(messages.front().sent_ns == 7);
  for (const Message& message : messages) REQUIRE(message.delivered_ns >= 100);
}

TEST_CASE("in order and without loss each message arrives after it was sent") {
  rc::check([] {
    MessageMatcher matcher(1'000);
    int64_t now = 0;
    std::deque<std::pair<uint32_t, uint64_t>> lines[2];
    size_t arrived = 0;
    const int steps = *rc::gen::inRange(0, 200);
    for (int i = 0; i < steps; ++i) {
      const int from = *rc::gen::inRange(0, 2);
      const bool send = *rc::gen::arbitrary<bool>();
      auto& line = lines[from];
      if (send) {
        const auto bytes = *rc::gen::inRange<uint64_t>(1, 4);
        line.emplace_back(from == 0 ? kB : kA, bytes);
        matcher.sent(++now, from == 0 ? kA : kB, kChannel, bytes);
      } else if (!line.empty()) {
        matcher.delivered(++now, line.front().first, kChannel, line.front().second);
        line.pop_front();
        ++arrived;
      }
    }
    size_t matched = 0;
    int64_t last[3] = {};
    for (const Message& message : matcher.take()) {
      if (message.delivered_ns == Message::kNever) continue;
      ++matched;
      RC_ASSERT(message.delivered_ns > message.sent_ns);
      RC_ASSERT(message.delivered_ns > last[message.from]);
      last[message.from] = message.delivered_ns;
    }
    RC_ASSERT(matched == arrived);
  });
}

}  // namespace weir::reports

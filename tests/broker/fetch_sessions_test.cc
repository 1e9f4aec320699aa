// Fetch sessions (KIP-227), pure: what is asked, remembered and answered.
#include "tests/support/test_pch.h"

#include "broker/replica/fetch_sessions.h"

namespace weir {
namespace {

constexpr int16_t kVersion = 12;
constexpr TimePoint kStart{1'000'000'000};

using Ends = std::map<std::string, Offset>;

FetchRequest request_of(int32_t id, int32_t epoch, std::vector<std::string> topics = {},
                        std::vector<std::string> forgotten = {}, Offset from = Offset{0}) {
  FetchRequest request;
  request.session_id = id;
  request.session_epoch = epoch;
  for (std::string& name : topics) {
    FetchRequest::Topic& topic = request.topics.emplace_back();
    topic.name = std::move(name);
    topic.partitions.emplace_back().fetch_offset = from;
  }
  for (std::string& name : forgotten) {
    request.forgotten_topics.push_back({std::move(name), {}, {PartitionIndex{0}}});
  }
  return request;
}

FetchResponse answer_to(const std::vector<FetchRequest::Topic>& asked, const Ends& ends) {
  FetchResponse response;
  for (const FetchRequest::Topic& topic : asked) {
    FetchResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const FetchRequest::Partition& partition : topic.partitions) {
      FetchResponse::Partition& part = answer.partitions.emplace_back();
      part.index = partition.index;
      part.high_watermark = ends.at(topic.name);
      if (partition.fetch_offset < part.high_watermark) part.records = Buffer(10);
    }
  }
  return response;
}

std::vector<std::string> names_of(const FetchResponse& response) {
  std::vector<std::string> names;
  for (const FetchResponse::Topic& topic : response.topics) names.push_back(topic.name);
  return names;
}

FetchResponse exchange(FetchSessions& sessions, const FetchRequest& request, const Ends& ends,
                       int32_t new_id = 7, TimePoint now = kStart) {
  const auto asked = sessions.begin(request, kVersion, false, now);
  if (!asked) {
    FetchResponse refused;
    refused.error = asked.error();
    return refused;
  }
  FetchResponse response = answer_to(*asked, ends);
  sessions.finish(request, *asked, kVersion, new_id, now, response);
  return response;
}

}  // namespace

TEST_CASE("a session begins with a full fetch and goes on with what changed") {
  FetchSessions sessions(10);
  const FetchResponse first =
      exchange(sessions, request_of(0, 0, {"a", "b"}), {{"a", Offset{0}}, {"b", Offset{0}}});
  REQUIRE(first.session_id == 7);
  REQUIRE(names_of(first).size() == 2);
  const FetchResponse quiet =
      exchange(sessions, request_of(7, 1), {{"a", Offset{0}}, {"b", Offset{0}}});
  REQUIRE(quiet.session_id == 7);
  REQUIRE(quiet.topics.empty());
  const FetchResponse busy =
      exchange(sessions, request_of(7, 2), {{"a", Offset{0}}, {"b", Offset{3}}});
  REQUIRE(names_of(busy) == std::vector<std::string>{"b"});
}

TEST_CASE("a partition that gave records is asked last the next time") {
  FetchSessions sessions(10);
  const Ends ends{{"a", Offset{1}}, {"b", Offset{0}}, {"c", Offset{0}}};
  exchange(sessions, request_of(0, 0, {"a", "b", "c"}), ends);
  exchange(sessions, request_of(7, 1), ends);
  const auto asked = sessions.begin(request_of(7, 2), kVersion, false, kStart);
  REQUIRE(asked.ok());
  REQUIRE(asked->size() == 3);
  REQUIRE(asked->front().name == "b");
  REQUIRE(asked->back().name == "a");
}

TEST_CASE("an epoch that is not the next one is refused, and so is a session that is not here") {
  FetchSessions sessions(10);
  const Ends ends{{"a", Offset{0}}};
  exchange(sessions, request_of(0, 0, {"a"}), ends);
  REQUIRE(exchange(sessions, request_of(7, 2), ends).error == ErrorCode::invalid_fetch_session_epoch);
  REQUIRE(exchange(sessions, request_of(8, 1), ends).error == ErrorCode::fetch_session_id_not_found);
  REQUIRE(exchange(sessions, request_of(7, 1), ends).error == ErrorCode::none);
}

TEST_CASE("a session keeps to naming topics as it began") {
  FetchSessions sessions(10);
  exchange(sessions, request_of(0, 0, {"a"}), {{"a", Offset{0}}});
  const auto by_id = sessions.begin(request_of(7, 1), 13, false, kStart);
  REQUIRE_FALSE(by_id.ok());
  REQUIRE(by_id.error() == ErrorCode::fetch_session_topic_id_error);
}

TEST_CASE("a request that waited and comes round again is no new request of its session") {
  FetchSessions sessions(10);
  exchange(sessions, request_of(0, 0, {"a"}), {{"a", Offset{0}}});
  REQUIRE(sessions.begin(request_of(7, 1), kVersion, false, kStart).ok());
  REQUIRE(sessions.begin(request_of(7, 1), kVersion, true, kStart).ok());
  REQUIRE(sessions.begin(request_of(7, 2), kVersion, false, kStart).ok());
}

TEST_CASE("a full fetch ends the session that it names") {
  FetchSessions sessions(10);
  const Ends ends{{"a", Offset{0}}};
  exchange(sessions, request_of(0, 0, {"a"}), ends);
  REQUIRE(exchange(sessions, request_of(7, -1, {"a"}), ends).session_id == 0);
  REQUIRE(sessions.size() == 0);
}

TEST_CASE("a session whose every partition was forgotten is ended") {
  FetchSessions sessions(10);
  const Ends ends{{"a", Offset{0}}};
  exchange(sessions, request_of(0, 0, {"a"}), ends);
  REQUIRE(exchange(sessions, request_of(7, 1, {}, {"a"}), ends).session_id == 0);
  REQUIRE(sessions.size() == 0);
}

TEST_CASE("when all slots are in use there is no session, until one has not been used for two minutes") {
  FetchSessions sessions(2);
  const Ends ends{{"a", Offset{0}}};
  REQUIRE(exchange(sessions, request_of(0, 0, {"a"}), ends, 1).session_id == 1);
  REQUIRE(exchange(sessions, request_of(0, 0, {"a"}), ends, 2, kStart + seconds(1)).session_id == 2);
  REQUIRE(exchange(sessions, request_of(0, 0, {"a"}), ends, 3, kStart + seconds(2)).session_id == 0);
  const TimePoint later = kStart + FetchSessions::kKept;
  REQUIRE(exchange(sessions, request_of(0, 0, {"a"}), ends, 3, later).session_id == 3);
  REQUIRE(exchange(sessions, request_of(1, 1), ends, 9, later).error ==
          ErrorCode::fetch_session_id_not_found);
  REQUIRE(sessions.size() == 2);
}

TEST_CASE("without slots nobody gets a session") {
  FetchSessions sessions(0);
  REQUIRE(exchange(sessions, request_of(0, 0, {"a"}), {{"a", Offset{0}}}).session_id == 0);
}

TEST_CASE("what a session tells a consumer adds up to what full fetches would have told") {
  REQUIRE(rc::check([] {
    const std::vector<std::string> topics{"a", "b", "c", "d"};
    FetchSessions sessions(1);
    Ends ends;
    for (const std::string& topic : topics) ends[topic] = Offset{0};
    std::map<std::string, Offset> asked;  // what the consumer wants now: topic, offset
    std::map<std::string, Offset> known;  // the high watermarks it was told
    int32_t id = 0;
    int32_t epoch = 0;
    const int rounds = *rc::gen::inRange(1, 30);
    for (int round = 0; round < rounds; ++round) {
      std::vector<std::string> named;
      std::vector<std::string> forgotten;
      for (const std::string& topic : topics) {
        const int what = *rc::gen::inRange(0, 4);
        if (what == 0 && asked.contains(topic) && epoch > 0) {
          forgotten.push_back(topic);
          asked.erase(topic);
          known.erase(topic);
        } else if (what == 1 && !asked.contains(topic)) {
          named.push_back(topic);
          asked[topic] = Offset{0};
        }
        if (*rc::gen::inRange(0, 3) == 0) ends[topic] = ends[topic] + 1;
      }
      if (epoch == 0) {
        named.clear();
        for (const auto& [topic, from] : asked) named.push_back(topic);
      }
      const FetchResponse response =
          exchange(sessions, request_of(id, epoch, named, forgotten), ends, 5);
      RC_ASSERT(response.error == ErrorCode::none);
      for (const FetchResponse::Topic& topic : response.topics) {
        RC_ASSERT(asked.contains(topic.name));
        known[topic.name] = topic.partitions.at(0).high_watermark;
      }
      for (const auto& [topic, from] : asked) RC_ASSERT(known.at(topic) == ends.at(topic));
      id = response.session_id;
      epoch = id == 0 ? 0 : epoch + 1;
    }
  }));
}

}  // namespace weir

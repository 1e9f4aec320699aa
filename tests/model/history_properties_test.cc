// Histories of a correct broker are clean; with one planted fault they are not.
#include "tests/support/test_pch.h"

#include <map>

#include "sim/base/stream.h"
#include "tests/model/history_builder.h"

namespace weir {
namespace {

// A broker that is a vector a partition, with clients that take random turns.
class ModelRun {
 public:
  explicit ModelRun(uint64_t seed) : stream_(seed) {}

  Story run() {
    for (int step = 0; step < 60; ++step) {
      const auto partition = static_cast<int32_t>(stream_.below(2));
      story_.on(partition);
      if (stream_.below(2) == 0) {
        produce(partition);
      } else {
        poll(partition, 2 + stream_.below(3));
      }
    }
    for (int32_t partition = 0; partition < 2; ++partition) {
      story_.on(partition).assign(9, 0).final_poll(9, from(partition, 0, logs_[partition].size()));
    }
    return story_;
  }

 private:
  void produce(int32_t partition) {
    std::vector<uint64_t>& log = logs_[partition];
    const uint64_t value = next_value_++;
    const uint64_t process = stream_.below(2);
    switch (stream_.below(6)) {
      case 0: story_.failed(process, value); break;
      case 1: story_.unknown(process, value); break;
      case 2:
        log.push_back(value);
        story_.unknown(process, value);
        break;
      default:
        log.push_back(value);
        story_.ok(process, value, static_cast<int64_t>(log.size()) - 1);
    }
  }

  void poll(int32_t partition, uint64_t process) {
    const std::vector<uint64_t>& log = logs_[partition];
    const auto [position, is_new] = positions_.emplace(std::pair{partition, process}, 0);
    if (is_new || stream_.below(8) == 0) {
      position->second = stream_.below(log.size() + 1);
      story_.assign(process, static_cast<int64_t>(position->second));
    }
    const size_t end = position->second + stream_.below(log.size() - position->second + 1);
    story_.poll(process, from(partition, position->second, end));
    position->second = end;
  }

  Story::Records from(int32_t partition, size_t begin, size_t end) {
    Story::Records records;
    for (size_t i = begin; i < end; ++i) {
      records.emplace_back(static_cast<int64_t>(i), logs_[partition][i]);
    }
    return records;
  }

  Stream stream_;
  Story story_;
  uint64_t next_value_ = 100;
  std::map<int32_t, std::vector<uint64_t>> logs_;
  std::map<std::pair<int32_t, uint64_t>, size_t> positions_;
};

// Operations of a history that polled something, or that were acked.
std::vector<size_t> polls_with_records(const History& history) {
  std::vector<size_t> found;
  for (size_t i = 0; i < history.size(); ++i) {
    if (!history[i].records.empty()) found.push_back(i);
  }
  return found;
}

TEST_CASE("the history of a correct sequential broker is clean") {
  REQUIRE(rc::check([](uint64_t seed) { RC_ASSERT(ModelRun{seed}.run().kinds().empty()); }));
}

TEST_CASE("changing one value that was read is always noticed") {
  REQUIRE(rc::check([](uint64_t seed) {
    Story story = ModelRun{seed}.run();
    Stream stream{seed + 1};
    const auto polls = polls_with_records(story.history);
    RC_PRE(!polls.empty());
    auto& records = story.history[polls[stream.below(polls.size())]].records;
    records[stream.below(records.size())].value = 7;  // no value is below 100
    RC_ASSERT(check_history(story.history).has(AnomalyKind::phantom));
  }));
}

TEST_CASE("hiding an acked write from every reader is always noticed") {
  REQUIRE(rc::check([](uint64_t seed) {
    Story story = ModelRun{seed}.run();
    Stream stream{seed + 1};
    std::vector<uint64_t> acked;
    for (const Operation& operation : story.history) {
      if (operation.kind == OperationKind::produce && operation.outcome == Outcome::ok) {
        acked.push_back(operation.value);
      }
    }
    RC_PRE(!acked.empty());
    const uint64_t hidden = acked[stream.below(acked.size())];
    for (Operation& operation : story.history) {
      std::erase_if(operation.records,
                    [&](const PolledRecord& record) { return record.value == hidden; });
    }
    const Verdict verdict = check_history(story.history);
    RC_ASSERT(verdict.anomalies.size() == 1U);
    RC_ASSERT(verdict.has(AnomalyKind::lost_write) != verdict.has(AnomalyKind::unseen));
  }));
}

TEST_CASE("the verdict does not depend on the order of the processes' turns") {
  REQUIRE(rc::check([](uint64_t seed) {
    Story story = ModelRun{seed}.run();
    std::stable_sort(story.history.begin(), story.history.end(),
                     [](const Operation& a, const Operation& b) { return a.process < b.process; });
    RC_ASSERT(story.kinds().empty());
  }));
}

}  // namespace
}  // namespace weir

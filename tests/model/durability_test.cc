#include "tests/support/test_pch.h"

#include "model/oracle/durability.h"

namespace weir {
namespace {

using Kind = DurabilityFinding::Kind;
constexpr auto kFlushed = DurabilityPromise::flushed_before_ack;
constexpr auto kWritten = DurabilityPromise::not_flushed;
const TopicPartition kTp{"t", PartitionIndex{0}};

// Offsets 0-2 were acked as flushed, 3-4 as only written; the digest of offset n is 100 + n.
DurabilityOracle five_acked() {
  DurabilityOracle oracle;
  for (int64_t n = 0; n < 5; ++n) {
    oracle.acked(kTp, {Offset{n}, static_cast<uint64_t>(100 + n)}, n < 3 ? kFlushed : kWritten);
  }
  return oracle;
}

std::vector<StoredRecord> stored(const std::vector<int64_t>& offsets) {
  std::vector<StoredRecord> records;
  for (const int64_t n : offsets) records.push_back({Offset{n}, static_cast<uint64_t>(100 + n)});
  return records;
}

using Found = std::vector<std::pair<Kind, int64_t>>;

Found findings(DurabilityOracle& oracle, CrashKind crash, const std::vector<StoredRecord>& readable,
               Offset log_start = Offset{0}) {
  Found found;
  for (const auto& finding : oracle.recovered(kTp, crash, log_start, readable)) {
    REQUIRE(finding.sentence.find("t-0") != std::string::npos);
    found.emplace_back(finding.kind, finding.offset.value());
  }
  return found;
}

TEST_CASE("all records back is nothing to say") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::power_lost, stored({0, 1, 2, 3, 4})).empty());
  REQUIRE(oracle.remembered(kTp) == 5);
}

TEST_CASE("power may take what was not flushed") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::power_lost, stored({0, 1, 2, 3})) ==
          Found{{Kind::allowed_by_settings, 4}});
}

TEST_CASE("power may not take what was flushed") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::power_lost, stored({0, 1})) ==
          Found{{Kind::lost, 2}, {Kind::allowed_by_settings, 3}, {Kind::allowed_by_settings, 4}});
}

TEST_CASE("a killed process loses nothing that it wrote") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::process_killed, stored({0, 1, 2, 3})) ==
          Found{{Kind::lost, 4}});
}

TEST_CASE("a record missing before one that is there is a hole") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::power_lost, stored({0, 1, 2, 4})) == Found{{Kind::hole, 3}});
}

TEST_CASE("a record that holds something else has changed, promised or not") {
  DurabilityOracle oracle = five_acked();
  auto readable = stored({0, 1, 2, 3, 4});
  readable[1].digest = readable[4].digest = 7;
  REQUIRE(findings(oracle, CrashKind::power_lost, readable) ==
          Found{{Kind::changed, 1}, {Kind::changed, 4}});
}

TEST_CASE("a partition that is gone has lost all that was promised") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::power_lost, {}).size() == 5);
}

TEST_CASE("records below the log's start are no longer promised") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::process_killed, stored({3, 4}), Offset{3}).empty());
  REQUIRE(oracle.remembered(kTp) == 2);
}

TEST_CASE("an offset that was lawfully lost may be given to a new record") {
  DurabilityOracle oracle = five_acked();
  findings(oracle, CrashKind::power_lost, stored({0, 1, 2, 3}));
  oracle.acked(kTp, {Offset{4}, 9}, kFlushed);
  auto readable = stored({0, 1, 2, 3});
  readable.push_back({Offset{4}, 9});
  REQUIRE(findings(oracle, CrashKind::power_lost, readable).empty());
}

TEST_CASE("a record that nobody was told about may come back or not") {
  DurabilityOracle oracle = five_acked();
  REQUIRE(findings(oracle, CrashKind::power_lost, stored({0, 1, 2, 3, 4, 5, 6})).empty());
}

}  // namespace
}  // namespace weir

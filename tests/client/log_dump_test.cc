// What dump-log tells of a log's files, sound and damaged.
#include "tests/support/test_pch.h"

#include <nlohmann/json.hpp>

#include "client/cli/log_dump.h"
#include "sim/base/crc32c.h"
#include "sim/base/stream.h"
#include "sim/fiber/stream_io.h"
#include "tests/broker/log_bench.h"

namespace weir {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;

struct Told {
  bool sound = false;
  Lines lines;

  [[nodiscard]] size_t damages() const {
    return static_cast<size_t>(std::ranges::count_if(
        lines, [](const std::string& line) { return line.starts_with("DAMAGE"); }));
  }
};

template <class Dump>
Told told(Dump dump) {
  Told result;
  result.sound = dump([&](std::string_view line) { result.lines.emplace_back(line); });
  return result;
}

Buffer batch_at_offset(int64_t base, std::initializer_list<std::string_view> values) {
  Buffer batch = batch_of(values);
  store_big_endian(batch.data() + batch_at::base_offset, base);  // not under the CRC
  return batch;
}

// Offsets 5, 6 and 7 in two batches.
Buffer segment() {
  Buffer file = batch_at_offset(5, {"first", "second"});
  append_bytes(file, batch_at_offset(7, {"third"}));
  return file;
}
size_t first_bytes() { return batch_of({"first", "second"}).size(); }

class Machine {
 public:
  Told dump(const Buffer& content, const LogDumpOptions& options = {}) {
    Told result;
    bench_.run([&](Env& env) {
      const auto file = env.disk.await_open("segment", OpenMode::create);
      REQUIRE(file.ok());
      REQUIRE((*file)->await_truncate(0).ok());
      if (!content.empty()) REQUIRE(await_write_fully(**file, 0, content).ok());
      const auto sound = await_dump_segment(
          **file, options, [&](std::string_view line) { result.lines.emplace_back(line); });
      REQUIRE(sound.ok());
      result.sound = *sound;
    });
    return result;
  }

 private:
  LogBench bench_;
};

template <class... Numbers>
void append_numbers(Buffer& to, Numbers... numbers) {
  const auto one = [&](auto number) {
    to.resize(to.size() + sizeof number);
    store_big_endian(to.data() + to.size() - sizeof number, number);
  };
  (one(numbers), ...);
}

Buffer snapshot(int16_t version, int32_t count, int entries) {
  Buffer counted;
  append_numbers(counted, count);
  for (int i = 0; i < entries; ++i) {
    append_numbers(counted, int64_t{1000 + i}, int16_t{3}, int32_t{41}, int64_t{77}, int32_t{2},
                   int64_t{1'700'000'000'000}, int32_t{-1}, int64_t{-1});
  }
  Buffer file;
  append_numbers(file, version, crc32c(counted));
  append_bytes(file, counted);
  return file;
}

}  // namespace

TEST_CASE("a sound segment is told batch by batch, with its records when they are asked for") {
  Machine machine;
  const Told plain = machine.dump(segment());
  REQUIRE(plain.sound);
  REQUIRE(plain.lines.size() == 2);
  REQUIRE(plain.lines[0].starts_with("position 0: offsets 5..6, 2 records, "));
  REQUIRE(plain.lines[0].ends_with("CreateTime 1000..1000, crc ok"));
  REQUIRE(plain.lines[1].starts_with("position " + std::to_string(first_bytes()) +
                                     ": offsets 7..7, 1 records, "));
  const Told records = machine.dump(segment(), {.records = true});
  REQUIRE(records.lines.size() == 5);
  REQUIRE(records.lines[2] == "  offset 6, timestamp 1000, key null, value \"second\", 0 headers");
  REQUIRE(machine.dump({}).sound);
}

TEST_CASE("with json each line is an object that says the same") {
  Machine machine;
  const Told it = machine.dump(segment(), {.records = true, .json = true});
  REQUIRE(it.sound);
  const json batch = json::parse(it.lines.at(0));
  REQUIRE(batch.at("base_offset") == 5);
  REQUIRE(batch.at("records") == 2);
  REQUIRE(batch.at("size_bytes") == first_bytes());
  REQUIRE(batch.at("crc") == "ok");
  const json record = json::parse(it.lines.at(1));
  REQUIRE(record.at("offset") == 5);
  REQUIRE(record.at("key").is_null());
  REQUIRE(record.at("value") == "first");
  Buffer damaged = segment();
  damaged.back() ^= 1;
  const json damage = json::parse(machine.dump(damaged, {.json = true}).lines.back());
  REQUIRE(damage.at("position") == first_bytes());
  REQUIRE(damage.contains("damage"));
}

TEST_CASE("a damaged batch is told, and the next one behind it is looked at") {
  Machine machine;
  REQUIRE(rc::check([&](uint64_t seed) {
    Stream stream{seed};
    Buffer file = segment();
    const size_t from = batch_at::attributes;  // what is under the CRC
    file[from + stream.below(first_bytes() - from)] ^= static_cast<uint8_t>(1 << stream.below(8));
    const Told it = machine.dump(file);
    RC_ASSERT_FALSE(it.sound);
    RC_ASSERT(it.damages() == 1U);
    RC_ASSERT(it.lines.back().find(": offsets 7..7, ") != std::string::npos);
  }));
}

TEST_CASE("a segment is sound when it ends with a batch, and cut anywhere else") {
  Machine machine;
  const Buffer file = segment();
  for (size_t size = 0; size <= file.size(); ++size) {
    const Told it = machine.dump(Buffer(file.begin(), file.begin() + static_cast<long>(size)));
    const bool whole = size == 0 || size == first_bytes() || size == file.size();
    INFO(size);
    REQUIRE(it.sound == whole);
    REQUIRE(it.damages() == (whole ? 0 : 1));
  }
}

TEST_CASE("whatever a file holds, telling it ends") {
  Machine machine;
  REQUIRE(rc::check([&](uint64_t seed) {
    Stream stream{seed};
    Buffer file = segment();
    for (uint64_t i = 1 + stream.below(8); i > 0; --i) {
      file[stream.below(file.size())] = static_cast<uint8_t>(stream.below(256));
    }
    const Told it = machine.dump(file, {.records = true});
    RC_ASSERT(it.sound == (it.damages() == 0));
  }));
}

TEST_CASE("offsets that go back are damage") {
  Buffer file = batch_at_offset(5, {"a", "b"});
  append_bytes(file, batch_at_offset(6, {"c"}));
  const Told it = Machine().dump(file);
  REQUIRE_FALSE(it.sound);
  REQUIRE(it.lines.back().ends_with("offset 6 comes after 6"));
}

TEST_CASE("an offset index is told from its segment's base, without the zeros at its end") {
  Buffer file;
  append_numbers(file, int32_t{3}, int32_t{4096}, int32_t{9}, int32_t{8192}, int64_t{0});
  const auto dump = [&](const Buffer& content, bool as_json = false) {
    return told([&](const PrintLine& print) {
      return dump_offset_index(content, Offset{100}, {.json = as_json}, print);
    });
  };
  const Told it = dump(file);
  REQUIRE(it.sound);
  REQUIRE(it.lines == Lines{"offset 103 position 4096", "offset 109 position 8192"});
  REQUIRE(dump(file, true).lines[0] == R"({"offset":103,"position":4096})");
  Buffer back = file;
  append_numbers(back, int32_t{9}, int32_t{9000});
  REQUIRE_FALSE(dump(back).sound);
  Buffer cut = file;
  cut.pop_back();
  REQUIRE(dump(cut).lines[0] == "DAMAGE at 16: 7 bytes are no whole entry");
}

TEST_CASE("a time index is told, and its times must ascend") {
  Buffer file;
  append_numbers(file, int64_t{1000}, int32_t{3}, int64_t{2000}, int32_t{3});
  const auto dump = [&](bool as_json) {
    return told([&](const PrintLine& print) {
      return dump_time_index(file, Offset{100}, {.json = as_json}, print);
    });
  };
  REQUIRE(dump(false).sound);
  REQUIRE(dump(false).lines == Lines{"timestamp 1000 offset 103", "timestamp 2000 offset 103"});
  REQUIRE(dump(true).lines[1] == R"({"timestamp_ms":2000,"offset":103})");
  append_numbers(file, int64_t{2000}, int32_t{4});
  REQUIRE_FALSE(dump(false).sound);
}

TEST_CASE("a snapshot of producers is told, or what is wrong with it") {
  const auto dump = [](const Buffer& file, bool as_json = false) {
    return told(
        [&](const PrintLine& print) { return dump_snapshot(file, {.json = as_json}, print); });
  };
  const Told it = dump(snapshot(1, 2, 2));
  REQUIRE(it.sound);
  REQUIRE(it.lines.size() == 2);
  REQUIRE(it.lines[1].starts_with("producer 1001 epoch 3: last sequence 41, last offset 77, "));
  const json entry = json::parse(dump(snapshot(1, 1, 1), true).lines.at(0));
  REQUIRE(entry.at("producer_id") == 1000);
  REQUIRE(entry.at("txn_first_offset") == -1);
  REQUIRE(dump(snapshot(1, 0, 0)).sound);
  const auto damage = [&](const Buffer& file) {
    const Told bad = dump(file);
    REQUIRE_FALSE(bad.sound);
    REQUIRE(bad.lines.size() == 1);
    return bad.lines[0];
  };
  REQUIRE(damage({}) == "DAMAGE at 0: too short for a snapshot");
  REQUIRE(damage(snapshot(2, 0, 0)) == "DAMAGE at 0: version 2, not 1");
  REQUIRE(damage(snapshot(1, 3, 2)) == "DAMAGE at 0: 3 entries are announced, there is room for 2");
  REQUIRE(damage(snapshot(1, -1, 0)).find("-1 entries") != std::string::npos);
  Buffer flipped = snapshot(1, 1, 1);
  flipped.back() ^= 1;
  REQUIRE(damage(flipped).ends_with("that the CRC was made of"));
}

}  // namespace weir

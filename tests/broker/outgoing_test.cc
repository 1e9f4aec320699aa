// What a connection has to send: bytes, and slices of files between them; and what a log gives for it.
#include "tests/support/test_pch.h"

#include "broker/server/outgoing.h"
#include "sim/fiber/stream_io.h"
#include "sim/world/sim_disk.h"
#include "tests/broker/log_bench.h"

namespace weir {
namespace {

// Takes so many bytes at each call, and none at every other one.
class Wire final : public Connection {
 public:
  explicit Wire(size_t step) : step_(step) {}
  Result<size_t, NetError> try_write(std::span<const ConstBytes> pieces, More more) override {
    const auto taken = take(pieces[0]);
    if (taken) promised = more == More::follows;
    promises += taken && promised ? 1 : 0;
    return taken;
  }
  Result<size_t, NetError> try_send(const FileSlice& slice, uint64_t from,
                                    uint64_t bytes) override {
    if (broken) return NetError::source_failed;
    promised = false;
    return take(static_cast<const SimSlice&>(slice).bytes().subspan(from, bytes));
  }
  Result<size_t, NetError> try_read(MutableBytes /*into*/) override { return NetError::would_block; }
  void watch(Interest /*what*/, ReadySink* /*sink*/, uint64_t /*token*/) override {}
  void shutdown_write() override {}
  [[nodiscard]] Endpoint peer() const override { return {}; }

  Buffer sent;
  bool broken = false;
  bool promised = false;  // the last write said that another follows
  int promises = 0;

 private:
  Result<size_t, NetError> take(ConstBytes bytes) {
    REQUIRE(!bytes.empty());
    full_ = !full_;
    if (!full_) return NetError::would_block;
    const size_t count = std::min(step_, bytes.size());
    append_bytes(sent, bytes.first(count));
    return count;
  }
  const size_t step_;
  bool full_ = false;
};

ReplySlice slice_at(size_t at, std::string_view text, uint64_t from, uint64_t bytes) {
  const ConstBytes content = as_bytes(text);
  return {at, std::make_unique<SimSlice>(Buffer(content.begin(), content.end())), from, bytes};
}

Buffer to_buffer(std::string_view text) {
  const ConstBytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::string send_all(Outgoing& out, Wire& wire) {
  for (int turn = 0; !out.empty(); ++turn) {
    REQUIRE(turn < 1'000);
    const auto done = out.write_to(wire);
    REQUIRE((done || done.error() == NetError::would_block));
  }
  return std::string(as_text(wire.sent));
}

// Sixty batches of some kilobyte each.
void fill(PartitionLog& log) {
  for (int i = 0; i < 60; ++i) append(log, batch_of({std::string(1'000, 'v')}));
}

}  // namespace

TEST_CASE("slices leave between the bytes, whatever the connection takes at once") {
  for (const size_t step : {1, 2, 3, 100}) {
    Outgoing out;
    std::vector<ReplySlice> slices;
    slices.push_back(slice_at(0, "first", 0, 5));
    slices.push_back(slice_at(3, "..second..", 2, 6));
    slices.push_back(slice_at(3, "nothing", 3, 0));
    slices.push_back(slice_at(6, "last", 0, 4));
    out.add(to_buffer("abcdef"), std::move(slices));
    Wire wire(step);
    REQUIRE(send_all(out, wire) == "firstabcseconddeflast");
  }
}

TEST_CASE("bytes before a slice say that more follows, the last ones never do") {
  const auto sent = [](std::vector<ReplySlice> slices) {
    Outgoing out;
    out.add(to_buffer("abcdef"), std::move(slices));
    Wire wire(100);
    send_all(out, wire);
    REQUIRE_FALSE(wire.promised);  // somebody may wait for what is kept back
    return wire.promises;
  };
  const auto one = [](size_t at, uint64_t bytes) {
    std::vector<ReplySlice> slices;
    slices.push_back(slice_at(at, "XY", 0, bytes));
    return slices;
  };
  REQUIRE(sent({}) == 0);
  REQUIRE(sent(one(0, 2)) == 0);
  REQUIRE(sent(one(6, 2)) == 1);
  REQUIRE(sent(one(3, 2)) == 1);
  REQUIRE(sent(one(6, 0)) == 0);  // nothing comes of it
  REQUIRE(sent(one(3, 0)) == 1);  // but bytes do
}

TEST_CASE("what is added before the rest has left comes behind it") {
  Outgoing out;
  std::vector<ReplySlice> slices;
  slices.push_back(slice_at(2, "XY", 0, 2));
  out.add(to_buffer("ab"), {});
  out.add(to_buffer("cdef"), std::move(slices));
  Wire wire(3);
  REQUIRE(send_all(out, wire) == "abcdXYef");
}

TEST_CASE("a file that cannot be read any more fails the connection") {
  Outgoing out;
  std::vector<ReplySlice> slices;
  slices.push_back(slice_at(1, "XY", 0, 2));
  out.add(to_buffer("ab"), std::move(slices));
  Wire wire(1);
  wire.broken = true;
  REQUIRE(out.write_to(wire).error() == NetError::source_failed);
  REQUIRE(as_text(wire.sent) == "a");
}

TEST_CASE("a log gives many records as a slice and few in memory: the same ones") {
  LogBench bench;
  bench.with_log({.segment_bytes = 40'000}, [](Env&, PartitionLog& log) {
    fill(log);
    for (const uint64_t max_bytes : {1, 5'000, 31'000, 35'000, 1'000'000}) {
      for (int offset = 0; offset < 60; offset += 7) {
        const auto read = log.await_read(Offset{offset}, max_bytes);
        auto slice = log.await_slice(Offset{offset}, max_bytes);
        REQUIRE(slice.error == ErrorCode::none);
        REQUIRE(slice.records.size() == read.records.size());
        REQUIRE((slice.records.file != nullptr) == (read.records.size() >= 32 * 1024));
        if (slice.records.file == nullptr) {
          REQUIRE(slice.records.bytes == read.records);
          continue;
        }
        REQUIRE(slice.records.bytes.empty());
        Buffer bytes(slice.records.file_bytes);
        REQUIRE(*await_read_fully(*slice.records.file, slice.records.from, bytes) == bytes.size());
        REQUIRE(bytes == read.records);
      }
    }
  });
}

TEST_CASE("a slice outlives the segment that retention deletes under it") {
  LogBench bench;
  LogSettings settings{.segment_bytes = 40'000};
  settings.retention_bytes = 1;
  bench.with_log(settings, [](Env& env, PartitionLog& log) {
    fill(log);
    const Buffer before = log.await_read(Offset{0}, 35'000).records;
    const auto slice = log.await_slice(Offset{0}, 35'000);
    REQUIRE(slice.records.file != nullptr);
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    REQUIRE(log.await_apply_retention(WallTime{1'000'000'000}) > 0);
    REQUIRE(log.log_start() > Offset{30});
    Buffer bytes(slice.records.file_bytes);
    REQUIRE(*await_read_fully(*slice.records.file, slice.records.from, bytes) == bytes.size());
    REQUIRE(bytes == before);
  });
}

}  // namespace weir

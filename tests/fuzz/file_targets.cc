#include "broker/config/settings.h"
#include "broker/log/checkpoint_file.h"
#include "broker/log/leader_epochs.h"
#include "broker/log/log_files.h"
#include "broker/log/producer_state.h"
#include "broker/log/segment_index.h"
#include "broker/metadata/meta_properties.h"
#include "broker/metadata/topic_directories.h"
#include "model/record/batch_builder.h"
#include "sim/base/check.h"
#include "sim/base/crc32c.h"
#include "tests/fuzz/targets.h"

namespace weir {
namespace {

size_t file_limit(size_t bytes) { return 64 * 1024 + 256 * bytes; }

Buffer as_buffer(std::string_view text) {
  const ConstBytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

FuzzTarget text_target(std::string name, std::vector<std::string_view> corpus,
                       std::function<bool(std::string_view)> accepts) {
  FuzzTarget target{.name = std::move(name),
                    .weight = 6,
                    .corpus = {},
                    .run = [accepts = std::move(accepts)](
                               MutableBytes bytes, Stream&) { return accepts(as_text(bytes)); },
                    .limit_bytes = file_limit};
  for (const std::string_view text : corpus) target.corpus.push_back(as_buffer(text));
  return target;
}

FuzzTarget snapshots(Stream& stream) {
  FuzzTarget target{.name = "producer snapshot",
                    .weight = 6,
                    .corpus = {},
                    .run =
                        [](MutableBytes bytes, Stream&) {
                          const auto state = ProducerState::decode_snapshot(bytes);
                          if (state) (void)state->encode_snapshot();
                          return state.has_value();
                        },
                    .limit_bytes = file_limit};
  for (int i = 0; i < 8; ++i) {
    ProducerState state;
    for (uint64_t count = stream.below(6); count > 0; --count) {
      BatchBuilder builder({.producer_id = ProducerId{static_cast<int64_t>(stream.below(4))},
                            .producer_epoch = ProducerEpoch{0},
                            .base_sequence = Sequence{static_cast<int32_t>(count)}});
      builder.add({.timestamp = WallTime{1}, .key = std::nullopt, .value = std::nullopt});
      const Buffer batch = builder.finish();
      state.appended(*parse_batch(batch), Offset{static_cast<int64_t>(count)});
    }
    target.corpus.push_back(state.encode_snapshot());
  }
  // version:int16 crc:uint32 and what it covers.
  target.repair = [](Buffer& bytes) {
    if (bytes.size() >= 6) store_big_endian(bytes.data() + 2, crc32c(ConstBytes(bytes).subspan(6)));
  };
  return target;
}

// An index is a hint: any bytes give one, and it never points outside of its segment.
FuzzTarget indexes() {
  constexpr uint64_t kSegmentBytes = 1'000'000;
  OffsetIndex offsets(Offset{100});
  TimeIndex times(Offset{100});
  for (int i = 1; i < 20; ++i) {
    offsets.add(Offset{100 + i}, static_cast<uint64_t>(i) * 5'000);
    times.add(WallTime{i * 10}, Offset{100 + i});
  }
  FuzzTarget target{.name = "offset and time index",
                    .weight = 6,
                    .corpus = {offsets.encode(), times.encode()},
                    .run = {},
                    .limit_bytes = file_limit};
  target.run = [](MutableBytes bytes, Stream& draws) {
    const auto index = OffsetIndex::decode(Offset{100}, bytes, kSegmentBytes);
    const Offset asked{static_cast<int64_t>(draws.below(200))};
    CHECK(index.position_before(asked) < kSegmentBytes && index.last_position() < kSegmentBytes);
    const auto times = TimeIndex::decode(Offset{100}, bytes);
    CHECK(times.search_from(WallTime{static_cast<int64_t>(draws.below(300))}) >= Offset{100});
    return index.size() > 0 || times.size() > 0;
  };
  return target;
}

}  // namespace

std::vector<FuzzTarget> file_targets(Stream& stream) {
  std::vector<FuzzTarget> targets;
  targets.push_back(snapshots(stream));
  targets.push_back(indexes());
  targets.push_back(
      text_target("leader epochs", {"0\n2\n0 0\n3 170\n", "0\n0\n"}, [](std::string_view text) {
        const auto epochs = LeaderEpochs::decode(text);
        if (epochs) CHECK(LeaderEpochs::decode(epochs->encode()));
        return epochs.has_value();
      }));
  targets.push_back(text_target(
      "offset checkpoint", {"0\n2\nevents 0 17\na-b 12 99\n", "0\n0\n"}, [](std::string_view text) {
        const auto offsets = decode_offset_checkpoint(text);
        if (offsets) CHECK(decode_offset_checkpoint(encode_offset_checkpoint(*offsets)));
        return offsets.has_value();
      }));
  targets.push_back(
      text_target("meta.properties",
                  {"#\n#now\ncluster.id=abc\nversion=1\nnode.id=1\n", "version=0\nbroker.id=3\n"},
                  [](std::string_view text) { return parse_meta_properties(text).ok(); }));
  targets.push_back(text_target(
      "partition.metadata", {"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ\n"},
      [](std::string_view text) { return parse_partition_metadata(text).has_value(); }));
  targets.push_back(text_target("file and directory names",
                                {"00000000000000000170.log", "00000000000000000170.snapshot",
                                 "00000000000000000000.timeindex", "a-b-7"},
                                [](std::string_view text) {
                                  const bool file = parse_log_file_name(text).has_value();
                                  return parse_partition_directory(text).has_value() || file;
                                }));
  targets.push_back(text_target(
      "settings", {"broker.id=1\n# no\nlog.dirs = /x\\\n/y\nlisteners:PLAINTEXT://:9092\n", "a=b"},
      [](std::string_view text) {
        (void)decode_settings(text);
        return parse_properties(text).ok();
      }));
  return targets;
}

}  // namespace weir

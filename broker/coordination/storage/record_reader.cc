#include "broker/coordination/storage/record_reader.h"

#include <algorithm>

#include "sim/base/crc32c.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {
constexpr Site kWindow{"buggify.txn_log.window"};
constexpr int kReads = 4;  // before it is believed that no record stands somewhere
}  // namespace

ConstBytes RecordReader::window_from(uint64_t position) const {
  if (position < window_at_ || position - window_at_ > window_.size()) return {};
  return ConstBytes(window_).subspan(position - window_at_);
}

Result<Done, StorageError> RecordReader::await_fill(uint64_t position, uint64_t bytes) {
  const auto usual = limit<uint64_t>(env_.buggify, kWindow, 256 << 10, 64);
  window_.resize(std::min(std::max(bytes, usual), end_ - std::min(end_, position)));
  window_.resize(TRY(await_read_fully(file_, position, window_)));
  window_at_ = position;
  env_.scheduler.charge(Work::checksum_bytes, window_.size());
  return Done{};
}

Result<std::optional<TxnRecordView>, StorageError> RecordReader::await_at(uint64_t position) {
  if (position + kRecordHeaderBytes > end_) return std::optional<TxnRecordView>();
  uint64_t needed = kRecordHeaderBytes;
  for (int read = 0; read < kReads;) {
    const ConstBytes bytes = window_from(position);
    if (bytes.size() < needed) {
      TRY(await_fill(position, needed));
      ++read;
      if (window_.size() < needed) continue;
    }
    const ConstBytes here = window_from(position);
    const auto header = decode_record_header(here, home_, position);
    if (header && header->length > end_ - position - kRecordHeaderBytes) {
      return std::optional<TxnRecordView>();  // the file ends inside of it
    }
    needed = kRecordHeaderBytes + (header ? header->length : 0);
    if (header && here.size() < needed) continue;
    const ConstBytes payload = here.subspan(kRecordHeaderBytes, header ? header->length : 0);
    if (header && crc32c(payload) == header->payload_crc) {
      return std::optional(TxnRecordView{header->zxid, header->synced, payload});
    }
    window_.clear();
  }
  return std::optional<TxnRecordView>();
}

Result<bool, StorageError> RecordReader::await_was_promised(uint64_t position) {
  constexpr uint64_t kPart = 1 << 20;
  for (int read = 0; read < kReads - 1; ++read) {
    for (uint64_t from = position + 1; from + kRecordHeaderBytes <= end_; from += kPart) {
      TRY(await_fill(from, kPart + kRecordHeaderBytes));
      for (size_t at = 0; at < kPart && at + kRecordHeaderBytes <= window_.size(); ++at) {
        const auto header = decode_record_header(ConstBytes(window_).subspan(at), home_, from + at);
        if (header && header->synced > position) return true;
      }
    }
  }
  return false;
}

Result<bool, StorageError> RecordReader::await_is_padding(uint64_t position) {
  while (position < end_) {
    TRY(await_fill(position, 1));
    if (window_.empty()) return false;
    if (std::ranges::any_of(window_, [](uint8_t byte) { return byte != 0; })) return false;
    position += window_.size();
  }
  return true;
}

}  // namespace weir

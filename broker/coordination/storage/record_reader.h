// RecordReader: the records of one log file, read through a window and checked.
//
// A sound record proves itself (file_format.h), so one good read is enough to believe in it; that
// there is none is believed only after several reads, for a read may come from the wrong place.
#pragma once

#include "broker/coordination/storage/file_format.h"
#include "sim/env/env.h"

namespace weir {

struct TxnRecordView {
  Zxid zxid;
  uint64_t synced = 0;
  ConstBytes payload;  // until the next call
  [[nodiscard]] uint64_t bytes() const { return kRecordHeaderBytes + payload.size(); }
};

class RecordReader {
 public:
  // Reads nothing at or behind `end`. The file must outlive it.
  RecordReader(Env& env, File& file, const RecordHome& home, uint64_t end)
      : env_(env), file_(file), home_(home), end_(end) {}

  // Nothing when no sound record stands there.
  Result<std::optional<TxnRecordView>, StorageError> await_at(uint64_t position);
  // Whether a record behind `position` says that what stands there was durable once.
  Result<bool, StorageError> await_was_promised(uint64_t position);
  // Whether there is nothing but zeros from here on: nobody has written there yet.
  Result<bool, StorageError> await_is_padding(uint64_t position);

 private:
  Result<Done, StorageError> await_fill(uint64_t position, uint64_t bytes);
  [[nodiscard]] ConstBytes window_from(uint64_t position) const;

  Env& env_;
  File& file_;
  const RecordHome home_;
  const uint64_t end_;
  uint64_t window_at_ = 0;
  Buffer window_;
};

}  // namespace weir

// Waiting reads and writes for a fiber, over the non-blocking Connection and the short-writing File.
#pragma once

#include <memory>

#include "sim/env/disk.h"
#include "sim/env/network.h"
#include "sim/fiber/wait.h"

namespace weir {

// FiberStream: one connection that one fiber reads and another may write.
//
// It owns the connection. A wait that ends by its limit gives NetError::timed_out, by its Cancel
// NetError::closed; bytes read so far in await_read_exact are lost then, so close the stream.
class FiberStream final : public ReadySink {
 public:
  FiberStream(Scheduler& scheduler, std::unique_ptr<Connection> connection);
  FiberStream(const FiberStream&) = delete;
  FiberStream& operator=(const FiberStream&) = delete;
  ~FiberStream() override;

  // At least one byte, or 0 at the end of the stream.
  Result<size_t, NetError> await_read(MutableBytes into, const WaitLimit& limit = {});
  // All of `into`; NetError::reset when the stream ends before.
  Result<Done, NetError> await_read_exact(MutableBytes into, const WaitLimit& limit = {});
  // As much as goes without waiting: would_block when that is nothing. Not while a fiber writes.
  Result<size_t, NetError> try_write(ConstBytes bytes) { return connection_->try_write({&bytes, 1}); }
  Result<Done, NetError> await_write_all(ConstBytes bytes, const WaitLimit& limit = {});
  Result<Done, NetError> await_send_all(const FileSlice& slice, const WaitLimit& limit = {});
  void shutdown_write() { connection_->shutdown_write(); }

 private:
  void on_ready(uint64_t token, Interest ready) override;
  Result<Done, NetError> await_ready(Interest what, const WaitLimit& limit);

  std::unique_ptr<Connection> connection_;
  WaitList readers_;
  WaitList writers_;
};

// Reads until `into` is full or the file ends; gives what was read.
Result<size_t, IoError> await_read_fully(File& file, uint64_t offset, MutableBytes into);
Result<size_t, IoError> await_read_fully(FileSlice& slice, uint64_t at, MutableBytes into);
// Writes all of `bytes`.
Result<Done, IoError> await_write_fully(File& file, uint64_t offset, ConstBytes bytes);
// The whole file, refused above `limit_bytes`.
Result<Buffer, IoError> await_read_file(Disk& disk, std::string_view path, uint64_t limit_bytes);

}  // namespace weir

#include "sim/fiber/stream_io.h"

namespace weir {

FiberStream::FiberStream(Scheduler& scheduler, std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), readers_(scheduler), writers_(scheduler) {}

FiberStream::~FiberStream() {
  if (connection_) connection_->watch(Interest::none, nullptr, 0);
}

void FiberStream::on_ready(uint64_t /*token*/, Interest ready) {
  if (wants_read(ready)) readers_.wake_all();
  if (wants_write(ready)) writers_.wake_all();
  const auto still = static_cast<uint8_t>((readers_.empty() ? 0 : 1) | (writers_.empty() ? 0 : 2));
  connection_->watch(static_cast<Interest>(still), this, 0);
}

Result<Done, NetError> FiberStream::await_ready(Interest what, const WaitLimit& limit) {
  const bool read = wants_read(what) || !readers_.empty();
  const bool write = wants_write(what) || !writers_.empty();
  connection_->watch(static_cast<Interest>((read ? 1 : 0) | (write ? 2 : 0)), this, 0);
  const WaitResult result = (wants_read(what) ? readers_ : writers_).await(limit);
  if (result == WaitResult::timed_out) return NetError::timed_out;
  if (result == WaitResult::cancelled) return NetError::closed;
  return Done{};
}

Result<size_t, NetError> FiberStream::await_read(MutableBytes into, const WaitLimit& limit) {
  for (;;) {
    Result<size_t, NetError> read = connection_->try_read(into);
    if (read || read.error() != NetError::would_block) return read;
    TRY(await_ready(Interest::read, limit));
  }
}

Result<Done, NetError> FiberStream::await_read_exact(MutableBytes into, const WaitLimit& limit) {
  while (!into.empty()) {
    const size_t read = TRY(await_read(into, limit));
    if (read == 0) return NetError::reset;
    into = into.subspan(read);
  }
  return Done{};
}

Result<Done, NetError> FiberStream::await_write_all(ConstBytes bytes, const WaitLimit& limit) {
  while (!bytes.empty()) {
    const Result<size_t, NetError> written = connection_->try_write({&bytes, 1});
    if (written) {
      bytes = bytes.subspan(*written);
    } else if (written.error() == NetError::would_block) {
      TRY(await_ready(Interest::write, limit));
    } else {
      return written.error();
    }
  }
  return Done{};
}

Result<Done, NetError> FiberStream::await_send_all(const FileSlice& slice, const WaitLimit& limit) {
  for (uint64_t sent = 0; sent < slice.size_bytes();) {
    const auto taken = connection_->try_send(slice, sent, slice.size_bytes() - sent);
    if (taken) {
      sent += *taken;
    } else if (taken.error() == NetError::would_block) {
      TRY(await_ready(Interest::write, limit));
    } else {
      return taken.error();
    }
  }
  return Done{};
}

namespace {
template <class Source>
Result<size_t, IoError> await_fill(Source& source, uint64_t offset, MutableBytes into) {
  size_t total = 0;
  while (total < into.size()) {
    const size_t read = TRY(source.await_read_at(offset + total, into.subspan(total)));
    if (read == 0) break;
    total += read;
  }
  return total;
}
}  // namespace

Result<size_t, IoError> await_read_fully(File& file, uint64_t offset, MutableBytes into) {
  return await_fill(file, offset, into);
}
Result<size_t, IoError> await_read_fully(FileSlice& slice, uint64_t at, MutableBytes into) {
  return await_fill(slice, at, into);
}

Result<Done, IoError> await_write_fully(File& file, uint64_t offset, ConstBytes bytes) {
  while (!bytes.empty()) {
    const size_t written = TRY(file.await_write_at(offset, {&bytes, 1}));
    offset += written;
    bytes = bytes.subspan(written);
  }
  return Done{};
}

Result<Buffer, IoError> await_read_file(Disk& disk, std::string_view path, uint64_t limit_bytes) {
  std::unique_ptr<File> file = TRY(disk.await_open(path, OpenMode::read));
  const uint64_t size = TRY(file->size_bytes());
  if (size > limit_bytes) {
    return IoError{IoErrorKind::other, std::string(path) + " is larger than it may be"};
  }
  Buffer content(size);
  content.resize(TRY(await_read_fully(*file, 0, content)));
  return content;
}

}  // namespace weir

#include "sim/world/sim_disk.h"

#include <algorithm>

#include "sim/fiber/stream_io.h"
#include "sim/fiber/wait.h"

namespace weir {
namespace {

constexpr Site kAccess{"disk.access"};
constexpr Site kSyncTime{"disk.sync_time"};
constexpr Site kSlowSync{"disk.slow_sync"};
constexpr Site kEffectFirst{"disk.effect_first"};
constexpr Site kShortIo{"disk.short_io"};
constexpr Site kShortIoAt{"disk.short_io.at"};
constexpr Site kReadError{"disk.read_error"};
constexpr Site kWriteError{"disk.write_error"};
constexpr Site kWriteErrorAt{"disk.write_error.at"};
constexpr Site kSyncError{"disk.sync_error"};
constexpr Site kNoSpace{"disk.no_space"};
constexpr Site kLyingSync{"disk.lying_sync"};
constexpr Site kMisdirectedWrite{"disk.misdirected_write"};
constexpr Site kMisdirectedRead{"disk.misdirected_read"};
constexpr Site kMisdirectedTo{"disk.misdirected.to"};
constexpr uint64_t kMisdirectedUnit = 512;
constexpr Site kOpen{"disk.open"};
constexpr Site kRead{"disk.read"};
constexpr Site kWrite{"disk.write"};
constexpr Site kTruncate{"disk.truncate"};
constexpr Site kSync{"disk.sync"};
constexpr Site kNames{"disk.names"};
constexpr Site kSyncDirectory{"disk.sync_directory"};

class SimFile final : public File {
 public:
  SimFile(const DiskContext& context, std::shared_ptr<DiskFile> file, std::string_view path)
      : context_(context),
        file_(std::move(file)),
        path_id_(fnv1a(path)),
        may_harm_(!context.faults.may_harm || context.faults.may_harm(path)) {}
  ~SimFile() override {
    if (holds_lock_) file_->locked = false;
  }

  Result<size_t, IoError> await_read_at(uint64_t offset, MutableBytes into) override {
    context_.await_access(into.size());
    DiskFaults& faults = context_.faults;
    if (context_.fires(faults.read_error, kReadError)) {
      ++faults.read_error.effective;
      return IoError{IoErrorKind::io, "reading"};
    }
    const Buffer& content = file_->content();
    if (offset >= content.size() || into.empty()) return size_t{0};
    size_t count = std::min<size_t>(into.size(), content.size() - offset);
    if (count > 1) count = shorten(count);
    const uint64_t from = misdirect(faults.misdirected_read, kMisdirectedRead, offset, count);
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(from), count, into.begin());
    context_.trace(kRead, path_id_, offset, count);
    return count;
  }

  Result<std::unique_ptr<FileSlice>, IoError> await_slice(uint64_t offset,
                                                          uint64_t max_bytes) override {
    const uint64_t size = file_->content().size();
    Buffer bytes(std::min(max_bytes, size - std::min(size, offset)));
    bytes.resize(TRY(await_read_fully(*this, offset, bytes)));
    return std::unique_ptr<FileSlice>(std::make_unique<SimSlice>(std::move(bytes)));
  }

  Result<size_t, IoError> await_write_at(uint64_t offset,
                                         std::span<const ConstBytes> pieces) override {
    DiskFaults& faults = context_.faults;
    Buffer bytes;
    for (const ConstBytes piece : pieces) append_bytes(bytes, piece);
    if (bytes.empty()) return size_t{0};
    const bool grows = offset + bytes.size() > file_->content().size();
    if (grows && context_.fires(faults.no_space, kNoSpace)) {
      return await_no_space(offset, bytes);
    }
    if (context_.fires(faults.write_error, kWriteError)) {
      // Some of it may have been written all the same.
      ++faults.write_error.effective;
      bytes.resize(context_.simulator.choose(kWriteErrorAt, context_.stream, bytes.size() + 1));
      if (!bytes.empty()) file_->write(offset, bytes);
      context_.await_access(bytes.size());
      return IoError{IoErrorKind::io, "writing"};
    }
    if (bytes.size() > 1) bytes.resize(shorten(bytes.size()));
    context_.trace(kWrite, path_id_, offset, digest(bytes));
    const bool effect_first = context_.coin(kEffectFirst);
    if (effect_first) put(offset, bytes);
    context_.await_access(bytes.size());
    if (!effect_first) put(offset, bytes);
    return bytes.size();
  }

  Result<Done, IoError> await_sync() override {
    DiskFaults& faults = context_.faults;
    const uint64_t mark = file_->journal_mark();
    context_.await_sync_time();
    if (context_.fires(faults.sync_error, kSyncError)) {
      ++faults.sync_error.effective;
      file_->drop_dirty(mark);
      return IoError{IoErrorKind::io, "syncing"};
    }
    if (may_harm_ && context_.fires(faults.lying_sync, kLyingSync)) {
      ++faults.lying_sync.effective;
      file_->note_lie(mark);
    } else {
      file_->make_durable(mark);
    }
    context_.trace(kSync, path_id_, mark);
    return Done{};
  }

  Result<Done, IoError> await_truncate(uint64_t size_bytes) override {
    context_.await_access();
    file_->truncate(size_bytes);
    context_.trace(kTruncate, path_id_, size_bytes);
    return Done{};
  }

  Result<uint64_t, IoError> size_bytes() override { return file_->content().size(); }

  Result<Done, IoError> try_lock() override {
    if (holds_lock_) return Done{};
    if (file_->locked) return IoError{IoErrorKind::locked, "file"};
    file_->locked = holds_lock_ = true;
    return Done{};
  }

 private:
  size_t shorten(size_t count) {
    FaultPoint& point = context_.faults.short_io;
    if (!context_.fires(point, kShortIo)) return count;
    ++point.effective;
    return 1 + context_.simulator.choose(kShortIoAt, context_.stream, count - 1);
  }

  // Where an operation at `offset` goes instead: to other sectors of the same file, when it has any.
  uint64_t misdirect(FaultPoint& point, const Site& site, uint64_t offset, size_t count) {
    const uint64_t size = file_->content().size();
    if (!may_harm_ || size < count + kMisdirectedUnit || !context_.fires(point, site)) return offset;
    const uint64_t places = (size - count) / kMisdirectedUnit + 1;
    const uint64_t place =
        context_.simulator.choose(kMisdirectedTo, context_.stream, places) * kMisdirectedUnit;
    if (place != offset) ++point.effective;
    return place;
  }

  void put(uint64_t offset, const Buffer& bytes) {
    DiskFaults& faults = context_.faults;
    const uint64_t to = misdirect(faults.misdirected_write, kMisdirectedWrite, offset, bytes.size());
    if (to == offset) {
      file_->write(offset, bytes);
      return;
    }
    // Both what should be here and what was there are gone.
    DiskDamage there{file_.get(), to, to + bytes.size(), file_->content(),
                     DamageCause::misdirected_write};
    DiskDamage here{file_.get(), offset, offset + bytes.size(), file_->content(),
                    DamageCause::misdirected_write};
    if (here.intact.size() < here.to) here.intact.resize(here.to);
    std::copy(bytes.begin(), bytes.end(),
              here.intact.begin() + static_cast<std::ptrdiff_t>(offset));
    file_->write(to, bytes);
    if (faults.on_damage) {
      faults.on_damage(there);
      faults.on_damage(here);
    }
  }

  // A part of it may still have fitted.
  Result<size_t, IoError> await_no_space(uint64_t offset, Buffer& bytes) {
    ++context_.faults.no_space.effective;
    bytes.resize(context_.simulator.choose(kWriteErrorAt, context_.stream, bytes.size()));
    context_.await_access(bytes.size());
    if (bytes.empty()) return IoError{IoErrorKind::no_space, "writing"};
    file_->write(offset, bytes);
    return bytes.size();  // short; the rest meets the full disk again, or finds room
  }

  DiskContext context_;
  std::shared_ptr<DiskFile> file_;
  const uint64_t path_id_;
  const bool may_harm_;
  bool holds_lock_ = false;
};

}  // namespace

void DiskContext::await_ns(int64_t virtual_ns) const {
  WaitList nobody(scheduler);
  nobody.await({.deadline = clock.now() + nanoseconds(virtual_ns)});
}

bool DiskContext::fires(FaultPoint& point, const Site& site) const {
  return point.fires(simulator, site, stream);
}

void DiskContext::await_stall() const {
  while (faults.stalled_until_ns > simulator.now_ns()) {
    ++faults.stalled.effective;
    await_ns(faults.stalled_until_ns - simulator.now_ns());
  }
}

void DiskContext::await_access(uint64_t bytes) const {
  await_ns(simulator.choose_between(kAccess, stream, options.access_min_ns, options.access_max_ns));
  if (faults.bytes_per_second > 0 && bytes > 0) {
    ++faults.throttled.effective;
    await_ns(static_cast<int64_t>(bytes * 1'000'000'000 / faults.bytes_per_second));
  }
  await_stall();
}

void DiskContext::await_sync_time() const {
  const bool slow = simulator.chance(kSlowSync, stream, options.slow_sync_per_million);
  await_ns(simulator.choose_between(kSyncTime, stream,
                                    slow ? options.sync_max_ns : options.sync_min_ns,
                                    slow ? options.slow_sync_max_ns : options.sync_max_ns));
  await_stall();
}

Result<size_t, IoError> SimSlice::await_read_at(uint64_t at, MutableBytes into) {
  if (at >= bytes_.size()) return size_t{0};
  const size_t count = std::min<size_t>(into.size(), bytes_.size() - at);
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), count, into.begin());
  return count;
}

Result<std::unique_ptr<File>, IoError> SimDisk::await_open(std::string_view path, OpenMode mode) {
  context_.await_access();
  const bool creates = mode == OpenMode::create || mode == OpenMode::create_exclusive;
  if (creates && !context_.image.open(path, OpenMode::read) &&
      context_.fires(context_.faults.no_space, kNoSpace)) {
    ++context_.faults.no_space.effective;
    return IoError{IoErrorKind::no_space, std::string(path)};
  }
  auto file = TRY(context_.image.open(path, mode));
  const uint64_t path_id = fnv1a(path);
  context_.trace(kOpen, path_id, static_cast<uint64_t>(mode), file->content().size());
  return std::unique_ptr<File>(std::make_unique<SimFile>(context_, std::move(file), path));
}

Result<std::vector<DirectoryEntry>, IoError> SimDisk::await_list(std::string_view directory) {
  context_.await_access();
  const auto found = TRY(context_.image.directory(directory));
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, node] : found->names()) {
    entries.push_back({name, node.directory != nullptr});
  }
  return entries;
}

Result<Done, IoError> SimDisk::await_create_directory(std::string_view path) {
  context_.await_access();
  context_.trace(kNames, fnv1a(path), 1);
  return context_.image.create_directory(path);
}

Result<Done, IoError> SimDisk::await_remove(std::string_view path) {
  context_.await_access();
  context_.trace(kNames, fnv1a(path), 2);
  return context_.image.remove(path);
}

Result<Done, IoError> SimDisk::await_rename(std::string_view from, std::string_view to) {
  context_.await_access();
  context_.trace(kNames, fnv1a(from), 3, fnv1a(to));
  return context_.image.rename(from, to);
}

Result<Done, IoError> SimDisk::await_sync_directory(std::string_view directory) {
  const auto found = TRY(context_.image.directory(directory));
  const uint64_t mark = found->journal_mark();
  context_.await_sync_time();
  found->make_durable(mark);
  context_.trace(kSyncDirectory, fnv1a(directory), mark);
  return Done{};
}

}  // namespace weir

#include "sim/world/sim_disk.h"

#include <algorithm>

#include "sim/fiber/wait.h"

namespace weir {
namespace {

constexpr Site kAccess{"disk.access"};
constexpr Site kSyncTime{"disk.sync_time"};
constexpr Site kSlowSync{"disk.slow_sync"};
constexpr Site kEffectFirst{"disk.effect_first"};
constexpr Site kShortRead{"disk.short_read"};
constexpr Site kShortReadAt{"disk.short_read.at"};
constexpr Site kShortWrite{"disk.short_write"};
constexpr Site kShortWriteAt{"disk.short_write.at"};
constexpr Site kOpen{"disk.open"};
constexpr Site kRead{"disk.read"};
constexpr Site kWrite{"disk.write"};
constexpr Site kTruncate{"disk.truncate"};
constexpr Site kSync{"disk.sync"};
constexpr Site kNames{"disk.names"};
constexpr Site kSyncDirectory{"disk.sync_directory"};

class SimFile final : public File {
 public:
  SimFile(const DiskContext& context, std::shared_ptr<DiskFile> file, uint64_t path_id)
      : context_(context), file_(std::move(file)), path_id_(path_id) {}
  ~SimFile() override {
    if (holds_lock_) file_->locked = false;
  }

  Result<size_t, IoError> await_read_at(uint64_t offset, MutableBytes into) override {
    context_.await_access();
    const Buffer& content = file_->content();
    if (offset >= content.size() || into.empty()) return size_t{0};
    size_t count = std::min<size_t>(into.size(), content.size() - offset);
    if (count > 1 && context_.simulator.chance(kShortRead, context_.stream,
                                               context_.options.short_read_per_million)) {
      count = 1 + context_.simulator.choose(kShortReadAt, context_.stream, count);
    }
    std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    context_.trace(kRead, path_id_, offset, count);
    return count;
  }

  Result<size_t, IoError> await_write_at(uint64_t offset,
                                         std::span<const ConstBytes> pieces) override {
    Buffer bytes;
    for (const ConstBytes piece : pieces) append_bytes(bytes, piece);
    if (bytes.empty()) return size_t{0};
    if (bytes.size() > 1 && context_.simulator.chance(kShortWrite, context_.stream,
                                                      context_.options.short_write_per_million)) {
      bytes.resize(1 + context_.simulator.choose(kShortWriteAt, context_.stream, bytes.size()));
    }
    context_.trace(kWrite, path_id_, offset, digest(bytes));
    const bool effect_first = context_.coin(kEffectFirst);
    if (effect_first) file_->write(offset, bytes);
    context_.await_access();
    if (!effect_first) file_->write(offset, bytes);
    return bytes.size();
  }

  Result<Done, IoError> await_sync() override {
    const uint64_t mark = file_->journal_mark();
    context_.await_sync_time();
    file_->make_durable(mark);
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
  DiskContext context_;
  std::shared_ptr<DiskFile> file_;
  const uint64_t path_id_;
  bool holds_lock_ = false;
};

}  // namespace

void DiskContext::await_ns(int64_t virtual_ns) const {
  WaitList nobody(scheduler);
  nobody.await({.deadline = clock.now() + nanoseconds(virtual_ns)});
}

void DiskContext::await_access() const {
  await_ns(simulator.choose_between(kAccess, stream, options.access_min_ns, options.access_max_ns));
}

void DiskContext::await_sync_time() const {
  const bool slow = simulator.chance(kSlowSync, stream, options.slow_sync_per_million);
  await_ns(simulator.choose_between(kSyncTime, stream,
                                    slow ? options.sync_max_ns : options.sync_min_ns,
                                    slow ? options.slow_sync_max_ns : options.sync_max_ns));
}

Result<std::unique_ptr<File>, IoError> SimDisk::await_open(std::string_view path, OpenMode mode) {
  context_.await_access();
  auto file = TRY(context_.image.open(path, mode));
  const uint64_t path_id = fnv1a(path);
  context_.trace(kOpen, path_id, static_cast<uint64_t>(mode), file->content().size());
  return std::unique_ptr<File>(std::make_unique<SimFile>(context_, std::move(file), path_id));
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

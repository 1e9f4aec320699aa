#include "sim/real/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace weir {
namespace {

static_assert(sizeof(off_t) == 8, "offsets are 64 bits wide");
constexpr int kPiecesPerCall = 256;
constexpr uint64_t kWarmChunkBytes = 1 << 20;

// Of a system call made on a pool thread: errno is that thread's.
struct CallResult {
  int64_t value = -1;
  int error_number = 0;
};

template <class Call>
CallResult retry_interrupted(Call& call) {
  for (;;) {
    const int64_t value = call();
    if (value >= 0) return {value, 0};
    if (errno != EINTR) return {value, errno};
  }
}

template <class Call>
CallResult await_on_pool(BlockingCalls& calls, Call call) {
  CallResult result;
  calls.await_run([&] { result = retry_interrupted(call); });
  return result;
}

IoErrorKind to_kind(int error_number) {
  switch (error_number) {
    case ENOENT: return IoErrorKind::not_found;
    case EEXIST: return IoErrorKind::already_exists;
    case ENOTDIR: return IoErrorKind::not_a_directory;
    case ENOTEMPTY: return IoErrorKind::not_empty;
    case ENOSPC:
    case EDQUOT: return IoErrorKind::no_space;
    case EIO: return IoErrorKind::io;
    case EMFILE:
    case ENFILE: return IoErrorKind::too_many_open;
    case EACCES:
    case EPERM:
    case EROFS: return IoErrorKind::permission;
    case EWOULDBLOCK: return IoErrorKind::locked;
    default: return IoErrorKind::other;
  }
}

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY;
    case OpenMode::read_write: return O_RDWR;
    case OpenMode::create: return O_RDWR | O_CREAT;
    case OpenMode::create_exclusive: return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

IoError outside_root(std::string_view path) {
  return {IoErrorKind::permission, fmt::format("'{}' is not a path below the root", path)};
}

const char* or_root(const std::string& directory) {
  return directory.empty() ? "." : directory.c_str();
}

bool is_directory(int parent, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
  struct stat status {};
  return fstatat(parent, entry.d_name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

// 0, or -1 and errno.
int list_blocking(int root, const char* directory, std::vector<DirectoryEntry>& entries) {
  const int fd = openat(root, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  DIR* const stream = fdopendir(fd);
  if (stream == nullptr) {
    const int error = errno;
    ::close(fd);
    errno = error;
    return -1;
  }
  errno = 0;
  while (const dirent* entry = readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      entries.push_back({std::string(name), is_directory(fd, *entry)});
    }
    errno = 0;
  }
  const int error = errno;
  closedir(stream);
  errno = error;
  return error == 0 ? 0 : -1;
}

}  // namespace

IoError to_io_error(int error_number, std::string_view operation, std::string_view path) {
  const char* text = strerrordesc_np(error_number);
  return {to_kind(error_number), fmt::format("{} of '{}': {}", operation, path,
                                             text != nullptr ? text : "unknown error")};
}

bool is_inside_root(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  for (;;) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

template <class Call>
Result<Done, IoError> PosixDisk::await_call(std::string_view what, std::string_view path,
                                            Call call) {
  const CallResult result = await_on_pool(calls_, call);
  if (result.value < 0) return to_io_error(result.error_number, what, path);
  return Done{};
}

Result<std::unique_ptr<File>, IoError> PosixDisk::await_open(std::string_view path,
                                                             OpenMode mode) {
  if (!is_inside_root(path)) return outside_root(path);
  std::string name(path);
  const int flags = open_flags(mode) | O_CLOEXEC;
  // The thread puts the descriptor here at once: a fiber killed meanwhile closes it as it unwinds.
  Fd fd;
  TRY(await_call("open", path, [&]() -> int64_t {
    fd = Fd(openat(root_, name.c_str(), flags, 0644));
    return fd.get();
  }));
  return std::unique_ptr<File>(
      std::make_unique<PosixFile>(calls_, std::move(fd), std::move(name)));
}

Result<std::vector<DirectoryEntry>, IoError> PosixDisk::await_list(std::string_view directory) {
  if (!directory.empty() && !is_inside_root(directory)) return outside_root(directory);
  const std::string name(directory);
  std::vector<DirectoryEntry> entries;
  TRY(await_call("list", directory, [&]() -> int64_t {
    entries.clear();
    return list_blocking(root_, or_root(name), entries);
  }));
  std::sort(entries.begin(), entries.end());
  return entries;
}

Result<Done, IoError> PosixDisk::await_create_directory(std::string_view path) {
  if (!is_inside_root(path)) return outside_root(path);
  const std::string name(path);
  return await_call("mkdir", path, [&] { return mkdirat(root_, name.c_str(), 0755); });
}

Result<Done, IoError> PosixDisk::await_remove(std::string_view path) {
  if (!is_inside_root(path)) return outside_root(path);
  const std::string name(path);
  return await_call("remove", path, [&] {
    const int removed = unlinkat(root_, name.c_str(), 0);
    if (removed == 0 || errno != EISDIR) return removed;
    return unlinkat(root_, name.c_str(), AT_REMOVEDIR);
  });
}

Result<Done, IoError> PosixDisk::await_rename(std::string_view from, std::string_view to) {
  if (!is_inside_root(from)) return outside_root(from);
  if (!is_inside_root(to)) return outside_root(to);
  const std::string old_name(from);
  const std::string new_name(to);
  return await_call("rename", from, [&] {
    return renameat(root_, old_name.c_str(), root_, new_name.c_str());
  });
}

Result<Done, IoError> PosixDisk::await_sync_directory(std::string_view directory) {
  if (!directory.empty() && !is_inside_root(directory)) return outside_root(directory);
  const std::string name(directory);
  return await_call("directory sync", directory, [&]() -> int64_t {
    Fd fd(openat(root_, or_root(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return -1;
    const int synced = fsync(fd.get());
    const int error = errno;
    fd.reset();
    errno = error;
    return synced;
  });
}

Result<std::optional<size_t>, IoError> OpenFile::read_cached(uint64_t offset, MutableBytes into) {
  if (!nowait_works_) return std::optional<size_t>();
  iovec vector{into.data(), into.size()};
  const auto at = static_cast<off_t>(offset);
  auto call = [&] { return preadv2(fd_.get(), &vector, 1, at, RWF_NOWAIT); };
  const CallResult read = retry_interrupted(call);
  if (read.value > 0) return std::optional(static_cast<size_t>(read.value));
  if (read.value == 0) {
    // Some kernels answer 0 where they mean "not in the cache": believe only the size.
    if (offset >= TRY(size_bytes())) return std::optional<size_t>(0);
  } else if (read.error_number == EOPNOTSUPP || read.error_number == ENOSYS) {
    nowait_works_ = false;
  } else if (read.error_number != EAGAIN) {
    return to_io_error(read.error_number, "read", path_);
  }
  return std::optional<size_t>();
}

Result<size_t, IoError> OpenFile::await_read_at(uint64_t offset, MutableBytes into) {
  if (into.empty()) return size_t{0};
  if (const std::optional<size_t> read = TRY(read_cached(offset, into))) return *read;
  return await_read_on_pool(offset, into);
}

Result<size_t, IoError> OpenFile::await_read_on_pool(uint64_t offset, MutableBytes into) {
  const CallResult read = await_on_pool(calls_, [&] {
    return pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
  });
  if (read.value < 0) return to_io_error(read.error_number, "read", path_);
  return static_cast<size_t>(read.value);
}

Result<Done, IoError> OpenFile::await_cached(uint64_t offset, uint64_t bytes) {
  uint8_t last = 0;
  if (bytes == 0 || TRY(read_cached(offset + bytes - 1, {&last, 1}))) return Done{};
  Buffer scratch(std::min<uint64_t>(bytes, kWarmChunkBytes));
  for (uint64_t at = 0; at < bytes;) {
    const size_t wanted = std::min<uint64_t>(scratch.size(), bytes - at);
    const size_t read = TRY(await_read_on_pool(offset + at, MutableBytes(scratch).first(wanted)));
    if (read == 0) break;
    at += read;
  }
  return Done{};
}

Result<uint64_t, IoError> OpenFile::size_bytes() const {
  struct stat status{};
  if (fstat(fd_.get(), &status) != 0) return to_io_error(errno, "stat", path_);
  return static_cast<uint64_t>(status.st_size);
}

Result<size_t, IoError> PosixSlice::await_read_at(uint64_t at, MutableBytes into) {
  const uint64_t left = size_bytes_ - std::min(at, size_bytes_);
  return file_->await_read_at(offset_ + at, into.first(std::min<uint64_t>(into.size(), left)));
}

Result<std::unique_ptr<FileSlice>, IoError> PosixFile::await_slice(uint64_t offset,
                                                                   uint64_t max_bytes) {
  const uint64_t size = TRY(size_bytes());
  const uint64_t bytes = std::min(max_bytes, size - std::min(size, offset));
  TRY(open_->await_cached(offset, bytes));
  return std::unique_ptr<FileSlice>(std::make_unique<PosixSlice>(open_, offset, bytes));
}

Result<size_t, IoError> PosixFile::await_write_at(uint64_t offset,
                                                  std::span<const ConstBytes> pieces) {
  iovec vectors[kPiecesPerCall];
  int count = 0;
  for (const ConstBytes piece : pieces) {
    if (piece.empty()) continue;
    if (count == kPiecesPerCall) break;
    vectors[count++] = {const_cast<uint8_t*>(piece.data()), piece.size()};
  }
  if (count == 0) return size_t{0};
  auto call = [&] { return pwritev(open_->fd(), vectors, count, static_cast<off_t>(offset)); };
  const CallResult written = retry_interrupted(call);
  if (written.value < 0) return to_io_error(written.error_number, "write", open_->path());
  return static_cast<size_t>(written.value);
}

Result<Done, IoError> PosixFile::await_sync() {
  const CallResult synced = await_on_pool(open_->calls(), [&] { return fdatasync(open_->fd()); });
  if (synced.value < 0) return to_io_error(synced.error_number, "sync", open_->path());
  return Done{};
}

Result<Done, IoError> PosixFile::await_truncate(uint64_t size_bytes) {
  const CallResult cut = await_on_pool(
      open_->calls(), [&] { return ftruncate(open_->fd(), static_cast<off_t>(size_bytes)); });
  if (cut.value < 0) return to_io_error(cut.error_number, "truncate", open_->path());
  return Done{};
}

Result<Done, IoError> PosixFile::try_lock() {
  auto call = [&] { return flock(open_->fd(), LOCK_EX | LOCK_NB); };
  const CallResult locked = retry_interrupted(call);
  if (locked.value < 0) return to_io_error(locked.error_number, "lock", open_->path());
  return Done{};
}

}  // namespace weir

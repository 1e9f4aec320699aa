// Replacing a small file so that a crash leaves the old content or the new, never a mixture:
// written beside, synced, renamed, and the directory synced.
#pragma once

#include <string>
#include <string_view>

#include "sim/fiber/stream_io.h"

namespace weir {

inline Result<Done, IoError> await_replace_file(Disk& disk, std::string_view path,
                                                ConstBytes content) {
  const std::string beside = std::string(path) + ".tmp";
  {
    const auto file = TRY(disk.await_open(beside, OpenMode::create));
    TRY(file->await_truncate(0));
    TRY(await_write_fully(*file, 0, content));
    TRY(file->await_sync());
  }
  TRY(disk.await_rename(beside, path));
  const size_t slash = path.rfind('/');
  return disk.await_sync_directory(slash == std::string_view::npos ? "" : path.substr(0, slash));
}

}  // namespace weir

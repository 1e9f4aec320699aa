// StorageError: why the history of a server cannot be opened, read or written.
//
// Each names the file or directory, and where an operator can do something, the remedy.
#pragma once

#include <string>

#include "sim/env/disk.h"

namespace weir {

enum class StorageErrorKind : uint8_t {
  io,            // the disk refused; after a failed write or sync everything else is `failed`
  failed,        // an earlier write or sync has failed: what is on the disk is not known
  corrupt,       // what was durable once is damaged or missing
  wrong_engine,  // the directory is another engine's
  unsupported_version,  // written by a later Weir
  not_held,             // the history asked for is purged: a snapshot has to bring it
  too_large,            // a record above the limit; nothing was written
  superseded,           // history has changed under a snapshot that was being written
};

struct StorageError {
  StorageErrorKind kind = StorageErrorKind::io;
  std::string what;

  StorageError(StorageErrorKind error_kind, std::string text)
      : kind(error_kind), what(std::move(text)) {}
  StorageError(IoError error) : what(std::move(error.what)) {}  // NOLINT: for TRY
};

}  // namespace weir

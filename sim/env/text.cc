// Names of the error kinds, for logs and messages.
#include "sim/env/disk.h"
#include "sim/env/network.h"

namespace weir {

std::string_view to_text(NetError error) {
  switch (error) {
    case NetError::would_block: return "would block";
    case NetError::refused: return "connection refused";
    case NetError::reset: return "connection reset by peer";
    case NetError::timed_out: return "timed out";
    case NetError::unreachable: return "unreachable";
    case NetError::address_in_use: return "address already in use";
    case NetError::too_many_open: return "too many open files";
    case NetError::closed: return "closed";
    case NetError::source_failed: return "the file that was being sent could not be read";
    case NetError::other: return "network error";
  }
  return "unknown network error";
}

std::string_view to_text(IoErrorKind kind) {
  switch (kind) {
    case IoErrorKind::not_found: return "not found";
    case IoErrorKind::already_exists: return "already exists";
    case IoErrorKind::not_a_directory: return "not a directory";
    case IoErrorKind::not_empty: return "directory not empty";
    case IoErrorKind::no_space: return "no space left on device";
    case IoErrorKind::io: return "input/output error";
    case IoErrorKind::too_many_open: return "too many open files";
    case IoErrorKind::permission: return "permission denied";
    case IoErrorKind::locked: return "locked by another process";
    case IoErrorKind::other: return "I/O error";
  }
  return "unknown I/O error";
}

}  // namespace weir

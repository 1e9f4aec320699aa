// Outgoing: what a connection has still to send: a reply's own bytes, and slices of files between them.
//
//   bytes     | size, header, topics ...|        | next partition ...|
//   slices                              |records |                   |records|
//   on the wire, from left to right; a slice stands before the byte at its `at`
//
// Records go from the page cache to the socket without a copy in the process, so what a slow reader
// has still to be sent costs a descriptor and no memory. A slice whose file cannot be read any more ends
// the connection, for its length has been promised.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/env/network.h"

namespace weir {

struct ReplySlice {
  size_t at = 0;  // in the reply's bytes; grows from slice to slice
  std::unique_ptr<FileSlice> file;
  uint64_t from = 0;  // in the slice
  uint64_t bytes = 0;
};

class Outgoing {
 public:
  void add(Buffer bytes, std::vector<ReplySlice> slices) {
    const size_t before = bytes_.size();
    for (ReplySlice& slice : slices) {
      CHECK(slice.at <= bytes.size());
      slice.at += before;
      slices_.push_back(std::move(slice));
    }
    if (before == 0) {
      bytes_ = std::move(bytes);
    } else {
      append_bytes(bytes_, bytes);
    }
  }

  [[nodiscard]] bool empty() const {
    return bytes_sent_ == bytes_.size() && next_slice_ == slices_.size();
  }

  // Until all is sent, or the connection takes no more (would_block) or has failed.
  Result<Done, NetError> write_to(Connection& connection) {
    while (!empty()) {
      const bool any = next_slice_ < slices_.size();
      const size_t until = any ? slices_[next_slice_].at : bytes_.size();
      if (bytes_sent_ < until) {
        const ConstBytes rest = ConstBytes(bytes_).subspan(bytes_sent_, until - bytes_sent_);
        bytes_sent_ += TRY(connection.try_write({&rest, 1}, more_after(until)));
        continue;
      }
      ReplySlice& slice = slices_[next_slice_];
      if (slice.bytes > 0) {
        const size_t sent = TRY(connection.try_send(*slice.file, slice.from, slice.bytes));
        slice.from += sent;
        slice.bytes -= sent;
      }
      if (slice.bytes > 0) continue;
      slice.file.reset();
      ++next_slice_;
    }
    *this = {};
    return Done{};
  }

 private:
  // The head of an answer is small: it goes in one packet with the first of its records.
  [[nodiscard]] More more_after(size_t until) const {
    const auto rest = std::span(slices_).subspan(next_slice_);
    const bool follows = until < bytes_.size() || std::ranges::any_of(rest, [](const auto& slice) {
                           return slice.bytes > 0;
                         });
    return follows ? More::follows : More::none;
  }

  Buffer bytes_;
  size_t bytes_sent_ = 0;
  std::vector<ReplySlice> slices_;
  size_t next_slice_ = 0;
};

}  // namespace weir

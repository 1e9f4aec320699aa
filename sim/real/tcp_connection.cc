#include "sim/real/tcp_connection.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "sim/real/posix_disk.h"

namespace weir {
namespace {
constexpr size_t kPiecesPerCall = 64;
}

TcpConnection::TcpConnection(EpollLoop& loop, Fd fd, Endpoint peer)
    : loop_(loop), peer_(std::move(peer)), fd_(std::move(fd)), watch_(loop, fd_.get(), *this) {}

Result<size_t, NetError> TcpConnection::try_read(MutableBytes into) {
  CHECK(!into.empty());
  for (;;) {
    const ssize_t read = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (read >= 0) return static_cast<size_t>(read);
    if (errno != EINTR) return to_net_error(errno);
  }
}

Result<size_t, NetError> TcpConnection::try_write(std::span<const ConstBytes> pieces, More more) {
  if (write_shut_) return NetError::closed;
  size_t total = 0;
  while (!pieces.empty()) {
    iovec vectors[kPiecesPerCall];
    const size_t count = std::min(pieces.size(), kPiecesPerCall);
    size_t offered = 0;
    for (size_t i = 0; i < count; ++i) {
      vectors[i] = {const_cast<uint8_t*>(pieces[i].data()), pieces[i].size()};
      offered += pieces[i].size();
    }
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = count;
    const bool follows = more == More::follows || count < pieces.size();
    const ssize_t sent =
        ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | (follows ? MSG_MORE : 0));
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) note_send_buffer_full();
      // What was taken before counts; the error comes again with the next call.
      if (total > 0) return total;
      return to_net_error(errno);
    }
    total += static_cast<size_t>(sent);
    if (static_cast<size_t>(sent) < offered) {
      note_send_buffer_full();
      return total;
    }
    pieces = pieces.subspan(count);
  }
  return total;
}

Result<size_t, NetError> TcpConnection::try_send(const FileSlice& slice, uint64_t from,
                                                 uint64_t bytes) {
  if (write_shut_) return NetError::closed;
  const auto& file = static_cast<const PosixSlice&>(slice);  // of this world's disk
  auto at = static_cast<off_t>(file.offset() + from);
  for (;;) {
    const ssize_t sent = ::sendfile(fd_.get(), file.fd(), &at, bytes);
    if (sent == 0) return NetError::source_failed;  // the file ends here
    if (sent > 0) {
      if (static_cast<uint64_t>(sent) < bytes) note_send_buffer_full();
      return static_cast<size_t>(sent);
    }
    if (errno == EINTR) continue;
    if (errno == EIO) return NetError::source_failed;
    if (errno == EAGAIN) note_send_buffer_full();
    return to_net_error(errno);
  }
}

void TcpConnection::watch(Interest interest, ReadySink* sink, uint64_t token) {
  CHECK(interest == Interest::none || sink != nullptr);
  interest_ = interest;
  sink_ = sink;
  token_ = token;
  write_armed_ = wants_write(interest);
  update_watch();
}

void TcpConnection::update_watch() {
  uint32_t events = wants_read(interest_) ? static_cast<uint32_t>(EPOLLIN) : 0;
  if (wants_write(interest_) && write_armed_) events |= static_cast<uint32_t>(EPOLLOUT);
  watch_.want(events);
}

void TcpConnection::note_send_buffer_full() {
  if (loop_.edge_triggered() || write_armed_ || !wants_write(interest_)) return;
  write_armed_ = true;
  update_watch();
}

void TcpConnection::on_events(uint32_t events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  const bool read = wants_read(interest_) && (broken || (events & EPOLLIN) != 0);
  const bool write = wants_write(interest_) && (broken || (events & EPOLLOUT) != 0);
  if (!read && !write) return;
  if (write && !loop_.edge_triggered()) {
    write_armed_ = false;
    update_watch();
  }
  const int ready = (read ? 1 : 0) | (write ? 2 : 0);
  // Last: the sink may destroy this connection.
  sink_->on_ready(token_, static_cast<Interest>(ready));
}

void TcpConnection::shutdown_write() {
  if (write_shut_) return;
  write_shut_ = true;
  ::shutdown(fd_.get(), SHUT_WR);
}

}  // namespace weir

#include "sim/real/tcp_network.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace weir {
namespace {

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

void set_option(int fd, int level, int option, int value = 1) {
  // Best effort: a socket without the option is slower, not wrong.
  setsockopt(fd, level, option, &value, sizeof value);
}

void set_size(int fd, int option, uint32_t bytes) {
  set_option(fd, SOL_SOCKET, option, static_cast<int>(std::min<uint32_t>(bytes, INT_MAX)));
}

// By itself the kernel sends into a black hole for a quarter of an hour, and once that has healed it may
// wait two minutes more before it tries again.
void end_when_silent(int fd) {
  constexpr int kSilenceMs = static_cast<int>(TcpNetwork::kSilence.ms());
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kSilenceMs / 2000);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kSilenceMs / 4000);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kSilenceMs);
}

// Wakes the fiber that waits for its connection to come about.
class ConnectWait final : public EpollHandler {
 public:
  ConnectWait(EpollLoop& loop, int fd) : waiter_(loop.fibers()), watch_(loop, fd, *this) {}
  WaitResult await(TimePoint deadline) {
    watch_.want(EPOLLOUT);
    return waiter_.await({.deadline = deadline});
  }

 private:
  void on_events(uint32_t /*events*/) override {
    watch_.want(0);
    waiter_.wake_all();
  }
  WaitList waiter_;
  Watch watch_;
};

}  // namespace

Result<std::unique_ptr<Listener>, NetError> TcpNetwork::listen(const Endpoint& at,
                                                               const ListenOptions& options) {
  std::optional<SocketAddress> address = parse_numeric(at);
  if (!address) {
    const std::vector<SocketAddress> found = resolve_blocking(at);
    if (found.empty()) return NetError::unreachable;
    address = found.front();
  }
  Fd fd(::socket(address->family(), kSocketFlags, 0));
  if (!fd.valid()) return to_net_error(errno);
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  // Those that are accepted inherit it.
  if (options.send_buffer_bytes) set_size(fd.get(), SO_SNDBUF, *options.send_buffer_bytes);
  if (options.receive_buffer_bytes) set_size(fd.get(), SO_RCVBUF, *options.receive_buffer_bytes);
  if (::bind(fd.get(), address->get(), address->length) != 0) return to_net_error(errno);
  if (::listen(fd.get(), options.backlog) != 0) return to_net_error(errno);
  SocketAddress local;
  if (::getsockname(fd.get(), local.get(), &local.length) != 0) return to_net_error(errno);
  return std::unique_ptr<Listener>(
      std::make_unique<TcpListener>(loop_, log_, std::move(fd), local.endpoint()));
}

Result<std::unique_ptr<Connection>, NetError> TcpNetwork::await_connect(const Endpoint& to,
                                                                        TimePoint deadline) {
  std::vector<SocketAddress> addresses;
  if (const std::optional<SocketAddress> numeric = parse_numeric(to)) {
    addresses.push_back(*numeric);
  } else {
    addresses = TRY(await_resolve(to, deadline));
  }
  NetError last = NetError::unreachable;
  for (const SocketAddress& address : addresses) {
    Result<Fd, NetError> fd = await_connect_to(address, deadline);
    if (fd) {
      set_option(fd->get(), IPPROTO_TCP, TCP_NODELAY);
      end_when_silent(fd->get());
      return std::unique_ptr<Connection>(
          std::make_unique<TcpConnection>(loop_, std::move(*fd), address.endpoint()));
    }
    last = fd.error();
    if (last == NetError::timed_out) break;
  }
  return last;
}

Result<std::vector<SocketAddress>, NetError> TcpNetwork::await_resolve(const Endpoint& name,
                                                                       TimePoint deadline) {
  // Shared with the pool thread, which may be at it long after the deadline.
  auto found = std::make_shared<std::vector<SocketAddress>>();
  const bool done = names_.await_run_until(
      [found, name] { *found = resolve_blocking(name); }, deadline);
  if (!done) return NetError::timed_out;
  if (found->empty()) return NetError::unreachable;
  return std::move(*found);
}

Result<Fd, NetError> TcpNetwork::await_connect_to(const SocketAddress& address,
                                                  TimePoint deadline) {
  if (deadline <= clock_.now()) return NetError::timed_out;
  Fd fd(::socket(address.family(), kSocketFlags, 0));
  if (!fd.valid()) return to_net_error(errno);
  if (::connect(fd.get(), address.get(), address.length) == 0) return fd;
  // EAGAIN is for lack of a local port; EINTR means that it goes on by itself.
  if (errno == EAGAIN) return NetError::other;
  if (errno != EINPROGRESS && errno != EINTR) return to_net_error(errno);

  if (ConnectWait(loop_, fd.get()).await(deadline) == WaitResult::timed_out) {
    return NetError::timed_out;
  }
  int error = 0;
  socklen_t length = sizeof error;
  CHECK(::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0);
  if (error != 0) return to_net_error(error);
  return fd;
}

std::unique_ptr<Connection> TcpNetwork::adopt(std::unique_ptr<DetachedConnection> socket) {
  CHECK(socket != nullptr);
  auto& tcp = static_cast<TcpSocket&>(*socket);
  return std::make_unique<TcpConnection>(loop_, std::move(tcp.fd), tcp.peer());
}

TcpListener::TcpListener(EpollLoop& loop, Log& log, Fd fd, Endpoint local)
    : log_(log), local_(std::move(local)), fd_(std::move(fd)), acceptors_(loop.fibers()) {
  watch_.emplace(loop, fd_.get(), static_cast<EpollHandler&>(*this));
}

Result<std::unique_ptr<DetachedConnection>, NetError> TcpListener::await_accept() {
  while (fd_.valid()) {
    SocketAddress peer;
    Fd fd(::accept4(fd_.get(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      starved_ = false;
      set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY);
      set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE);
      return std::unique_ptr<DetachedConnection>(
          std::make_unique<TcpSocket>(std::move(fd), peer.endpoint()));
    }
    const int error = errno;
    if (error == EAGAIN) {
      watch_->want(EPOLLIN);
      acceptors_.await({});
    } else if (to_net_error(error) == NetError::too_many_open) {
      await_pause();
    } else {
      // Others are of the one connection that was taken and is lost (accept(2)); a listener that
      // is broken itself is a bug.
      CHECK_MSG(error != EBADF && error != EINVAL && error != ENOTSOCK && error != EOPNOTSUPP,
                "accept on a broken listener");
    }
  }
  return NetError::closed;
}

void TcpListener::await_pause() {
  if (!starved_) {
    starved_ = true;
    log_line(log_, LogLevel::error, "Acceptor", [&] {
      return fmt::format("Out of file descriptors: new connections to port {} wait", local_.port);
    });
  }
  acceptors_.await({.deadline = clock_.now() + TcpNetwork::kAcceptPause});
}

void TcpListener::on_events(uint32_t /*events*/) {
  // Armed again by the next acceptor that finds nothing.
  watch_->want(0);
  acceptors_.wake_all();
}

void TcpListener::close() {
  watch_.reset();
  fd_.reset();
  acceptors_.wake_all();
}

}  // namespace weir

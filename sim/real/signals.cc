#include "sim/real/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

namespace weir {

StopSignals::StopSignals(UniqueFunction<void()> on_first) : on_first_(std::move(on_first)) {
  sigset_t stopping;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTERM);
  sigaddset(&stopping, SIGINT);
  CHECK(pthread_sigmask(SIG_BLOCK, &stopping, &mask_before_) == 0);
  signals_ = Fd(signalfd(-1, &stopping, SFD_CLOEXEC | SFD_NONBLOCK));
  quit_ = Fd(eventfd(0, EFD_CLOEXEC));
  CHECK_MSG(signals_.valid() && quit_.valid(), "out of descriptors before the first one was used");
  thread_ = std::thread([this] { serve(); });
}

StopSignals::~StopSignals() {
  const uint64_t one = 1;
  CHECK(::write(quit_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void StopSignals::serve() {
  bool asked = false;
  for (;;) {
    pollfd ready[] = {{signals_.get(), POLLIN, 0}, {quit_.get(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      if (asked) _exit(128 + static_cast<int>(info.ssi_signo));
      asked = true;
      on_first_();
    } else if (ready[1].revents != 0) {
      return;
    }
  }
}

}  // namespace weir

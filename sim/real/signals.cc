#include "sim/real/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

namespace weir {

ProcessSignals::ProcessSignals(UniqueFunction<void()> on_stop, UniqueFunction<void()> on_hangup)
    : on_stop_(std::move(on_stop)), on_hangup_(std::move(on_hangup)) {
  sigset_t taken;
  sigemptyset(&taken);
  sigaddset(&taken, SIGTERM);
  sigaddset(&taken, SIGINT);
  if (on_hangup_) sigaddset(&taken, SIGHUP);
  CHECK(pthread_sigmask(SIG_BLOCK, &taken, &mask_before_) == 0);
  signals_ = Fd(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  quit_ = Fd(eventfd(0, EFD_CLOEXEC));
  CHECK_MSG(signals_.valid() && quit_.valid(), "out of descriptors before the first one was used");
  thread_ = std::thread([this] { serve(); });
}

ProcessSignals::~ProcessSignals() {
  const uint64_t one = 1;
  CHECK(::write(quit_.get(), &one, sizeof one) == sizeof one);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void ProcessSignals::serve() {
  bool asked = false;
  for (;;) {
    pollfd ready[] = {{signals_.get(), POLLIN, 0}, {quit_.get(), POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGHUP) {
        on_hangup_();
        continue;
      }
      if (asked) _exit(128 + static_cast<int>(info.ssi_signo));
      asked = true;
      on_stop_();
    } else if (ready[1].revents != 0) {
      return;
    }
  }
}

}  // namespace weir

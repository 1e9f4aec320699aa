// ProcessSignals: SIGTERM and SIGINT ask for an orderly stop; the second one ends the process at
// once. SIGHUP asks to read the settings anew, where somebody listens for it; else it is left alone,
// and ends the process as it always has.
//
// While it lives these signals are blocked in the calling thread and in all threads that it
// starts from then on, and a small thread reads them from a signalfd. It has a thread of its own so
// that the second signal works even when a loop hangs. No handler runs and there is no global
// state.
//
// Construct it before any other thread is started; the destructor restores the signal mask.
#pragma once

#include <csignal>
#include <thread>

#include "sim/base/unique_function.h"
#include "sim/real/fd.h"

namespace weir {

class ProcessSignals {
 public:
  // Both are called on the signal thread: `on_stop` once; `on_hangup`, which may be null, each time.
  ProcessSignals(UniqueFunction<void()> on_stop, UniqueFunction<void()> on_hangup);
  ProcessSignals(const ProcessSignals&) = delete;
  ProcessSignals& operator=(const ProcessSignals&) = delete;
  ~ProcessSignals();

 private:
  void serve();

  UniqueFunction<void()> on_stop_;
  UniqueFunction<void()> on_hangup_;
  sigset_t mask_before_{};
  Fd signals_;
  Fd quit_;
  std::thread thread_;
};

}  // namespace weir

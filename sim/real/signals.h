// StopSignals: SIGTERM and SIGINT ask for an orderly stop; the second one ends the process at once.
//
// While it lives the two signals are blocked in the calling thread and in all threads that it
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

class StopSignals {
 public:
  // `on_first` is called on the signal thread.
  explicit StopSignals(UniqueFunction<void()> on_first);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

 private:
  void serve();

  UniqueFunction<void()> on_first_;
  sigset_t mask_before_{};
  Fd signals_;
  Fd quit_;
  std::thread thread_;
};

}  // namespace weir

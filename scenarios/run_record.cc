#include "scenarios/run_record.h"

namespace weir {

std::string_view name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::pass: return "pass";
    case VerdictKind::invariant: return "invariant";
    case VerdictKind::history: return "history";
    case VerdictKind::liveness: return "liveness";
    case VerdictKind::crash: return "crash";
    case VerdictKind::nondeterminism: return "non-determinism";
    case VerdictKind::vacuous: return "vacuous";
    case VerdictKind::timeout: return "timeout";
  }
  return "unknown";
}

}  // namespace weir

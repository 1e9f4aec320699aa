// What the cases of the conformance suite share that write files.
#pragma once

#include <string>

#include "tests/sim/conformance.h"

namespace weir {

// A directory of this shard's own for the case.
class CaseDirectory {
 public:
  CaseDirectory(Env& env, CaseReport& report, std::string_view name)
      : path_(std::string(name) + "-" + std::to_string(env.shards.self())) {
    report.expect(env.disk.await_create_directory(path_).ok(), "create the case's directory");
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

 private:
  std::string path_;
};

}  // namespace weir

#include "scenarios/host/report_file.h"

#include <filesystem>
#include <fstream>

#include "reports/page.h"

namespace weir {

bool write_report(const std::string& path, const std::string& replay_command,
                  const RunRecord& record, const reports::Timeline& timeline) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (!directory.empty()) std::filesystem::create_directories(directory, ignored);
  std::ofstream file(path, std::ios::binary);
  file << reports::render_page(record, timeline, {.replay_command = replay_command});
  file.close();
  return file.good();
}

}  // namespace weir

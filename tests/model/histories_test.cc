// The labelled histories of tests/model/histories: each has the anomalies that its label says.
#include "tests/support/test_pch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scenarios/host/history_file.h"

namespace weir {
namespace {

using Kinds = std::vector<std::string>;

struct Labelled {
  std::string name;
  std::string shows;
  Kinds expect;
  HistoryOptions options;
  History history;
};

Labelled read_labelled(const std::filesystem::path& path) {
  INFO(path.filename().string());
  std::ifstream lines(path);
  std::string first;
  REQUIRE(std::getline(lines, first));
  const auto label = nlohmann::json::parse(first);
  Labelled labelled;
  labelled.name = path.stem().string();
  labelled.shows = label.at("shows").get<std::string>();
  labelled.expect = label.at("expect").get<Kinds>();
  labelled.options.duplicates_allowed = label.value("duplicates_allowed", false);
  labelled.options.reordered_sends_allowed = label.value("reordered_sends_allowed", false);
  auto history = read_history(lines);
  INFO((history ? "" : history.error()));
  REQUIRE(history.ok());
  labelled.history = std::move(*history);
  return labelled;
}

// By name; WEIR_HISTORIES is their folder, from meson.build.
std::vector<Labelled> read_all() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(WEIR_HISTORIES)) {
    if (entry.path().extension() == ".jsonl") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Labelled> all;
  for (const auto& path : paths) all.push_back(read_labelled(path));
  return all;
}

std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("each labelled history has the anomalies of its label and no others") {
  for (const Labelled& labelled : read_all()) {
    const Verdict verdict = check_history(labelled.history, labelled.options);
    Kinds found;
    std::string sentences;
    for (const Anomaly& anomaly : verdict.anomalies) {
      found.emplace_back(name(anomaly.kind));
      sentences += "\n  " + anomaly.sentence;
    }
    INFO(labelled.name << ": " << labelled.shows << sentences);
    REQUIRE(found == labelled.expect);
  }
}

TEST_CASE("the labelled histories show each kind twice, and a dozen clean ones") {
  std::map<std::string, int> files_with;
  int clean = 0;
  const std::vector<Labelled> all = read_all();
  for (const Labelled& labelled : all) {
    clean += labelled.expect.empty() ? 1 : 0;
    Kinds kinds = labelled.expect;
    kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
    for (const std::string& kind : kinds) ++files_with[kind];
  }
  REQUIRE(all.size() >= 32);
  REQUIRE(clean >= 12);
  for (int kind = 0; kind <= static_cast<int>(AnomalyKind::bad_history); ++kind) {
    const auto text = name(static_cast<AnomalyKind>(kind));
    INFO(text);
    REQUIRE(files_with[std::string(text)] >= 2);
  }
}

TEST_CASE("a clean history whose options are taken away is not clean") {
  for (const Labelled& labelled : read_all()) {
    const HistoryOptions& options = labelled.options;
    if (!options.duplicates_allowed && !options.reordered_sends_allowed) continue;
    INFO(labelled.name);
    REQUIRE_FALSE(check_history(labelled.history).clean());
  }
}

TEST_CASE("the list of the labelled histories is complete") {
  const std::string list = read_text(std::filesystem::path(WEIR_HISTORIES) / "README.md");
  for (const Labelled& labelled : read_all()) {
    INFO(labelled.name);
    const size_t at = list.find("| `" + labelled.name + "` |");
    REQUIRE(at != std::string::npos);
    const std::string row = list.substr(at, list.find('\n', at) - at);
    REQUIRE(row.find(labelled.shows) != std::string::npos);
  }
}

}  // namespace weir

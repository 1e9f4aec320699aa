#include "scenarios/host/record_json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace weir {
namespace {
using nlohmann::json;

std::string hex(uint64_t value) { return fmt::format("{:016x}", value); }
}  // namespace

std::string record_to_json(const RunRecord& record) {
  json faults = json::object();
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const FaultCount& count = record.faults[i];
    if (count.planned == 0 && count.fired == 0) continue;
    faults[std::string(name(static_cast<FaultKind>(i)))] = {
        {"planned", count.planned}, {"fired", count.fired}, {"effective", count.effective}};
  }
  json findings = json::array();
  for (const Finding& finding : record.findings) {
    findings.push_back({{"verdict", name(finding.kind)},
                        {"code", static_cast<int>(finding.kind)},
                        {"what", finding.what},
                        {"sentence", finding.sentence},
                        {"at_ns", finding.at_ns}});
  }
  const json line = {{"scenario", record.plan.scenario},
                     {"seed", record.plan.seed},
                     {"verdict", name(record.verdict)},
                     {"code", static_cast<int>(record.verdict)},
                     {"hash", hex(record.hash)},
                     {"trace_events", record.trace_events},
                     {"virtual_ns", record.virtual_ns},
                     {"acked", record.acked},
                     {"failed", record.failed},
                     {"unknown", record.unknown},
                     {"read", record.read},
                     {"allowed_losses", record.allowed_losses},
                     {"destroyed", record.destroyed},
                     {"reported_corrupt", record.reported_corrupt},
                     {"probes", record.probes},
                     {"buggified", record.buggified},
                     {"faults", faults},
                     {"findings", findings}};
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<RunRecord, std::string> record_from_json(std::string_view text) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return Failure{std::string("not a JSON object")};
  try {
    RunRecord record;
    record.plan.scenario = line.at("scenario").get<std::string>();
    record.plan.seed = line.at("seed").get<uint64_t>();
    record.verdict = static_cast<VerdictKind>(line.at("code").get<int>());
    record.hash = std::stoull(line.at("hash").get<std::string>(), nullptr, 16);
    record.trace_events = line.at("trace_events").get<uint64_t>();
    record.virtual_ns = line.at("virtual_ns").get<int64_t>();
    record.acked = line.at("acked").get<uint64_t>();
    record.failed = line.at("failed").get<uint64_t>();
    record.unknown = line.at("unknown").get<uint64_t>();
    record.read = line.at("read").get<uint64_t>();
    record.allowed_losses = line.at("allowed_losses").get<uint64_t>();
    record.destroyed = line.at("destroyed").get<uint64_t>();
    record.reported_corrupt = line.at("reported_corrupt").get<uint64_t>();
    record.probes = line.at("probes").get<std::map<std::string, uint64_t>>();
    record.buggified = line.at("buggified").get<std::map<std::string, uint64_t>>();
    for (const auto& [kind_name, fault] : line.at("faults").items()) {
      const auto kind = parse_fault_kind(kind_name);
      if (!kind) return Failure{"no kind of fault: " + kind_name};
      record.faults[static_cast<size_t>(*kind)] = {fault.at("planned").get<uint64_t>(),
                                                   fault.at("fired").get<uint64_t>(),
                                                   fault.at("effective").get<uint64_t>()};
    }
    for (const json& finding : line.at("findings")) {
      record.findings.push_back({static_cast<VerdictKind>(finding.at("code").get<int>()),
                                 finding.at("what").get<std::string>(),
                                 finding.at("sentence").get<std::string>(),
                                 finding.at("at_ns").get<int64_t>()});
    }
    return record;
  } catch (const json::exception& error) {
    return Failure{std::string(error.what())};
  }
}

std::string request_to_json(const WorkerRequest& request) {
  return json{{"plan", request.plan_toml},
              {"trace", request.trace_path},
              {"report", request.report_path},
              {"replay", request.replay_command}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<WorkerRequest, std::string> request_from_json(std::string_view text) {
  const json line = json::parse(text, nullptr, false);
  if (!line.is_object()) return Failure{std::string("not a request")};
  WorkerRequest request;
  for (const auto& [key, to] : {std::pair{"plan", &request.plan_toml},
                                std::pair{"trace", &request.trace_path},
                                std::pair{"report", &request.report_path},
                                std::pair{"replay", &request.replay_command}}) {
    const auto value = line.find(key);
    if (value == line.end() || !value->is_string()) return Failure{std::string("not a request")};
    *to = value->get<std::string>();
  }
  return request;
}

}  // namespace weir

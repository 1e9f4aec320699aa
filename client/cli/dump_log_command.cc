// weir dump-log: what stands in the files of a log. Needs no broker, and changes nothing.
#include <fmt/core.h>

#include <charconv>
#include <memory>

#include "client/cli/command.h"
#include "client/cli/log_dump.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

// Kafka's greatest index (segment.index.bytes) is 2 GiB, its default 10 MiB.
constexpr uint64_t kSideFileMaxBytes = 256 << 20;

struct Options {
  std::vector<std::string>
      files;  // absolute and without "..": the command line's callback sees to it
  bool records = false;
};

bool ends_with(std::string_view text, std::string_view end) { return text.ends_with(end); }

// "…/00000000000000000042.index" is of the segment that begins at 42; 0 for other names.
Offset base_offset(std::string_view path) {
  const std::string_view file = path.substr(path.rfind('/') + 1);
  int64_t base = 0;
  std::from_chars(file.data(), file.data() + file.find('.'), base);
  return Offset{base};
}

Result<bool, IoError> await_dump(Context& context, const std::string& path,
                                 const LogDumpOptions& options) {
  const PrintLine& print = context.terminal.print;
  const std::string_view below_root = std::string_view(path).substr(1);
  if (ends_with(path, ".log")) {
    const auto file = TRY(context.env.disk.await_open(below_root, OpenMode::read));
    return await_dump_segment(*file, options, print);
  }
  const Buffer bytes = TRY(await_read_file(context.env.disk, below_root, kSideFileMaxBytes));
  if (ends_with(path, ".index")) return dump_offset_index(bytes, base_offset(path), options, print);
  if (ends_with(path, ".timeindex"))
    return dump_time_index(bytes, base_offset(path), options, print);
  return dump_snapshot(bytes, options, print);
}

int await_dump_files(Context& context, const Options& options) {
  for (const std::string& path : options.files) {
    if (!ends_with(path, ".log") && !ends_with(path, ".index") && !ends_with(path, ".timeindex") &&
        !ends_with(path, ".snapshot")) {
      return wrong_call(context, path + ": is no .log, .index, .timeindex or .snapshot");
    }
  }
  int status = kDone;
  for (const std::string& path : options.files) {
    if (context.stop.is_set()) break;
    context.terminal.print(context.json ? JsonLine().add("file", path).text() : path);
    const auto sound = await_dump(context, path, {options.records, context.json});
    if (!sound) context.terminal.complain(fmt::format("weir: {}: {}", path, sound.error().what));
    if (!sound || !*sound) status = kFailed;
  }
  return status;
}

}  // namespace

void add_dump_log_command(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  CLI::App* const dump = app.add_subcommand("dump-log", "what stands in the files of a log");
  dump->footer(
      "Examples:\n"
      "  weir dump-log data/events-0/00000000000000000000.log --records\n"
      "  weir dump-log --json data/events-0/*.log data/events-0/*.index\n\n"
      "Exit status 1 when a file is damaged: a line that begins with DAMAGE says where.");
  dump->add_option("files", options->files, ".log, .index, .timeindex or .snapshot")->required();
  dump->add_flag("--records", options->records, "keys and values, too");
  dump->callback([options, &invocation] {
    for (std::string& path : options->files) path = invocation.absolute(path);
    invocation.run = [options](Context& context) { return await_dump_files(context, *options); };
  });
}

}  // namespace weir

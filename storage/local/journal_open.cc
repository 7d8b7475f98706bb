#include "storage/local/journal_open.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "engine/base/time.h"
#include "storage/local/group_replay.h"
#include "storage/local/posix_file.h"

namespace frontrow {
namespace {

// The watermark is created after the database and its identity, so its presence implies both.
Status check_against_watermark(const std::optional<StoreContent>& content,
                               const WatermarkValue& watermark) {
  if (!content || !content->identity) {
    return Error{
        fmt::format("the watermark names group {} of stream {:016x}, but there is no database{}",
                    watermark.position.number, watermark.position.stream, kKeepACopy)};
  }
  ChainPosition end = content->end;
  if (end.number == 0) end.stream = content->identity->stream;
  if (Status s = check_reaches(end, watermark); !s.ok()) return s;
  if (content->epoch < watermark.position.epoch) {
    return Error{fmt::format("the database is of epoch {}, but epoch {} was durable{}",
                             content->epoch, watermark.position.epoch, kKeepACopy)};
  }
  return {};
}

Status check_without_watermark(const std::optional<StoreContent>& content) {
  if (!content || content->end.number == 0) return {};  // new, or its creation was cut short
  return Error{fmt::format("the log holds {} groups, but the watermark file is missing{}",
                           content->end.number, kKeepACopy)};
}

Status check_stream(const std::optional<StoreContent>& content, std::uint64_t wanted) {
  if (wanted == 0 || !content || !content->identity || content->identity->stream == wanted)
    return {};
  return Error{
      fmt::format("the log is of stream {:016x}, not {:016x}", content->identity->stream, wanted)};
}

}  // namespace

Result<OpenedStream> open_stream(const JournalOptions& options) {
  const std::string& directory = options.directory;
  const auto refuse = [&](const Status& s) {
    return Error{fmt::format("{}: {}", directory, s.error())};
  };
  StoreOptions store_options{
      directory + "/db", options.env, options.write_buffer_bytes, options.open_files, {}};
  const std::string watermark_path = directory + "/watermark";

  if (Status s = make_private_directory(directory); !s.ok()) return Error{s.error()};
  auto lock = DirectoryLock::acquire(directory + "/LOCK");
  if (!lock.ok()) return Error{lock.error()};
  if (Status s = make_private_directory(store_options.path); !s.ok()) return Error{s.error()};

  std::optional<Watermark> watermark;
  if (path_exists(watermark_path)) {
    auto opened = Watermark::open(watermark_path, options.watermark_sync_interval);
    if (!opened.ok()) return Error{opened.error()};
    watermark = std::move(*opened);
  }
  if (options.cuts_at_gap) {
    store_options.gap_above = watermark ? watermark->value().position.number : 0;
  }
  const auto content = inspect_store(store_options);
  if (!content.ok()) return Error{with_sign(content.error())};
  if (Status s = check_stream(*content, options.stream); !s.ok()) return refuse(s);
  if (Status s = watermark ? check_against_watermark(*content, watermark->value())
                           : check_without_watermark(*content);
      !s.ok()) {
    return refuse(s);
  }

  auto store = open_store(store_options, !watermark.has_value());
  if (!store.ok()) return Error{with_sign(store.error())};
  if (*content && (*content)->has_gap) {
    if (Status s = cut_behind(*store, (*content)->end); !s.ok()) return refuse(s);
  }
  const bool has_identity = *content && (*content)->identity;
  StoreIdentity identity;
  if (has_identity) {
    identity = *(*content)->identity;
  } else {
    identity = {options.stream != 0 ? options.stream : draw_stream(), SystemClock().now()};
  }
  const std::uint64_t previous_epoch = has_identity ? (*content)->epoch : 0;
  const auto epoch = start_epoch(*store, previous_epoch, has_identity ? nullptr : &identity);
  if (!epoch.ok()) return Error{fmt::format("{}: {}", directory, epoch.error())};
  if (Status s = lock->announce(*epoch); !s.ok()) return Error{s.error()};

  if (!watermark) {
    const WatermarkValue start{.position = {.stream = identity.stream, .epoch = *epoch}};
    auto created = Watermark::create(watermark_path, start, options.watermark_sync_interval);
    if (!created.ok()) return Error{created.error()};
    watermark = std::move(*created);
  }
  return OpenedStream{std::move(*lock), std::move(*watermark), std::move(*store), identity.stream,
                      *epoch};
}

}  // namespace frontrow

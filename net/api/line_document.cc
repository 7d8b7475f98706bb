#include "net/api/line_document.h"

#include <bit>

#include "engine/core/protocol/limits.h"
#include "net/api/api_render.h"
#include "net/api/base64_text.h"
#include "net/json/json_writer.h"

namespace frontrow {

void render(std::string& out, const LineView& line) {
  JsonWriter json(out);
  json.begin_object().member("concertId", line.concert);
  json.key("phase").plain(text_of(line.phase));
  if (line.phase == Phase::kScheduled) json.member("opensAt", line.opens_at);
  if (line.shuffle != Shuffle::kNone) json.key("shuffle").plain(text_of(line.shuffle));
  json.member("waiting", line.waiting).member("places", line.places);
  json.member("admittedUpTo", line.admitted_up_to).member("room", line.room);
  json.member("admitPerSecond", line.admit_per_second);
  json.member("admittedPerMinute", line.admitted_per_minute);
  json.member("blockPlaces", kLineBlockPlaces).member("idleSeconds", line.idle_s);
  json.member("asOf", line.at).end_object();
}

void render(std::string& out, const LineBlock& block) {
  static_assert(std::endian::native == std::endian::little);  // bytes of the words, in order
  JsonWriter json(out);
  json.begin_object().member("concertId", block.concert).member("block", block.block);
  json.member("places", block.places).member("waitingBefore", block.before);
  std::string bits;
  append_base64(bits, reinterpret_cast<const std::uint8_t*>(block.bits.data()),
                (block.places + 7) / 8);
  json.key("bits").plain(bits).member("asOf", block.at).end_object();
}

}  // namespace frontrow

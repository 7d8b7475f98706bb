#include "net/api/render_seats.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <vector>

#include "net/api/base64_text.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

void write_version(JsonWriter& json, ConcertId concert, Date date, std::uint64_t version) {
  json.begin_object().member("concertId", concert).member("date", date).member("version", version);
}

// Thousands of numbers: written straight into a buffer.
void write_seats(JsonWriter& json, std::string_view name, const std::vector<SeatNumber>& seats) {
  std::string list = "[";
  list.reserve(2 + seats.size() * 7);
  for (const SeatNumber seat : seats) {
    if (list.size() > 1) list += ',';
    const fmt::format_int digits(seat.value);
    list.append(digits.data(), digits.size());
  }
  json.key(name).raw(list += ']');
}

}  // namespace

void render_bitmap(std::string& out, const SeatsSnapshot& seats) {
  render_bitmap_front(out, seats);
  for (std::size_t piece = 0; piece * kBitmapPieceSeats < seats.total; ++piece)
    render_bitmap_piece(out, seats, piece);
}

void render_bitmap_front(std::string& out, const SeatsSnapshot& seats) {
  JsonWriter json(out);
  write_version(json, seats.concert, seats.date, seats.version);
  json.member("seatsTotal", seats.total).member("seatsAvailable", seats.free).key("bits");
  out += '"';
}

void render_bitmap_piece(std::string& out, const SeatsSnapshot& seats, std::size_t piece) {
  static_assert(std::endian::native == std::endian::little);  // bytes of the words, in order
  const std::size_t from = piece * kBitmapPieceSeats;
  const std::size_t end = std::min<std::size_t>(from + kBitmapPieceSeats, seats.total);
  const auto* bytes = reinterpret_cast<const unsigned char*>(seats.free_bits.data());
  append_base64(out, bytes + from / 8, (end - from + 7) / 8);
  if (end == seats.total) out += "\"}";
}

void render(std::string& out, const SeatChanges& changes) {
  JsonWriter json(out);
  write_version(json, changes.concert, changes.date, changes.version);
  json.member("since", changes.since).member("seatsAvailable", changes.free);
  write_seats(json, "freed", changes.freed);
  write_seats(json, "taken", changes.taken);
  json.end_object();
}

void render(std::string& out, const WatchedSeats& seats) {
  const SeatChanges& changes = seats.changes;
  if (!seats.is_reset) return render(out, changes);
  JsonWriter json(out);
  write_version(json, changes.concert, changes.date, changes.version);
  json.member("seatsAvailable", changes.free).end_object();
}

}  // namespace frontrow

#include "net/api/render_seats.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

#include "net/json/json_writer.h"

namespace frontrow {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The two characters of each 12 bits.
constexpr auto kBase64Pairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (std::size_t bits = 0; bits < pairs.size(); ++bits)
    pairs[bits] = {kBase64[bits >> 6], kBase64[bits & 63]};
  return pairs;
}();

void append_base64(std::string& out, const unsigned char* bytes, std::size_t size) {
  const std::size_t at = out.size();
  out.resize(at + (size + 2) / 3 * 4);
  char* to = out.data() + at;
  const auto put = [&to](std::uint32_t group) {
    std::memcpy(to, kBase64Pairs[group >> 12].data(), 2);
    std::memcpy(to + 2, kBase64Pairs[group & 4095].data(), 2);
    to += 4;
  };
  const unsigned char* const whole = bytes + size / 3 * 3;
  for (; bytes != whole; bytes += 3)
    put(std::uint32_t{bytes[0]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[2]);
  const std::size_t left = size % 3;
  if (left == 0) return;
  put(std::uint32_t{bytes[0]} << 16 | (left == 2 ? std::uint32_t{bytes[1]} << 8 : 0U));
  std::fill(to - 3 + left, to, '=');
}

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

}  // namespace frontrow

// The shorter forms of a date's seats as JSON bodies: the free seats as bits, and the difference
// between two versions. The list of free seats is in net/api/api_render.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/core/protocol/reply.h"

namespace frontrow {

// The form of a seat map that a client asks for.
enum class SeatsForm : std::uint8_t { kList, kBitmap };

// The bits are base64 (RFC 4648 section 4, padded) of ceil(seats / 8) bytes: seat n is bit
// (n - 1) % 8 of byte (n - 1) / 8, counted from the least significant one.
void render_bitmap(std::string& out, const SeatsSnapshot& seats);

// The same in parts: the front, then one piece for each kBitmapPieceSeats seats.
inline constexpr std::size_t kBitmapPieceSeats = 6144;  // whole words, whole groups of base64
static_assert(kBitmapPieceSeats % 64 == 0 && kBitmapPieceSeats % 24 == 0);
void render_bitmap_front(std::string& out, const SeatsSnapshot& seats);
void render_bitmap_piece(std::string& out, const SeatsSnapshot& seats, std::size_t piece);

void render(std::string& out, const SeatChanges& changes);
// The same of an event stream: of a reset, the version and the count of free seats only.
void render(std::string& out, const WatchedSeats& seats);

}  // namespace frontrow

// The compact bytes of a seating plan, for the log and the wire. A row is stored by columns, and a
// column by pieces, so that a usual row takes about twenty bytes and an irregular seat about eight
// and its label.
//
//   plan       u8 version (1), text name, varint categories, text each, varint sections, each
//   section    text name, u8 kind (SectionKind)
//     general    varint capacity, varint category
//     numbered   varint rows, each
//   row        label, varint seats, then the columns:
//     labels     pieces: varint 4 * seats + form
//                  form 0   listed: a label for each
//                  form 1   numbers that count up by 1: varint first
//                  form 2   numbers that count up by 2: varint first
//                  form 3   numbers that count down by 1: varint first
//     x, y       numbers: zigzag differences to the seat before, of a row's first seat to the
//                first seat of the row before (0 in the plan's first row)
//     category   numbers: indexes of the plan's categories
//     accessible varint count, varint each: the distance to the one before (from index -1)
//   numbers    pieces: varint 2 * seats + form
//                  form 0   listed: a varint for each
//                  form 1   equal: one varint for all
//
//   text     u16 length, bytes     varint   LEB128 of a u64, in the fewest bytes
//   label    u8 length, bytes      zigzag   0, -1, 1, -2 ... as 0, 1, 2, 3 ...
//
// Pieces follow each other until the row's seats are covered. The writer ends a list where three
// seats or more make another form, so a plan has one encoding.
//
// Threads: plain functions, any thread. Memory: a decoder allocates for at most kSeatsPerDateMax
// seats, also for damaged bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/base/bytes.h"
#include "engine/core/protocol/plan.h"

namespace frontrow {

inline constexpr std::uint8_t kPlanFormatVersion = 1;

// Appends the plan. REQUIRES: find_plan_fault(plan) finds none. The size depends on the labels and
// may exceed kPlanBytesMax: the caller compares it.
void encode_plan(const Plan& plan, ByteBuffer& out);

// nullopt: not these bytes alone, or a plan with a fault (find_plan_fault).
std::optional<Plan> decode_plan(std::span<const std::byte> bytes);

}  // namespace frontrow

#include "engine/core/codec/plan_codec.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/plan_fault.h"

namespace frontrow {
namespace {

constexpr std::size_t kPieceMin = 3;  // seats that end a list
constexpr std::size_t kLabelDigitsMax = 9;
constexpr std::int64_t kLabelNumberMax = 999'999'999;
constexpr std::int64_t kLabelSteps[] = {0, 1, 2, -1};  // by form

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t from_zigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

// The number that the label is in its usual digits; -1 for other labels.
std::int64_t number_in(std::string_view label) {
  if (label.size() > kLabelDigitsMax || (label.size() > 1 && label.front() == '0')) return -1;
  return parse_number<std::uint32_t>(label).value_or(-1);
}

class PlanWriter {
 public:
  explicit PlanWriter(ByteBuffer& out) : w_(out) {}

  void put(const Plan& plan) {
    w_.put(kPlanFormatVersion);
    w_.put_text(plan.name);
    varint(plan.categories.size());
    for (const std::string& category : plan.categories) w_.put_text(category);
    varint(plan.sections.size());
    for (const PlanSection& section : plan.sections) put(section);
  }

 private:
  struct Piece {
    std::size_t size = 1;
    std::size_t form = 0;
  };

  void varint(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7) w_.put(static_cast<std::uint8_t>(v | 0x80));
    w_.put(static_cast<std::uint8_t>(v));
  }
  void label(std::string_view text) {
    FR_CHECK(text.size() <= UINT8_MAX);
    w_.put(static_cast<std::uint8_t>(text.size()));
    w_.put_bytes(std::as_bytes(std::span{text}));
  }

  void put(const PlanSection& section) {
    w_.put_text(section.name);
    w_.put(static_cast<std::uint8_t>(section.kind));
    if (section.kind == SectionKind::kGeneral) {
      varint(section.capacity);
      varint(section.category);
      return;
    }
    varint(section.rows.size());
    for (const PlanRow& row : section.rows) put(row);
  }

  void put(const PlanRow& row) {
    label(row.label);
    varint(row.seats.size());
    labels(row);
    positions(row, &PlanSeat::x, row_x_);
    positions(row, &PlanSeat::y, row_y_);
    numbers_.clear();
    for (const PlanSeat& seat : row.seats) numbers_.push_back(seat.category);
    numbers();
    accessible(row);
  }

  // Calls piece(at, size, form) for each piece of a column; piece_at(at) is the longest one there.
  template <class PieceAt, class Put>
  static void cut(std::size_t size, const PieceAt& piece_at, const Put& piece) {
    std::size_t listed = 0;
    for (std::size_t at = 0; at < size;) {
      const Piece next = piece_at(at);
      if (next.size < kPieceMin) {
        ++at;
        ++listed;
        continue;
      }
      if (listed > 0) piece(at - listed, listed, 0);
      piece(at, next.size, next.form);
      at += next.size;
      listed = 0;
    }
    if (listed > 0) piece(size - listed, listed, 0);
  }

  void labels(const PlanRow& row) {
    label_numbers_.clear();
    for (const PlanSeat& seat : row.seats) label_numbers_.push_back(number_in(seat.label));
    cut(
        row.seats.size(), [this](std::size_t at) { return counting_at(at); },
        [&](std::size_t at, std::size_t size, std::size_t form) {
          varint(4 * size + form);
          if (form != 0) return varint(static_cast<std::uint64_t>(label_numbers_[at]));
          for (std::size_t i = at; i < at + size; ++i) label(row.seats[i].label);
        });
  }

  Piece counting_at(std::size_t at) const {
    const std::vector<std::int64_t>& all = label_numbers_;
    if (at + 1 >= all.size() || all[at] < 0 || all[at + 1] < 0) return {};
    const std::int64_t step = all[at + 1] - all[at];
    const std::size_t form = step == 1 ? 1 : step == 2 ? 2 : step == -1 ? 3 : 0;
    if (form == 0) return {};
    std::size_t end = at + 2;
    while (end < all.size() && all[end] >= 0 && all[end] - all[end - 1] == step) ++end;
    return {end - at, form};
  }

  void positions(const PlanRow& row, std::int32_t PlanSeat::* axis, std::int64_t& before_row) {
    numbers_.clear();
    std::int64_t before = before_row;
    for (const PlanSeat& seat : row.seats) {
      numbers_.push_back(zigzag(seat.*axis - before));
      before = seat.*axis;
    }
    if (!row.seats.empty()) before_row = row.seats.front().*axis;
    numbers();
  }

  void numbers() {
    const std::vector<std::uint64_t>& all = numbers_;
    cut(
        all.size(),
        [&all](std::size_t at) {
          std::size_t end = at + 1;
          while (end < all.size() && all[end] == all[at]) ++end;
          return Piece{end - at, 1};
        },
        [&](std::size_t at, std::size_t size, std::size_t form) {
          varint(2 * size + form);
          const std::size_t written = form == 0 ? size : 1;
          for (std::size_t i = at; i < at + written; ++i) varint(all[i]);
        });
  }

  void accessible(const PlanRow& row) {
    std::size_t count = 0;
    for (const PlanSeat& seat : row.seats) count += seat.accessible ? 1 : 0;
    varint(count);
    std::size_t next = 0;  // index after the last one written
    for (std::size_t i = 0; i < row.seats.size(); ++i) {
      if (!row.seats[i].accessible) continue;
      varint(i + 1 - next);
      next = i + 1;
    }
  }

  ByteWriter w_;
  std::int64_t row_x_ = 0;  // of the first seat of the row before
  std::int64_t row_y_ = 0;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::int64_t> label_numbers_;  // -1: not a number
};

// Every loop ends at the first failure; get() of a failed reader yields zeros.
class PlanReader {
 public:
  explicit PlanReader(std::span<const std::byte> bytes) : r_(bytes) {}

  std::optional<Plan> read() {
    if (r_.get<std::uint8_t>() != kPlanFormatVersion) return std::nullopt;
    Plan plan;
    plan.name = r_.get_text();
    const std::size_t categories = count(kCategoriesPerPlanMax);
    for (std::size_t i = 0; i < categories && !r_.failed(); ++i)
      plan.categories.emplace_back(r_.get_text());
    const std::size_t sections = count(kSectionsPerPlanMax);
    for (std::size_t i = 0; i < sections && !r_.failed(); ++i)
      section(plan.sections.emplace_back());
    if (!r_.at_end() || find_plan_fault(plan)) return std::nullopt;
    return plan;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = r_.get<std::uint8_t>();
      if (shift == 63 && byte > 1) break;  // more than 64 bits
      if (shift > 0 && byte == 0) break;   // not the fewest bytes, or no byte left
      v |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return v;
    }
    r_.fail();
    return 0;
  }
  // A number up to max; fails above it.
  std::size_t count(std::uint64_t max) {
    const std::uint64_t v = varint();
    if (v <= max) return v;
    r_.fail();
    return 0;
  }
  std::string_view label() {
    const auto bytes = r_.get_bytes(r_.get<std::uint8_t>());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  void section(PlanSection& s) {
    s.name = r_.get_text();
    s.kind = static_cast<SectionKind>(r_.get<std::uint8_t>());
    if (s.kind == SectionKind::kGeneral) {
      s.capacity = static_cast<std::uint32_t>(count(seats_left_));
      s.category = static_cast<std::uint16_t>(count(kCategoriesPerPlanMax));
      seats_left_ -= s.capacity;
      return;
    }
    if (s.kind != SectionKind::kNumbered) return r_.fail();
    const std::size_t rows = count(kRowsPerSectionMax);
    for (std::size_t i = 0; i < rows && !r_.failed(); ++i) row(s.rows.emplace_back());
  }

  void row(PlanRow& row) {
    row.label = label();
    const std::size_t seats = count(seats_left_);
    if (seats == 0) return r_.fail();
    seats_left_ -= seats;
    row.seats.resize(seats);
    labels(row);
    positions(row, &PlanSeat::x, row_x_);
    positions(row, &PlanSeat::y, row_y_);
    numbers(seats, [&row, this](std::size_t at, std::uint64_t v) {
      if (v >= kCategoriesPerPlanMax) return r_.fail();
      row.seats[at].category = static_cast<std::uint16_t>(v);
    });
    accessible(row);
  }

  // The header of the next piece of a column: size and form. Fails if it has no seat or more than
  // are left.
  struct Piece {
    std::size_t size;
    std::size_t form;
  };
  Piece piece(std::size_t forms, std::size_t left) {
    const std::uint64_t v = varint();
    if (v / forms >= 1 && v / forms <= left) return {v / forms, v % forms};
    r_.fail();
    return {0, 0};
  }

  void labels(PlanRow& row) {
    for (std::size_t at = 0; at < row.seats.size() && !r_.failed();) {
      const Piece next = piece(4, row.seats.size() - at);
      const std::size_t end = at + next.size;
      if (next.form == 0) {
        for (; at < end; ++at) row.seats[at].label = label();
        continue;
      }
      const auto first = static_cast<std::int64_t>(count(kLabelNumberMax));
      const std::int64_t step = kLabelSteps[next.form];
      const std::int64_t last = first + step * (static_cast<std::int64_t>(next.size) - 1);
      if (last < 0 || last > kLabelNumberMax) return r_.fail();
      for (std::int64_t number = first; at < end; ++at, number += step) {
        const fmt::format_int digits(number);
        row.seats[at].label.assign(digits.data(), digits.size());
      }
    }
  }

  // Calls take(index, number) for each seat.
  template <class Take>
  void numbers(std::size_t seats, const Take& take) {
    for (std::size_t at = 0; at < seats && !r_.failed();) {
      const Piece next = piece(2, seats - at);
      const std::size_t end = at + next.size;
      std::uint64_t v = next.form == 1 ? varint() : 0;
      for (; at < end && !r_.failed(); ++at) {
        if (next.form == 0) v = varint();
        take(at, v);
      }
    }
  }

  void positions(PlanRow& row, std::int32_t PlanSeat::* axis, std::int64_t& before_row) {
    std::int64_t before = before_row;
    numbers(row.seats.size(), [&](std::size_t at, std::uint64_t v) {
      const std::int64_t step = from_zigzag(v);
      if (step < -2 * std::int64_t{kPositionMax} || step > 2 * std::int64_t{kPositionMax})
        return r_.fail();
      before += step;
      if (before < -kPositionMax || before > kPositionMax) return r_.fail();
      row.seats[at].*axis = static_cast<std::int32_t>(before);
    });
    before_row = row.seats.front().*axis;
  }

  void accessible(PlanRow& row) {
    const std::size_t marked = count(row.seats.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < marked && !r_.failed(); ++i) {
      const std::size_t distance = count(row.seats.size() - next);
      if (distance == 0) return r_.fail();
      next += distance;
      row.seats[next - 1].accessible = true;
    }
  }

  ByteReader r_;
  std::size_t seats_left_ = kSeatsPerDateMax;
  std::int64_t row_x_ = 0;
  std::int64_t row_y_ = 0;
};

}  // namespace

void encode_plan(const Plan& plan, ByteBuffer& out) { PlanWriter(out).put(plan); }

std::optional<Plan> decode_plan(std::span<const std::byte> bytes) {
  return PlanReader(bytes).read();
}

}  // namespace frontrow

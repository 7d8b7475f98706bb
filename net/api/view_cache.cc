#include "net/api/view_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include "engine/base/hash.h"
#include "engine/core/codec/plan_codec.h"
#include "net/api/api_render.h"
#include "net/api/plan_document.h"

namespace frontrow {
namespace {

// Approximate memory of a document in addition to its texts.
constexpr std::size_t kEntryBytes = 1024;
constexpr std::size_t kRunSections = 64;

std::size_t sections_of(const ConcertView& concert) {
  std::size_t count = 0;
  for (const ConcertDateRef& date : concert.dates) count += date->sections.size();
  return count;
}

bool same_price(const SectionView& a, const SectionView& b) {
  return a.name == b.name && a.price == b.price && a.first == b.first && a.last == b.last &&
         a.kind == b.kind && a.category == b.category;
}
bool same_text(const SectionView& a, const SectionView& b) {
  return a.free == b.free && same_price(a, b);
}

bool same_text(const ConcertDateView& a, const ConcertDateView& b) {
  return a.date == b.date && a.free == b.free && a.closes_at == b.closes_at &&
         a.is_cancelled == b.is_cancelled &&
         a.held + a.sold + a.blocked == b.held + b.sold + b.blocked &&
         std::ranges::equal(a.sections, b.sections, [](const SectionView& x, const SectionView& y) {
           return same_text(x, y);
         });
}

// The first date of each run of about kRunSections sections.
std::vector<std::size_t> runs_of(const std::vector<ConcertDateRef>& dates) {
  std::vector<std::size_t> runs;
  std::size_t sections = kRunSections;
  for (std::size_t i = 0; i < dates.size(); ++i) {
    if (sections >= kRunSections) {
      runs.push_back(i);
      sections = 0;
    }
    sections += std::max<std::size_t>(1, dates[i]->sections.size());
  }
  return runs;
}

// Seats of a piece.
std::size_t piece_of(SeatsForm form) {
  return form == SeatsForm::kList ? kPieceSeats : kBitmapPieceSeats;
}

bool same_piece(const SeatsSnapshot& a, const SeatsSnapshot& b, SeatsForm form, std::size_t piece) {
  const std::size_t words = piece_of(form) / 64;
  const std::size_t from = piece * words;
  const std::size_t end = std::min(from + words, a.free_bits.size());
  return std::equal(a.free_bits.begin() + static_cast<std::ptrdiff_t>(from),
                    a.free_bits.begin() + static_cast<std::ptrdiff_t>(end),
                    b.free_bits.begin() + static_cast<std::ptrdiff_t>(from)) &&
         (form == SeatsForm::kBitmap || has_free_before(a, piece) == has_free_before(b, piece));
}

// The seats of a piece determine its text only where the sections are contiguous.
bool has_plain_sections(const SeatsSnapshot& s) {
  std::uint32_t last = 0;
  for (const SectionView& section : s.sections) {
    if (section.first.value != last + 1 || section.last < section.first) return false;
    last = section.last.value;
  }
  return last == s.total && s.free_bits.size() == (std::size_t{s.total} + 63) / 64;
}

}  // namespace

void ViewCache::open(const SeatsView& seats, SeatsForm form) {
  const bool is_list = form == SeatsForm::kList;
  front_.clear();
  version_.clear();
  fmt::format_to(std::back_inserter(version_), "{}-{}-{}{}", seats->concert.value,
                 pack(seats->date), seats->version, is_list ? "" : "-bitmap");
  if (seats->total < (is_list ? kLargeSeats : kLargeBitmapSeats) ||
      (is_list && !has_plain_sections(*seats))) {
    open_ = nullptr;
    return is_list ? render(front_, *seats) : render_bitmap(front_, *seats);
  }
  open_ = &entry_of({seats->concert.value, pack(seats->date), form});
  is_list ? render_front(front_, *seats) : render_bitmap_front(front_, *seats);
  if (open_->seats == seats) return;
  update(*open_, seats);
  count();
}

void ViewCache::open(const ConcertView& concert) {
  front_.clear();
  version_.clear();
  std::uint64_t rest = 0;
  if (sections_of(concert) < kLargeSections) {
    open_ = nullptr;
    render_public(front_, concert);
  } else {
    open_ = &entry_of({concert.concert.value, kWholeConcert});
    render_public_front(front_, concert);
    if (open_->dates != concert.dates) {
      update(*open_, concert.dates);
      count();
    }
    rest = open_->document.hash();
  }
  fmt::format_to(std::back_inserter(version_), "{:016x}", xxh3_64(front_, rest));
}

bool ViewCache::open(PlanId plan) {
  const auto found = by_key_.find({plan.value, kPlan});
  if (found == by_key_.end()) return false;
  open_ = &entry_of(found->first);
  version_ = open_->version;
  front_ = "{";
  return true;
}

void ViewCache::open(const PlanView& view) {
  if (open(view.plan)) return;
  open_ = &entry_of({view.plan.value, kPlan});
  const std::string_view bytes(reinterpret_cast<const char*>(view.document->data()),
                               view.document->size());
  open_->version = fmt::format("plan-{}-{:016x}", view.plan.value, xxh3_64(bytes));
  version_ = open_->version;
  std::string text;
  // Checked when it was registered, and by the instance that sent it here.
  if (const std::optional<Plan> plan = decode_plan(*view.document))
    render_plan(text, view.plan.value, *plan);
  front_ = text.substr(0, 1);
  text.erase(0, 1);
  open_->document.start(1);
  open_->document.set(0, std::move(text));
  count();
}

std::string_view ViewCache::etag(bool gzip) {
  etag_.assign("\"").append(version_).append(gzip && is_large() ? "-gzip\"" : "\"");
  return etag_;
}

BodyParts ViewCache::body(bool gzip) {
  if (open_ == nullptr) return {front_, {}, {}};
  BodyParts parts{front_, {}, {}};
  if (gzip) {
    PartSum rest;
    parts.shared = open_->document.deflated(deflater_, rest);
    deflated_front_.assign(gzip_header());
    const PartSum front = deflater_.deflate(deflated_front_, front_);
    parts.front = deflated_front_;
    trailer_.clear();
    append_gzip_trailer(trailer_, combine(front, rest));
    parts.back = trailer_;
  } else {
    parts.shared = open_->document.plain();
  }
  count();
  return parts;
}

void ViewCache::append_to(std::string& out) const {
  out += front_;
  if (open_ != nullptr) open_->document.append_to(out);
}

ViewCache::Entry& ViewCache::entry_of(const Key& key) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
  } else {
    entries_.emplace_front().key = key;
    by_key_[key] = entries_.begin();
  }
  return entries_.front();
}

void ViewCache::update(Entry& entry, const SeatsView& seats) {
  const SeatsSnapshot& now = *seats;
  const SeatsSnapshot* before = entry.seats.get();
  const SeatsForm form = entry.key.form;
  const std::size_t pieces = (now.total + piece_of(form) - 1) / piece_of(form);
  if (before == nullptr || before->total != now.total ||
      !std::ranges::equal(before->sections, now.sections, same_price)) {
    entry.document.start(pieces);
    before = nullptr;
  }
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    if (before != nullptr && same_piece(*before, now, form, piece)) continue;
    std::string text;
    form == SeatsForm::kList ? render_piece(text, now, piece)
                             : render_bitmap_piece(text, now, piece);
    entry.document.set(piece, std::move(text));
  }
  entry.seats = seats;
}

void ViewCache::update(Entry& entry, const std::vector<ConcertDateRef>& dates) {
  std::vector<std::size_t> runs = runs_of(dates);
  const bool is_new = runs != entry.runs || dates.size() != entry.dates.size();
  if (is_new) entry.document.start(runs.size());
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const std::size_t end = run + 1 < runs.size() ? runs[run + 1] : dates.size();
    bool same = !is_new;
    for (std::size_t i = runs[run]; same && i < end; ++i) {
      same = dates[i] == entry.dates[i] || same_text(*dates[i], *entry.dates[i]);
    }
    if (same) continue;
    std::string text;
    for (std::size_t i = runs[run]; i < end; ++i) {
      if (i != 0) text += ',';
      render_public_date(text, *dates[i]);
    }
    if (end == dates.size()) text += "]}";
    entry.document.set(run, std::move(text));
  }
  entry.dates = dates;
  entry.runs = std::move(runs);
}

void ViewCache::count() {
  std::size_t bytes = kEntryBytes + open_->document.memory();
  if (open_->seats != nullptr) bytes += open_->seats->free_bits.size() * sizeof(std::uint64_t);
  bytes_ += bytes - open_->bytes;
  open_->bytes = bytes;
  while (bytes_ > bytes_max_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace frontrow

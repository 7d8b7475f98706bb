// Seat maps (as lists and as bitmaps), public views of concerts and seating plans as HTTP bodies,
// rendered once a version and sent from the same bytes to all clients, plain or as gzip.
//
// A large view is a document of pieces (runs of seats, runs of dates) behind a short front that is
// rendered each time (version, counts, waiting users). A new version renders and deflates only the
// pieces that differ from the version before, so a response is never older than its view. Views
// below kLargeSeats, kLargeBitmapSeats and kLargeSections are rendered each time, which costs less
// than a look-up, and are not worth compressing.
//
// The cache is bounded in bytes and evicts the least recently used documents; the newest document
// stays even if it exceeds the bound. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "net/api/render_seats.h"
#include "net/http/gzip_parts.h"
#include "net/http/http_message.h"
#include "net/http/output_queue.h"
#include "net/http/piece_document.h"

namespace frontrow {

class ViewCache {
 public:
  static constexpr std::uint32_t kLargeSeats = 512;
  static constexpr std::uint32_t kLargeBitmapSeats = kBitmapPieceSeats;
  static constexpr std::size_t kLargeSections = 16;

  explicit ViewCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Selects the view of the calls below, until the next open().
  void open(const SeatsView& seats, SeatsForm form = SeatsForm::kList);
  void open(const ConcertView& concert);
  // A plan never changes. False: it is not in the cache.
  bool open(PlanId plan);
  void open(const PlanView& plan);

  // True when body(true) compresses.
  bool is_large() const { return open_ != nullptr; }
  // The ETag of the plain or the compressed body, quoted.
  std::string_view etag(bool gzip);
  // The texts are valid until the next call, `shared` as long as the caller keeps it.
  BodyParts body(bool gzip);
  // Appends the plain text, for a response of several views.
  void append_to(std::string& out) const;

  std::size_t bytes() const { return bytes_; }

 private:
  struct Key {
    std::uint64_t concert = 0;
    std::int64_t date = 0;  // kWholeConcert: its public view; kPlan: a plan's id is in `concert`
    SeatsForm form = SeatsForm::kList;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>(key.concert * 0x9e3779b97f4a7c15U) ^
             static_cast<std::size_t>(key.date) ^ static_cast<std::size_t>(key.form) << 40;
    }
  };
  struct Entry {
    Key key;
    // The sources of the document.
    SeatsView seats;
    std::vector<ConcertDateRef> dates;
    std::vector<std::size_t> runs;  // the first date of each piece
    std::string version;            // of a plan
    PieceDocument document;
    std::size_t bytes = 0;  // as counted in bytes_
  };
  using Entries = std::list<Entry>;
  static constexpr std::int64_t kWholeConcert = INT64_MIN;
  static constexpr std::int64_t kPlan = INT64_MIN + 1;

  Entry& entry_of(const Key& key);
  static void update(Entry& entry, const SeatsView& seats);
  static void update(Entry& entry, const std::vector<ConcertDateRef>& dates);
  // Updates the size of the open document and evicts others.
  void count();

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Entries entries_;  // the most recently used first
  std::unordered_map<Key, Entries::iterator, KeyHash> by_key_;
  PartDeflater deflater_;

  Entry* open_ = nullptr;  // null: the whole body is in front_
  std::string front_;
  std::string version_;  // of the open view, as in its ETag
  std::string etag_;
  std::string deflated_front_;
  std::string trailer_;
};

}  // namespace frontrow

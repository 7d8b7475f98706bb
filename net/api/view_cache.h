// Seat maps and public views of concerts as HTTP bodies, rendered once a version and sent from the
// same bytes to all who ask, plain or as gzip.
//
// A large view is a document of pieces (runs of seats, runs of dates) behind a short front that is
// made each time (version, counts, people waiting). A new version renders and deflates the pieces
// that differ from the version before and nothing else: an answer is never older than the view it
// is made of. Views below kLargeSeats and kLargeSections are rendered each time, which costs less
// than a look-up, and are not worth compressing.
//
// Documents are kept up to a bound of bytes, or the newest one if that is larger; the least
// recently used go first. One thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "net/http/gzip_parts.h"
#include "net/http/http_server.h"
#include "net/http/piece_document.h"

namespace frontrow {

class ViewCache {
 public:
  static constexpr std::uint32_t kLargeSeats = 512;
  static constexpr std::size_t kLargeSections = 16;

  explicit ViewCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Makes this the view that the calls below are about, until the next open().
  void open(const SeatsView& seats);
  void open(const ConcertView& concert);

  // Whether body(true) compresses.
  bool is_large() const { return open_ != nullptr; }
  // Of the plain or the compressed body; quoted.
  std::string_view etag(bool gzip);
  // Its texts are valid until the next call; `shared` as long as it is held.
  BodyParts body(bool gzip);
  // The plain text, for an answer that has several views.
  void append_to(std::string& out) const;

  std::size_t bytes() const { return bytes_; }

 private:
  struct Key {
    std::uint64_t concert = 0;
    std::int64_t date = 0;  // kWholeConcert: its public view
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>(key.concert * 0x9e3779b97f4a7c15U) ^
             static_cast<std::size_t>(key.date);
    }
  };
  struct Entry {
    Key key;
    // Of which the document is.
    SeatsView seats;
    std::vector<ConcertDateRef> dates;
    std::vector<std::size_t> runs;  // the first date of each piece
    PieceDocument document;
    std::size_t bytes = 0;  // as counted in bytes_
  };
  using Entries = std::list<Entry>;
  static constexpr std::int64_t kWholeConcert = INT64_MIN;

  Entry& entry_of(const Key& key);
  static void update(Entry& entry, const SeatsView& seats);
  static void update(Entry& entry, const std::vector<ConcertDateRef>& dates);
  // Takes note of what the open document occupies now, and evicts others.
  void count();

  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Entries entries_;  // the most recently used first
  std::unordered_map<Key, Entries::iterator, KeyHash> by_key_;
  PartDeflater deflater_;

  Entry* open_ = nullptr;  // none: the whole body is in front_
  std::string front_;
  std::string version_;  // of the open view, as its ETag tells it
  std::string etag_;
  std::string deflated_front_;
  std::string trailer_;
};

}  // namespace frontrow

// A large text in pieces, few of which change from one version to the next: each piece is rendered
// and deflated when it changes, the whole is assembled once a version.
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "net/http/gzip_parts.h"
#include "net/http/output_queue.h"

namespace frontrow {

class PieceDocument {
 public:
  // Starts with `pieces` empty pieces.
  void start(std::size_t pieces);
  std::size_t pieces() const { return pieces_.size(); }
  void set(std::size_t piece, std::string&& text);

  std::size_t bytes() const { return bytes_; }
  // Hash of the text, by content and place.
  std::uint64_t hash() const;
  // The text, and the text as deflated parts; both are kept until the next set().
  SharedBody plain();
  SharedBody deflated(PartDeflater& deflater, PartSum& sum);
  void append_to(std::string& out) const;

  // Memory of the document, with its assembled bodies.
  std::size_t memory() const;

 private:
  struct Piece {
    std::string text;
    std::uint64_t hash = 0;
    std::string deflated;  // empty: not deflated yet
    PartSum sum;
  };

  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;
  SharedBody plain_;
  SharedBody deflated_;
  PartSum deflated_sum_;
};

}  // namespace frontrow

#include "net/http/piece_document.h"

#include <utility>

#include "engine/base/hash.h"

namespace frontrow {

void PieceDocument::start(std::size_t pieces) {
  pieces_.assign(pieces, {});
  bytes_ = 0;
  plain_.reset();
  deflated_.reset();
}

void PieceDocument::set(std::size_t piece, std::string&& text) {
  Piece& p = pieces_[piece];
  bytes_ += text.size() - p.text.size();
  p.text = std::move(text);
  p.hash = xxh3_64(p.text);
  p.deflated.clear();
  plain_.reset();
  deflated_.reset();
}

std::uint64_t PieceDocument::hash() const {
  std::uint64_t hash = 0;
  for (const Piece& piece : pieces_) {
    hash = xxh3_64({reinterpret_cast<const char*>(&piece.hash), sizeof piece.hash}, hash);
  }
  return hash;
}

SharedBody PieceDocument::plain() {
  if (plain_ != nullptr) return plain_;
  std::string text;
  append_to(text);
  return plain_ = std::make_shared<const Body>(std::move(text));
}

void PieceDocument::append_to(std::string& out) const {
  out.reserve(out.size() + bytes_);
  for (const Piece& piece : pieces_) out += piece.text;
}

SharedBody PieceDocument::deflated(PartDeflater& deflater, PartSum& sum) {
  if (deflated_ == nullptr) {
    std::size_t bytes = 0;
    deflated_sum_ = {};
    for (Piece& piece : pieces_) {
      if (piece.deflated.empty()) {
        piece.sum = deflater.deflate(piece.deflated, piece.text);
        piece.deflated.shrink_to_fit();
      }
      bytes += piece.deflated.size();
      deflated_sum_ = combine(deflated_sum_, piece.sum);
    }
    std::string text;
    text.reserve(bytes);
    for (const Piece& piece : pieces_) text += piece.deflated;
    deflated_ = std::make_shared<const Body>(std::move(text));
  }
  sum = deflated_sum_;
  return deflated_;
}

std::size_t PieceDocument::memory() const {
  std::size_t bytes = pieces_.capacity() * sizeof(Piece);
  for (const Piece& piece : pieces_) bytes += piece.text.capacity() + piece.deflated.capacity();
  if (plain_ != nullptr) bytes += plain_->memory();
  if (deflated_ != nullptr) bytes += deflated_->memory();
  return bytes;
}

}  // namespace frontrow

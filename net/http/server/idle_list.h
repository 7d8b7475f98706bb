// Idle connections in the order in which they became idle: the server evicts the oldest first.
//
// A doubly linked list through the connections of one server's table; a connection is in at most
// one list. Not thread-safe.
#pragma once

#include <cstdint>

#include "engine/base/check.h"
#include "engine/base/slab.h"
#include "net/http/server/http_connection.h"

namespace frontrow {

class IdleList {
 public:
  // The table must outlive the list.
  explicit IdleList(Slab<Connection>& table) : table_(table) {}
  IdleList(const IdleList&) = delete;
  IdleList& operator=(const IdleList&) = delete;

  // Removes the connection from the list that it is in, if any.
  void push_newest(Connection& c) {
    leave(c);
    c.idle_in = this;
    c.idle_before = newest_;
    (newest_ == kNoIndex ? oldest_ : table_[newest_].idle_after) = c.index();
    newest_ = c.index();
  }
  static void leave(Connection& c) {
    if (c.idle_in != nullptr) c.idle_in->remove(c);
  }
  // nullptr: the list is empty.
  Connection* oldest() { return oldest_ == kNoIndex ? nullptr : &table_[oldest_]; }

 private:
  void remove(Connection& c) {
    FR_CHECK(c.idle_in == this);
    (c.idle_before == kNoIndex ? oldest_ : table_[c.idle_before].idle_after) = c.idle_after;
    (c.idle_after == kNoIndex ? newest_ : table_[c.idle_after].idle_before) = c.idle_before;
    c.idle_in = nullptr;
    c.idle_before = c.idle_after = kNoIndex;
  }

  Slab<Connection>& table_;
  std::uint32_t oldest_ = kNoIndex;
  std::uint32_t newest_ = kNoIndex;
};

}  // namespace frontrow

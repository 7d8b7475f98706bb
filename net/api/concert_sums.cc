#include "net/api/concert_sums.h"

#include <tuple>

namespace frontrow {

ConcertSums::ConcertSums(const ConcertView& c)
    : concert(c.concert),
      waiting(c.waiting),
      active(c.active),
      joined(c.joined),
      admitted_per_minute(c.admitted_per_minute),
      sold_per_minute(c.sold_per_minute),
      revenue(c.revenue.minor) {
  for (const ConcertDateRef& date : c.dates) {
    seats[0] += date->free;
    seats[1] += date->held;
    seats[2] += date->sold;
    seats[3] += date->blocked;
  }
}

bool is_busier(const ConcertSums& a, const ConcertSums& b) {
  return std::tuple(a.waiting + a.active, a.joined, b.concert) >
         std::tuple(b.waiting + b.active, b.joined, a.concert);
}

}  // namespace frontrow

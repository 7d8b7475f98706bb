// A small sale with one of each entity that a slot migration must carry: a concert with sold seats,
// fans with holds, active and waiting, wallets with money, stored answers. It is created over HTTP,
// and read again later.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/cluster/cluster.h"

namespace frontrow::cluster {

// Owner by the present map, owner by the planned one.
using Route = std::pair<int, int>;

class Stalls {
 public:
  // Puts a concert on each of these routes; the wallets of its fans take all routes in turn. The
  // next map must have been planned.
  Stalls(Cluster& cluster, const std::set<Route>& routes);

  // All readable state, by request, through the instance `at`.
  std::map<std::string, std::string> read(int at);
  // Repeats all keyed requests and expects the stored answers.
  void expect_keys_kept(int at);
  // Every fan with a hold pays, the next in line is admitted and buys, a newcomer stands last.
  // Once.
  void go_on(int at);

 private:
  struct Stall {
    std::int64_t concert = 0;
    api::Fan buyer;   // has paid
    api::Fan holder;  // active, has a hold
    api::Fan guest;   // active
    std::vector<api::Fan> line;
    std::int64_t payment = 0;
    std::int64_t hold = 0;
  };
  struct Asked {
    std::string target;
    api::Headers headers;
    std::string body;
    api::Response answer;
  };

  void open(std::int64_t concert, const std::vector<std::string>& users);
  void go_on(api::Shop& shop, Stall& stall);
  // A POST under a new key, recorded with its answer, which must be 201.
  api::Json post(api::Shop& shop, const std::string& target, const api::Fan& fan,
                 const std::string& body);
  void buy(api::Shop& shop, std::int64_t concert, const api::Fan& fan, int seat);
  // A user whose wallet takes this route.
  std::string user_on(Route route);

  Cluster& cluster_;
  std::vector<Stall> stalls_;
  std::vector<Asked> asked_;
};

}  // namespace frontrow::cluster

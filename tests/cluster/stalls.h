// A small sale with one of everything that a move must carry: a concert sold from, people with
// holds, let in and waiting, wallets with money, answers stored under keys. It is played over HTTP,
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

// Owner by the map that is, owner by the one that is planned.
using Route = std::pair<int, int>;

class Stalls {
 public:
  // A concert on each of these routes; the wallets of its people take them all in turn. The next
  // map must have been planned.
  Stalls(Cluster& cluster, const std::set<Route>& routes);

  // Everything that can be asked for, by what was asked, through the instance `at`.
  std::map<std::string, std::string> read(int at);
  // All the answers that were given under a key are given again.
  void expect_keys_kept(int at);
  // Whoever has a hold pays it, the next in line gets in and buys, who comes now stands behind all.
  // Once.
  void go_on(int at);

 private:
  struct Stall {
    std::int64_t concert = 0;
    api::Fan buyer;   // has paid
    api::Fan holder;  // let in, has a hold
    api::Fan guest;   // let in
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
  // A POST under a new key, remembered with its answer, which must be 201.
  api::Json post(api::Shop& shop, const std::string& target, const api::Fan& fan,
                 const std::string& body);
  void buy(api::Shop& shop, std::int64_t concert, const api::Fan& fan, int seat);
  // Users by the route of their wallets.
  std::string user_on(Route route);

  Cluster& cluster_;
  std::vector<Stall> stalls_;
  std::vector<Asked> asked_;
};

}  // namespace frontrow::cluster

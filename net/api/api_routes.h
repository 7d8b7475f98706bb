// The routes of the HTTP API in one table: the source for matching requests, the names of metrics,
// the Allow header of a 405, and the check of the OpenAPI document. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "net/auth/service_key.h"
#include "net/http/http_message.h"
#include "net/http/media_types.h"

namespace frontrow {

enum class Route : std::uint8_t {
  kReadChallenge,
  kJoin,
  kReadToken,
  kLeave,
  kTokenEvents,
  kReadPass,
  kListConcerts,
  kReadConcert,
  kReadLine,
  kReadLineBlock,
  kReadDates,
  kReadSeats,
  kSeatEvents,
  kPlaceHold,
  kListHolds,
  kReadHold,
  kReleaseHold,
  kExtendHold,
  kJoinWaitlist,
  kReadWaitlist,
  kLeaveWaitlist,
  kPay,
  kReadPayment,
  kReadBalance,
  kCharge,
  kAdjustBalance,
  kListPayments,
  kListTickets,
  kCreateConcert,
  kReadConcertAdmin,
  kChangeConcert,
  kBlockSeat,
  kUnblockSeat,
  kBlockSeats,
  kCancelDate,
  kReadDateCancellation,
  kCancelConcert,
  kReadCancellation,
  kAddAccessCodes,
  kReadAccessCodes,
  kRefund,
  kSellSeats,
  kFindPayments,
  kFindHolds,
  kDropHold,
  kReadSeat,
  kReadSeatStates,
  kReadVisitor,
  kExport,
  kEndToken,
  kReadTicket,
  kCheckIn,
  kCreatePlan,
  kListPlans,
  kReadPlan,
  kReadCluster,
  kReadAudit,
  kReadKey,
  kReadHistory,
  kReadConcertHistory,
  kLive,
  kReady,
  kMetrics,
  kJwks,
  kOpenApi,
  kPages,
  kBoard,
  kPageFile,
  kWorker,
  kManifest,
  kProblem,
  kNone,  // no such path or method
};
inline constexpr std::size_t kRouteCount = static_cast<std::size_t>(Route::kNone) + 1;

enum class Auth : std::uint8_t {
  kNone,
  kIdentity,  // the shop's token, where identities are configured; otherwise none
  kToken,
  kTokenOrIdentity,  // of the user's own things
  kTokenOrKey,       // the same, and service keys; reads by an identity as well
  kKey,
  kKeyIfAsked,  // none unless ServiceSettings::metrics_need_key
};
enum class BodyRule : std::uint8_t { kNone, kJson, kOptionalJson };

struct RouteSpec {
  Route route;
  Method method;
  std::string_view path;  // a segment in braces is a parameter: b, c, d, f, n, h, l, p, s, t, u
  Auth auth;
  BodyRule body;
  Produces produces;
  Scopes scopes;  // a service key needs one of these
};

// In the order of Route, without kNone.
const std::array<RouteSpec, kRouteCount - 1>& route_table();
std::string_view name_of(Route route);
std::string_view name_of(Method method);

inline constexpr std::size_t kPathParamsMax = 3;
struct RouteMatch {
  const RouteSpec* spec = nullptr;                      // nullptr: see path_exists
  std::array<std::string_view, kPathParamsMax> params;  // in the order of the path
  bool path_exists = false;                             // the path is known, the method is not
};
RouteMatch match_route(Method method, std::string_view path);
// "GET, HEAD, POST": the methods that a known path allows. One static text per combination.
std::string_view allowed_methods(std::string_view path);

// Routes whose path names a user, and not a concert.
constexpr bool is_user_route(Route route) {
  return route == Route::kReadBalance || route == Route::kCharge ||
         route == Route::kAdjustBalance || route == Route::kListPayments ||
         route == Route::kListTickets;
}

// Routes whose path names a concert, as its first parameter.
constexpr bool names_concert(const RouteSpec& spec) {
  return spec.path.find("{c}") != std::string_view::npos;
}

// Routes of the pages: their responses are files that are built into the program.
constexpr bool is_page_route(Route route) {
  return route >= Route::kPages && route <= Route::kManifest;
}

// Routes whose responses have an ETag, besides constant ones.
constexpr bool has_etag(Route route) {
  return route == Route::kReadSeats || route == Route::kReadConcert ||
         route == Route::kReadConcertAdmin || route == Route::kReadPlan;
}

}  // namespace frontrow

#include "net/api/api_routes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace frontrow {
namespace {

constexpr Scopes kReadsWallets = {Scope::kCharge, Scope::kBoxOffice, Scope::kRead};
constexpr Scopes kChecksTickets = {Scope::kBoxOffice, Scope::kCheckIn};
constexpr Scopes kReadsSales = {Scope::kBoxOffice, Scope::kRead};
constexpr Scopes kBlocksSeats = {Scope::kOperate, Scope::kBoxOffice};

constexpr std::array<RouteSpec, kRouteCount - 1> kRoutes = {{
    {Route::kReadChallenge, Method::kGet, "/v1/concerts/{c}/challenge", Auth::kNone,
     BodyRule::kNone, Produces::kJson},
    {Route::kJoin, Method::kPost, "/v1/concerts/{c}/queue/tokens", Auth::kIdentity, BodyRule::kJson,
     Produces::kJson},
    {Route::kReadToken, Method::kGet, "/v1/concerts/{c}/queue/token", Auth::kToken, BodyRule::kNone,
     Produces::kJson},
    {Route::kLeave, Method::kDelete, "/v1/concerts/{c}/queue/token", Auth::kToken, BodyRule::kNone,
     Produces::kNothing},
    {Route::kTokenEvents, Method::kGet, "/v1/concerts/{c}/queue/token/events", Auth::kToken,
     BodyRule::kNone, Produces::kEvents},
    {Route::kReadPass, Method::kGet, "/v1/concerts/{c}/queue/token/pass", Auth::kToken,
     BodyRule::kNone, Produces::kJson},
    {Route::kListConcerts, Method::kGet, "/v1/concerts", Auth::kNone, BodyRule::kNone,
     Produces::kJson},
    {Route::kReadConcert, Method::kGet, "/v1/concerts/{c}", Auth::kNone, BodyRule::kNone,
     Produces::kJson},
    {Route::kReadLine, Method::kGet, "/v1/concerts/{c}/line", Auth::kNone, BodyRule::kNone,
     Produces::kJson},
    {Route::kReadLineBlock, Method::kGet, "/v1/concerts/{c}/line/blocks/{b}", Auth::kNone,
     BodyRule::kNone, Produces::kJson},
    {Route::kReadDates, Method::kGet, "/v1/concerts/{c}/dates", Auth::kToken, BodyRule::kNone,
     Produces::kJson},
    {Route::kReadSeats, Method::kGet, "/v1/concerts/{c}/dates/{d}/seats", Auth::kToken,
     BodyRule::kNone, Produces::kJson},
    {Route::kSeatEvents, Method::kGet, "/v1/concerts/{c}/dates/{d}/seats/events", Auth::kToken,
     BodyRule::kNone, Produces::kEvents},
    {Route::kPlaceHold, Method::kPost, "/v1/concerts/{c}/holds", Auth::kToken, BodyRule::kJson,
     Produces::kJson},
    {Route::kListHolds, Method::kGet, "/v1/concerts/{c}/holds", Auth::kTokenOrIdentity,
     BodyRule::kNone, Produces::kJson},
    {Route::kReadHold, Method::kGet, "/v1/concerts/{c}/holds/{h}", Auth::kToken, BodyRule::kNone,
     Produces::kJson},
    {Route::kReleaseHold, Method::kDelete, "/v1/concerts/{c}/holds/{h}", Auth::kToken,
     BodyRule::kNone, Produces::kNothing},
    {Route::kExtendHold, Method::kPost, "/v1/concerts/{c}/holds/{h}/extensions", Auth::kToken,
     BodyRule::kOptionalJson, Produces::kJson},
    {Route::kJoinWaitlist, Method::kPost, "/v1/concerts/{c}/waitlist", Auth::kToken,
     BodyRule::kJson, Produces::kJson},
    {Route::kReadWaitlist, Method::kGet, "/v1/concerts/{c}/waitlist", Auth::kTokenOrIdentity,
     BodyRule::kNone, Produces::kJson},
    {Route::kLeaveWaitlist, Method::kDelete, "/v1/concerts/{c}/waitlist", Auth::kToken,
     BodyRule::kNone, Produces::kNothing},
    {Route::kPay, Method::kPost, "/v1/concerts/{c}/payments", Auth::kToken, BodyRule::kJson,
     Produces::kJson},
    {Route::kReadPayment, Method::kGet, "/v1/concerts/{c}/payments/{p}", Auth::kTokenOrIdentity,
     BodyRule::kNone, Produces::kJson},
    {Route::kReadBalance, Method::kGet, "/v1/users/{u}/balance", Auth::kTokenOrKey, BodyRule::kNone,
     Produces::kJson, kReadsWallets},
    {Route::kCharge,
     Method::kPost,
     "/v1/users/{u}/balance/charges",
     Auth::kTokenOrKey,
     BodyRule::kJson,
     Produces::kJson,
     {Scope::kCharge}},
    {Route::kAdjustBalance,
     Method::kPost,
     "/v1/users/{u}/balance/adjustments",
     Auth::kKey,
     BodyRule::kJson,
     Produces::kJson,
     {Scope::kCharge}},
    {Route::kListPayments, Method::kGet, "/v1/users/{u}/payments", Auth::kTokenOrKey,
     BodyRule::kNone, Produces::kJson, kReadsWallets},
    {Route::kListTickets,
     Method::kGet,
     "/v1/users/{u}/tickets",
     Auth::kTokenOrKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kBoxOffice}},
    {Route::kCreateConcert,
     Method::kPost,
     "/v1/admin/concerts",
     Auth::kKey,
     BodyRule::kJson,
     Produces::kJson,
     {Scope::kOperate}},
    {Route::kReadConcertAdmin,
     Method::kGet,
     "/v1/admin/concerts/{c}",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kOperate, Scope::kBoxOffice, Scope::kRead}},
    {Route::kChangeConcert,
     Method::kPatch,
     "/v1/admin/concerts/{c}",
     Auth::kKey,
     BodyRule::kJson,
     Produces::kJson,
     {Scope::kOperate}},
    {Route::kBlockSeat, Method::kPut, "/v1/admin/concerts/{c}/dates/{d}/seats/{n}/block",
     Auth::kKey, BodyRule::kOptionalJson, Produces::kNothing, kBlocksSeats},
    {Route::kUnblockSeat, Method::kDelete, "/v1/admin/concerts/{c}/dates/{d}/seats/{n}/block",
     Auth::kKey, BodyRule::kNone, Produces::kNothing, kBlocksSeats},
    {Route::kBlockSeats, Method::kPut, "/v1/admin/concerts/{c}/dates/{d}/blocks", Auth::kKey,
     BodyRule::kJson, Produces::kNothing, kBlocksSeats},
    {Route::kCancelDate,
     Method::kPost,
     "/v1/admin/concerts/{c}/dates/{d}/cancellation",
     Auth::kKey,
     BodyRule::kOptionalJson,
     Produces::kJson,
     {Scope::kBoxOffice}},
    {Route::kReadDateCancellation, Method::kGet, "/v1/admin/concerts/{c}/dates/{d}/cancellation",
     Auth::kKey, BodyRule::kNone, Produces::kJson, kReadsSales},
    {Route::kCancelConcert,
     Method::kPost,
     "/v1/admin/concerts/{c}/cancellation",
     Auth::kKey,
     BodyRule::kOptionalJson,
     Produces::kJson,
     {Scope::kBoxOffice}},
    {Route::kReadCancellation, Method::kGet, "/v1/admin/concerts/{c}/cancellation", Auth::kKey,
     BodyRule::kNone, Produces::kJson, kReadsSales},
    {Route::kAddAccessCodes,
     Method::kPost,
     "/v1/admin/concerts/{c}/access-codes",
     Auth::kKey,
     BodyRule::kJson,
     Produces::kJson,
     {Scope::kBoxOffice}},
    {Route::kReadAccessCodes, Method::kGet, "/v1/admin/concerts/{c}/access-codes", Auth::kKey,
     BodyRule::kNone, Produces::kJson, kReadsSales},
    {Route::kRefund,
     Method::kPost,
     "/v1/admin/concerts/{c}/payments/{p}/refunds",
     Auth::kKey,
     BodyRule::kOptionalJson,
     Produces::kJson,
     {Scope::kBoxOffice}},
    {Route::kSellSeats,
     Method::kPost,
     "/v1/admin/concerts/{c}/sales",
     Auth::kKey,
     BodyRule::kJson,
     Produces::kJson,
     {Scope::kBoxOffice}},
    {Route::kFindPayments, Method::kGet, "/v1/admin/concerts/{c}/payments", Auth::kKey,
     BodyRule::kNone, Produces::kJson, kReadsSales},
    {Route::kFindHolds, Method::kGet, "/v1/admin/concerts/{c}/holds", Auth::kKey, BodyRule::kNone,
     Produces::kJson, kReadsSales},
    {Route::kDropHold,
     Method::kDelete,
     "/v1/admin/concerts/{c}/holds/{h}",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kNothing,
     {Scope::kBoxOffice}},
    {Route::kReadSeat, Method::kGet, "/v1/admin/concerts/{c}/seats/{d}/{n}", Auth::kKey,
     BodyRule::kNone, Produces::kJson, kReadsSales},
    {Route::kReadSeatStates, Method::kGet, "/v1/admin/concerts/{c}/seats/{d}", Auth::kKey,
     BodyRule::kNone, Produces::kJson, kReadsSales},
    {Route::kReadVisitor, Method::kGet, "/v1/admin/concerts/{c}/users/{u}", Auth::kKey,
     BodyRule::kNone, Produces::kJson, kReadsSales},
    {Route::kExport, Method::kGet, "/v1/admin/concerts/{c}/export", Auth::kKey, BodyRule::kNone,
     Produces::kTable, kReadsSales},
    {Route::kEndToken,
     Method::kDelete,
     "/v1/admin/concerts/{c}/tokens/{n}",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kNothing,
     {Scope::kBoxOffice}},
    {Route::kReadTicket,
     Method::kGet,
     "/v1/admin/concerts/{c}/tickets/{t}",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kBoxOffice, Scope::kCheckIn, Scope::kRead}},
    {Route::kCheckIn, Method::kPost, "/v1/admin/concerts/{c}/tickets/{t}/check-in", Auth::kKey,
     BodyRule::kOptionalJson, Produces::kJson, kChecksTickets},
    {Route::kCreatePlan,
     Method::kPost,
     "/v1/admin/plans",
     Auth::kKey,
     BodyRule::kJson,
     Produces::kJson,
     {Scope::kOperate}},
    {Route::kListPlans,
     Method::kGet,
     "/v1/admin/plans",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kOperate, Scope::kBoxOffice, Scope::kRead}},
    {Route::kReadPlan, Method::kGet, "/v1/plans/{l}", Auth::kNone, BodyRule::kNone,
     Produces::kJson},
    {Route::kReadCluster,
     Method::kGet,
     "/v1/admin/cluster",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kOperate, Scope::kRead}},
    {Route::kReadAudit,
     Method::kGet,
     "/v1/admin/audit",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kRead}},
    {Route::kReadKey, Method::kGet, "/v1/admin/key", Auth::kKey, BodyRule::kNone, Produces::kJson,
     Scopes::all()},
    {Route::kReadHistory,
     Method::kGet,
     "/v1/admin/history",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kOperate, Scope::kRead}},
    {Route::kReadConcertHistory,
     Method::kGet,
     "/v1/admin/concerts/{c}/history",
     Auth::kKey,
     BodyRule::kNone,
     Produces::kJson,
     {Scope::kOperate, Scope::kRead}},
    {Route::kLive, Method::kGet, "/livez", Auth::kNone, BodyRule::kNone, Produces::kJson},
    {Route::kReady, Method::kGet, "/readyz", Auth::kNone, BodyRule::kNone, Produces::kJson},
    {Route::kMetrics,
     Method::kGet,
     "/metrics",
     Auth::kKeyIfAsked,
     BodyRule::kNone,
     Produces::kText,
     {Scope::kMetrics}},
    {Route::kJwks, Method::kGet, "/.well-known/jwks.json", Auth::kNone, BodyRule::kNone,
     Produces::kJson},
    {Route::kOpenApi, Method::kGet, "/openapi.json", Auth::kNone, BodyRule::kNone, Produces::kJson},
    {Route::kPages, Method::kGet, "/", Auth::kNone, BodyRule::kNone, Produces::kHtml},
    {Route::kBoard, Method::kGet, "/board", Auth::kNone, BodyRule::kNone, Produces::kHtml},
    {Route::kPageFile, Method::kGet, "/assets/{f}", Auth::kNone, BodyRule::kNone,
     Produces::kPageFile},
    {Route::kWorker, Method::kGet, "/worker.js", Auth::kNone, BodyRule::kNone, Produces::kPageFile},
    {Route::kManifest, Method::kGet, "/manifest.webmanifest", Auth::kNone, BodyRule::kNone,
     Produces::kPageFile},
    {Route::kProblem, Method::kGet, "/problems/{s}", Auth::kNone, BodyRule::kNone,
     Produces::kHtmlOrJson},
}};

// No path of the table has more segments.
constexpr std::size_t kSegmentsMax = 9;

// The texts between the slashes. Empty: not a path, or longer than every path of the table.
struct Segments {
  std::array<std::string_view, kSegmentsMax> text;
  std::size_t count = 0;
};

constexpr Segments split(std::string_view path) {
  Segments segments;
  while (!path.empty()) {
    if (path.front() != '/' || segments.count == kSegmentsMax) return {};
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.text[segments.count++] = path.substr(0, end);
    path.remove_prefix(end);
  }
  return segments;
}

// The paths of kRoutes, in the same order.
constexpr auto kPatterns = [] {
  std::array<Segments, kRoutes.size()> patterns;
  for (std::size_t i = 0; i < kRoutes.size(); ++i) patterns[i] = split(kRoutes[i].path);
  return patterns;
}();
static_assert(std::all_of(kPatterns.begin(), kPatterns.end(),
                          [](const Segments& s) { return s.count > 0; }));

// The routes whose paths have so many segments, by their places in kRoutes: a request is compared
// with these only.
struct RoutesOfLength {
  std::array<std::uint8_t, kRoutes.size()> places{};
  std::size_t count = 0;

  constexpr std::span<const std::uint8_t> list() const { return {places.data(), count}; }
};
constexpr auto kByLength = [] {
  std::array<RoutesOfLength, kSegmentsMax + 1> by_length{};
  for (std::size_t i = 0; i < kPatterns.size(); ++i) {
    RoutesOfLength& routes = by_length[kPatterns[i].count];
    routes.places[routes.count++] = static_cast<std::uint8_t>(i);
  }
  return by_length;
}();

// REQUIRES: as many segments in both.
bool match_path(const Segments& pattern, const Segments& path,
                std::array<std::string_view, kPathParamsMax>& params) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < pattern.count; ++i) {
    const std::string_view want = pattern.text[i];
    const std::string_view have = path.text[i];
    if (want.starts_with('{')) {
      if (have.empty()) return false;
      params[count++] = have;
    } else if (want != have) {
      return false;
    }
  }
  return true;
}

}  // namespace

const std::array<RouteSpec, kRouteCount - 1>& route_table() { return kRoutes; }

std::string_view name_of(Route route) {
  static constexpr std::array<std::string_view, kRouteCount> kNames = {
      "read_challenge",
      "join",
      "read_token",
      "leave",
      "token_events",
      "read_pass",
      "list_concerts",
      "read_concert",
      "read_line",
      "read_line_block",
      "read_dates",
      "read_seats",
      "seat_events",
      "place_hold",
      "list_holds",
      "read_hold",
      "release_hold",
      "extend_hold",
      "join_waitlist",
      "read_waitlist",
      "leave_waitlist",
      "pay",
      "read_payment",
      "read_balance",
      "charge",
      "adjust_balance",
      "list_payments",
      "list_tickets",
      "create_concert",
      "read_concert_admin",
      "change_concert",
      "block_seat",
      "unblock_seat",
      "block_seats",
      "cancel_date",
      "read_date_cancellation",
      "cancel_concert",
      "read_cancellation",
      "add_access_codes",
      "read_access_codes",
      "refund",
      "sell_seats",
      "find_payments",
      "find_holds",
      "drop_hold",
      "read_seat",
      "read_seat_states",
      "read_visitor",
      "export",
      "end_token",
      "read_ticket",
      "check_in",
      "create_plan",
      "list_plans",
      "read_plan",
      "read_cluster",
      "read_audit",
      "read_key",
      "read_history",
      "read_concert_history",
      "live",
      "ready",
      "metrics",
      "jwks",
      "openapi",
      "pages",
      "board",
      "page_file",
      "worker",
      "manifest",
      "problem",
      "none",
  };
  return kNames[static_cast<std::size_t>(route)];
}

std::string_view name_of(Method method) {
  static constexpr std::array<std::string_view, 6> kNames = {"GET",   "POST",   "PUT",
                                                             "PATCH", "DELETE", "OPTIONS"};
  return kNames[static_cast<std::size_t>(method)];
}

RouteMatch match_route(Method method, std::string_view path) {
  const Segments segments = split(path);
  const auto routes = kByLength[segments.count].list();
  RouteMatch match;
  for (const std::uint8_t i : routes) {
    if (kRoutes[i].method != method || !match_path(kPatterns[i], segments, match.params)) continue;
    match.spec = &kRoutes[i];
    match.path_exists = true;
    return match;
  }
  match.path_exists = std::ranges::any_of(
      routes, [&](std::uint8_t i) { return match_path(kPatterns[i], segments, match.params); });
  return match;
}

std::string_view allowed_methods(std::string_view path) {
  // One text for each set of methods, made once.
  static const auto kTexts = [] {
    std::vector<std::string> texts(1U << 6);
    for (std::size_t set = 0; set < texts.size(); ++set) {
      for (std::size_t m = 0; m < 6; ++m) {
        if ((set >> m & 1) == 0) continue;
        if (!texts[set].empty()) texts[set] += ", ";
        texts[set] += name_of(static_cast<Method>(m));
        if (static_cast<Method>(m) == Method::kGet) texts[set] += ", HEAD";
      }
    }
    return texts;
  }();
  std::array<std::string_view, kPathParamsMax> params;
  std::size_t set = std::size_t{1} << static_cast<std::size_t>(Method::kOptions);
  const Segments segments = split(path);
  for (const std::uint8_t i : kByLength[segments.count].list()) {
    if (!match_path(kPatterns[i], segments, params)) continue;
    set |= std::size_t{1} << static_cast<std::size_t>(kRoutes[i].method);
  }
  return kTexts[set];
}

}  // namespace frontrow

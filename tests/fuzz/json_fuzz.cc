// A body for every route that takes one. The first byte selects the route.
#include <cstdint>
#include <string_view>

#include "engine/base/check.h"
#include "net/api/api_decode.h"

namespace frontrow {
namespace {

struct Target {
  Method method;
  std::string_view path;
};
constexpr Target kTargets[] = {
    {Method::kPost, "/v1/concerts/1/queue/tokens"},
    {Method::kPost, "/v1/concerts/1/holds"},
    {Method::kPost, "/v1/concerts/1/payments"},
    {Method::kPost, "/v1/users/018f0000-0000-7000-8000-000000000001/balance/charges"},
    {Method::kPost, "/v1/admin/concerts"},
    {Method::kPatch, "/v1/admin/concerts/1"},
    {Method::kPost, "/v1/users/018f0000-0000-7000-8000-000000000001/balance/adjustments"},
    {Method::kPost, "/v1/admin/plans"},
    {Method::kPut, "/v1/admin/concerts/1/dates/2026-12-24/blocks"},
    {Method::kPost, "/v1/admin/concerts/1/dates/2026-12-24/cancellation"},
    {Method::kPost, "/v1/admin/concerts/1/payments/018f0000-0000-7000-8000-000000000001/refunds"},
    {Method::kPost, "/v1/admin/concerts/1/tickets/018f0000-0000-7000-8000-000000000001/check-in"},
};

void decode(const Target& target, std::string_view body) {
  static JsonReader reader;
  static const SaleDefaults defaults;
  Request request;
  request.method = target.method;
  request.path = target.path;
  request.has_body = true;
  request.body = body;
  const RouteMatch match = match_route(target.method, target.path);
  FR_CHECK(match.spec != nullptr);
  CommandBody command;
  JoinTerms terms;
  const Decoded decoded = decode_request(match, request, defaults, terms, reader, command);
  FR_CHECK(decoded.fault == DecodeFault::kNone || !decoded.detail.empty());  // has a reason
}

}  // namespace
}  // namespace frontrow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  frontrow::decode(frontrow::kTargets[data[0] % std::size(frontrow::kTargets)], body);
  return 0;
}

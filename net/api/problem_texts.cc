#include "net/api/problem_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "net/api/api_problems.h"
#include "net/api/service.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

struct Text {
  std::string_view slug;
  std::string_view meaning;  // empty: the detail of the rejection
  std::string_view advice;
};

constexpr std::string_view kJoinAgain = "Join the line again and use the new token.";
constexpr std::string_view kSameKey =
    "Wait for the seconds of Retry-After, then send the same request again with the same "
    "Idempotency-Key.";
constexpr std::string_view kFixRequest = "Correct the request; detail names the fault.";
constexpr std::string_view kReadAgain = "Read the thing again; it has changed or is not yours.";

constexpr Text kTexts[] = {
    {"malformed-request", "The request can't be read: its head, its framing, a header or its JSON.",
     kFixRequest},
    {"not-found", "There is nothing at this path, or no such concert, user or payment.",
     "Check the path and the ids in it."},
    {"method-not-allowed", "The path is known and does not take this method.",
     "Use one of the methods in the header Allow."},
    {"not-acceptable", "The header Accept excludes every media type of this route.",
     "Send Accept: */* or the media type that the OpenAPI document names."},
    {"request-timeout", "The request did not arrive whole in time.",
     "Send it again, on a new connection."},
    {"precondition-failed",
     "If-Match names no version that is current: the resource has changed since it was read.",
     "Read it again, look at the change, and repeat the request with the new ETag."},
    {"payload-too-large", "The body is larger than the server takes.", "Send less at a time."},
    {"uri-too-long", "The request line is longer than the server takes.",
     "Shorten the path or the query."},
    {"unsupported-media-type", "The body is not application/json in UTF-8.",
     "Send Content-Type: application/json and a JSON body."},
    {"expectation-failed", "The header Expect asks for something else than 100-continue.",
     "Leave the header out."},
    {"too-many-requests", "More requests than one sender may make.",
     "Wait for the seconds of Retry-After, then go on more slowly."},
    {"key-not-allowed",
     "The service key is a good one, but it has none of the scopes that this route needs, or it is "
     "limited to other concerts.",
     "Use a key with one of the scopes in needs, or have the key's scopes changed."},
    {"invalid-identity",
     "The shop's own token for this user is missing, or this server does not accept it.",
     "Sign in at the shop and send its token; reason names the fault: expired, audience, issuer, "
     "signature, unknown-key and others."},
    {"challenge-required", "A join has to carry a solved challenge here.",
     "Get one from GET /v1/concerts/{c}/challenge, solve it, and send ALTCHA's payload as the "
     "member challenge."},
    {"challenge-failed",
     {},
     "Get a new challenge; reason names the fault: expired, spent, solution, other-concert, "
     "signature or malformed."},
    {"ticket-not-found", {}, "Check the ticket's id and the concert."},
    {"ticket-void", {}, "Refuse entry; the payment was refunded."},
    {"ticket-used", {}, "Refuse entry; usedAt and usedBy tell when it was used, and by whom."},
    {"charge-not-allowed", "Fans can't charge their own wallets here: the shop charges them.",
     "Charge with a service key that has the scope charge, or set wallet.charge to fan."},
    {"headers-too-large", "The headers are too large together, or too many.",
     "Send fewer or shorter headers; cookies are not needed here."},
    {"internal-error", "The server failed.", "Report it with the X-Request-Id of the answer."},
    {"not-implemented", "The method, or a transfer coding of the body, is unknown to this server.",
     "Use the methods of the OpenAPI document, and no transfer coding but chunked."},
    {"overloaded", {}, kSameKey},
    {"http-version-not-supported", "The request claims a version of HTTP other than 1.1 and 1.0.",
     "Speak HTTP/1.1; a proxy can translate from newer versions."},
    {"invalid-field",
     "A member of the body or a parameter is missing, unknown, there twice or out of range.",
     "Correct the member that field names."},
    {"invalid-token", {}, kJoinAgain},
    {"wrong-token", {}, "Use the token that was issued for this concert and user."},
    {"idempotency-key-reused", {}, "Use a new Idempotency-Key for a new request."},
    {"token-expired", {}, kJoinAgain},
    {"not-admitted", {}, "Ask for the place in line every pollAfterMs until its state is active."},
    {"sale-closed", {}, "Nothing more can be reserved; holds can still be paid."},
    {"date-not-found", {}, "Choose one of the dates that the concert lists."},
    {"seat-not-found", {}, "Choose seats of the date's seat map."},
    {"hold-not-found", {}, kReadAgain},
    {"hold-expired", {}, "Hold the seats again, if they are still free."},
    {"already-paid", {}, "Read the payment that paymentId names."},
    {"payment-in-progress", {}, "Wait a moment and ask again."},
    {"limit-exceeded", {}, "Hold fewer seats; limit says how many one user may have."},
    {"seat-unavailable", {}, "Read the seat map again and choose other seats."},
    {"invalid-amount", {}, "Send a positive integer in minor units, up to limit."},
    {"insufficient-balance", {}, "Charge the wallet and pay again while the hold lasts."},
    {"payment-timeout", {}, kSameKey},
    {"line-full", {}, "Try to join again later."},
    {"too-many-concerts", {}, "Use another server for further concerts."},
    {"low-disk", {}, "Operators: make room on the disk of the log. Others: try again later."},
    {"log-unavailable",
     {},
     "Operators: ask frontrow cluster status; a majority of etcd's members must be up and fast. "
     "Others: try again in a moment."},
    {"low-memory", {}, "Operators: give the server more memory. Others: try again later."},
    {"outcome-unknown", {}, kSameKey},
    {"draining", {}, "Try again in a moment; another instance, or this one again, will answer."},
    {"conflicting-settings",
     {},
     "Leave opensAt out, or change it before the sale opens; set a later closesAt. Access codes "
     "must open before their concert does."},
    {"date-passed", {}, "Leave out the date, or correct it, timeZone or closesAt."},
    {"date-exists", {}, "Change the date that exists, or name another one; date says which."},
    {"section-exists", {}, "Give the new section another name; section says which."},
    {"change-refused", {}, "Correct the change; reason says what can't be."},
    {"date-closed", {}, "Choose another date; operators can set a later closesAt."},
    {"not-available",
     {},
     "Ask for fewer seats, for another section, or without together; seatsAvailable says how many "
     "are free, and the member together how many of them side by side."},
    {"single-seat-left",
     {},
     "Choose other seats, so that those of the member seats keep a neighbour."},
    {"place-over", {}, "Nothing is left to end: the user has paid, left, or run out of time."},
    {"section-not-found", {}, "Choose a section and a category of the date's seat map."},
    {"no-extension-left",
     {},
     "Pay before the hold runs out; limit says how often it can be extended."},
    {"holds-differ", {}, "Pay the holds one after the other."},
    {"plan-not-found", {}, "Register the plan first: POST /v1/admin/plans; GET lists the plans."},
    {"too-many-plans", {}, "Use a plan that is registered; several concerts can share one."},
    {"price-missing", {}, "Add the category to the date's prices."},
    {"category-not-found", {}, "Take the category out of the date's prices, or correct its name."},
    {"date-cancelled", {}, "Choose another date; money comes back to the wallet by itself."},
    {"already-cancelled", {}, "Read its progress: GET the same path."},
    {"seats-not-paid", {}, "Name seats of this payment; seats lists those that are not."},
    {"seats-refunded", {}, "Leave out the seats that seats lists, or repeat the earlier request."},
    {"not-cancelled", {}, "Nothing is to be done; POST to the same path cancels it."},
    {"not-sold-out", {}, "Hold seats: POST /v1/concerts/{c}/holds with date and quantity."},
    {"on-waitlist", {}, "Leave the waitlist first: DELETE the same path with ?date=."},
    {"waitlist-full", {}, "Try another date, or again later."},
    {"offer-only", {}, "Pay the offered seats, or release them and join the line."},
    {"access-code-required",
     {},
     "Send the code as the member accessCode, or join from the concert's opensAt on."},
    {"access-code-invalid",
     {},
     "Correct the code, wait for the time that was named with it, or join from the concert's "
     "opensAt on."},
    {"access-code-used", {}, "Use another code, or join from the concert's opensAt on."},
    {"too-many-access-codes", {}, "Give the codes that there are more uses at their creation."},
    {"plan-refused", {}, "Correct the plan; reason names the fault."},
    {"instance-unavailable", {}, kSameKey},
    {"recovering", "The server has started and is rebuilding its state from the log.",
     "Try again in a few seconds."},
    {"failed", "The log failed; the server is shutting down and acknowledges no more requests.",
     "Operators: read the server's log. Others: try again with the same Idempotency-Key."},
    {"cut-off",
     "The instance does not reach the cluster's store, and decides on nothing meanwhile.",
     "Operators: ask frontrow cluster status; the store's members must be up and in reach."},
};

// For types without an entry in kTexts.
std::string_view general_advice(int status) {
  if (status == 503) return kSameKey;
  if (status >= 500) return "Report it with the X-Request-Id of the answer.";
  if (status == 401) return kJoinAgain;
  if (status == 404 || status == 409 || status == 410) return kReadAgain;
  return kFixRequest;
}

void add(std::vector<ProblemText>& all, const ProblemType& type, std::string_view meaning) {
  const auto same = [&](const auto& other) { return other.slug == type.slug; };
  if (std::any_of(all.begin(), all.end(), same)) return;
  ProblemText text{type.slug, type.title, type.status, meaning, general_advice(type.status)};
  const Text* more = std::find_if(std::begin(kTexts), std::end(kTexts), same);
  if (more != std::end(kTexts)) {
    if (!more->meaning.empty()) text.meaning = more->meaning;
    text.advice = more->advice;
  }
  all.push_back(text);
}

std::vector<ProblemText> collect() {
  std::vector<ProblemText> all;
  for (const ProblemType& type : problems::kAll) {
    add(all, type, type.slug == problems::kOverloaded.slug ? detail_of(Reject::kOverloaded) : "");
  }
  for (std::uint8_t reject = 1; reject < kRejectCount; ++reject) {
    const auto number = static_cast<Reject>(reject);
    add(all, problem_of(number), detail_of(number));
  }
  for (const ProblemType& type : problems::kOfApi) add(all, type, {});
  for (const ServiceState state : {ServiceState::kRecovering, ServiceState::kFailed}) {
    add(all, not_ready(name_of(state)), {});
  }
  add(all, not_ready(kCutOff), {});
  std::sort(all.begin(), all.end(),
            [](const ProblemText& a, const ProblemText& b) { return a.slug < b.slug; });
  return all;
}

}  // namespace

const std::vector<ProblemText>& problem_texts() {
  static const std::vector<ProblemText> all = collect();
  return all;
}

// The texts are constants without characters that need escaping (a test checks them).
void append_problem_page(std::string& out, const ProblemText& p) {
  fmt::format_to(std::back_inserter(out),
                 R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{1} - frontrow</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}</style>
</head>
<body>
<main>
<h1>{1}</h1>
<p>Problem type <code>/problems/{0}</code>, status {2}.</p>
<h2>What it means</h2>
<p>{3}</p>
<h2>What to do</h2>
<p>{4}</p>
<p><a href="/openapi.json">The API as an OpenAPI document</a></p>
</main>
</body>
</html>
)",
                 p.slug, p.title, p.status, p.meaning, p.advice);
}

void append_problem_json(std::string& out, const ProblemText& p) {
  out += R"({"type":"/problems/)";
  out += p.slug;
  fmt::format_to(std::back_inserter(out), "\",\"status\":{},\"title\":", p.status);
  append_json_string(out, p.title);
  out += ",\"meaning\":";
  append_json_string(out, p.meaning);
  out += ",\"advice\":";
  append_json_string(out, p.advice);
  out += '}';
}

}  // namespace frontrow

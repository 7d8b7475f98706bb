// The OpenAPI document against the program: the same routes, parameters, authorization and bounds.
#include "net/pages/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "net/api/api_decode.h"
#include "net/api/api_problems.h"
#include "net/api/api_routes.h"
#include "net/auth/access_code.h"
#include "net/http/problem.h"

namespace frontrow {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

class OpenApiTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(parser_.parse(openapi_document()).get(document_), simdjson::SUCCESS);
  }

  // The value at a JSON pointer; fails the test if there is none.
  element at(const std::string& pointer) const { return in(document_, pointer); }
  static element in(element from, const std::string& pointer) {
    element found;
    EXPECT_EQ(from.at_pointer(pointer).get(found), simdjson::SUCCESS) << pointer;
    return found;
  }
  bool has(const std::string& pointer) const {
    return document_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }

  static std::string lower(std::string_view method) {
    std::string text(method);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(c | 0x20); });
    return text;
  }
  // The pointer to a route's operation.
  static std::string pointer_of(const RouteSpec& spec) {
    std::string path;
    for (const char c : spec.path) path += c == '/' ? std::string("~1") : std::string(1, c);
    return "/paths/" + path + "/" + lower(name_of(spec.method));
  }
  static std::string_view text_of(element value) {
    std::string_view text;
    EXPECT_EQ(value.get(text), simdjson::SUCCESS);
    return text;
  }
  std::int64_t bound(const std::string& schema, const std::string& member,
                     const char* which) const {
    std::int64_t value = -1;
    EXPECT_EQ(at("/components/schemas/" + schema + member + "/" + which).get(value),
              simdjson::SUCCESS)
        << schema;
    return value;
  }
  void expect_range(const std::string& schema, const std::string& member, std::int64_t min,
                    std::int64_t max, const char* min_name = "minimum",
                    const char* max_name = "maximum") const {
    EXPECT_EQ(bound(schema, member, min_name), min) << schema << member;
    EXPECT_EQ(bound(schema, member, max_name), max) << schema << member;
  }

  simdjson::dom::parser parser_;
  element document_;
};

template <class F>
void for_each_member(element value, const F& f) {
  if (value.is_object()) {
    for (const auto [key, child] : object(value)) {
      f(key, child);
      for_each_member(child, f);
    }
  } else if (value.is_array()) {
    for (const element child : simdjson::dom::array(value)) for_each_member(child, f);
  }
}

// Adds the slugs of an `enum` of problem types.
void collect_slugs(std::string_view key, element value, std::set<std::string>& slugs) {
  constexpr std::string_view kPrefix = "/problems/";
  if (key != "enum" || !value.is_array()) return;
  for (const element choice : simdjson::dom::array(value)) {
    std::string_view text;
    if (choice.get(text) == simdjson::SUCCESS && text.starts_with(kPrefix))
      slugs.emplace(text.substr(kPrefix.size()));
  }
}

TEST_F(OpenApiTest, document_is_ascii_and_says_its_version) {
  EXPECT_EQ(text_of(at("/openapi")), "3.1.0");
  EXPECT_TRUE(std::all_of(openapi_document().begin(), openapi_document().end(),
                          [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
}

TEST_F(OpenApiTest, operations_are_those_of_the_route_table) {
  std::set<std::string> documented;
  for (const auto [path, item] : object(at("/paths"))) {
    for (const auto [method, operation] : object(item)) {
      documented.insert(std::string(method) + " " + std::string(path));
      EXPECT_FALSE(text_of(in(operation, "/summary")).empty());
    }
  }
  std::set<std::string> routes;
  for (const RouteSpec& spec : route_table())
    routes.insert(lower(name_of(spec.method)) + " " + std::string(spec.path));
  EXPECT_EQ(documented, routes);
}

TEST_F(OpenApiTest, operation_ids_are_unique) {
  std::set<std::string> seen;
  for (const RouteSpec& spec : route_table()) {
    EXPECT_TRUE(seen.emplace(text_of(at(pointer_of(spec) + "/operationId"))).second) << spec.path;
  }
}

TEST_F(OpenApiTest, path_parameters_are_declared_and_no_others) {
  for (const RouteSpec& spec : route_table()) {
    std::set<std::string> wanted;
    for (std::size_t open = spec.path.find('{'); open != std::string_view::npos;
         open = spec.path.find('{', open + 1)) {
      wanted.emplace(spec.path.substr(open + 1, spec.path.find('}', open) - open - 1));
    }
    std::set<std::string> declared;
    bool takes_key = false;
    if (has(pointer_of(spec) + "/parameters")) {
      for (element parameter : simdjson::dom::array(at(pointer_of(spec) + "/parameters"))) {
        element reference;
        if (parameter["$ref"].get(reference) == simdjson::SUCCESS)
          parameter = at(std::string(text_of(reference)).substr(1));
        if (text_of(in(parameter, "/in")) == "path")
          declared.emplace(text_of(in(parameter, "/name")));
        if (text_of(in(parameter, "/name")) == "Idempotency-Key") takes_key = true;
      }
    }
    EXPECT_EQ(declared, wanted) << spec.path;
    EXPECT_EQ(takes_key, spec.method == Method::kPost) << spec.path;
  }
}

TEST_F(OpenApiTest, security_is_the_route_s_authorization) {
  for (const RouteSpec& spec : route_table()) {
    std::set<std::string> schemes;
    Scopes scopes;
    for (const element choice : simdjson::dom::array(at(pointer_of(spec) + "/security"))) {
      for (const auto [scheme, roles] : object(choice)) {
        schemes.emplace(scheme);
        for (const element role : simdjson::dom::array(roles)) {
          ASSERT_TRUE(parse_scope(text_of(role))) << text_of(role);
          scopes.add(*parse_scope(text_of(role)));
        }
      }
    }
    const bool takes_key =
        spec.auth == Auth::kKey || spec.auth == Auth::kTokenOrKey || spec.auth == Auth::kKeyIfAsked;
    const bool takes_token = spec.auth == Auth::kToken || spec.auth == Auth::kTokenOrIdentity ||
                             spec.auth == Auth::kTokenOrKey;
    const bool takes_identity = spec.auth == Auth::kIdentity ||
                                spec.auth == Auth::kTokenOrIdentity ||
                                (spec.auth == Auth::kTokenOrKey && spec.method == Method::kGet);
    std::set<std::string> wanted;
    if (takes_token) wanted.insert("queueToken");
    if (takes_identity) wanted.insert("identity");
    if (takes_key) wanted.insert("serviceKey");
    EXPECT_EQ(schemes, wanted) << name_of(spec.route);
    EXPECT_EQ(scopes, spec.scopes) << name_of(spec.route);
    EXPECT_EQ(takes_key, !spec.scopes.empty()) << name_of(spec.route);
    for (const std::string& scheme : schemes)
      EXPECT_TRUE(has("/components/securitySchemes/" + scheme));
    EXPECT_EQ(has(pointer_of(spec) + "/responses/401"), !wanted.empty()) << name_of(spec.route);
    if (takes_key) {
      EXPECT_TRUE(has(pointer_of(spec) + "/responses/403")) << name_of(spec.route);
    }
  }
}

TEST_F(OpenApiTest, bodies_and_media_types_are_the_route_s) {
  for (const RouteSpec& spec : route_table()) {
    const std::string operation = pointer_of(spec);
    EXPECT_EQ(has(operation + "/requestBody"), spec.body != BodyRule::kNone) << name_of(spec.route);
    if (spec.body != BodyRule::kNone) {
      bool required = false;
      EXPECT_EQ(at(operation + "/requestBody/required").get(required), simdjson::SUCCESS);
      EXPECT_EQ(required, spec.body == BodyRule::kJson) << name_of(spec.route);
    }
    static constexpr std::string_view kTypes[] = {
        "",           "application~1json", "text~1event-stream", "text~1plain",
        "text~1html", "text~1html",        "text~1csv",          ""};  // a file's type is its own
    const std::string type(kTypes[static_cast<std::size_t>(spec.produces)]);
    const bool makes = has(operation + "/responses/201");
    const bool has_nothing = spec.produces == Produces::kNothing;
    const std::string success = has_nothing ? "/responses/204"
                                : makes     ? "/responses/201"
                                            : "/responses/200";
    EXPECT_TRUE(has(operation + success)) << name_of(spec.route);
    EXPECT_TRUE(type.empty() || has(operation + success + "/content/" + type))
        << name_of(spec.route);
    EXPECT_TRUE(has(operation + "/responses/default")) << name_of(spec.route);
  }
}

TEST_F(OpenApiTest, every_reference_leads_somewhere_and_every_component_is_used) {
  std::set<std::string> used;
  for_each_member(document_, [&](std::string_view key, element value) {
    if (key != "$ref") return;
    const std::string pointer(text_of(value).substr(1));
    EXPECT_TRUE(has(pointer)) << pointer;
    used.insert(pointer);
  });
  for (const char* kind : {"schemas", "responses", "parameters", "headers"}) {
    for (const auto [name, component] : object(at(std::string("/components/") + kind))) {
      EXPECT_TRUE(used.contains("/components/" + std::string(kind) + "/" + std::string(name)))
          << name;
    }
  }
}

TEST_F(OpenApiTest, request_bodies_take_no_other_members) {
  for (const RouteSpec& spec : route_table()) {
    if (spec.body == BodyRule::kNone) continue;
    const auto reference =
        text_of(at(pointer_of(spec) + "/requestBody/content/application~1json/schema/$ref"));
    bool open = true;
    EXPECT_EQ(at(std::string(reference.substr(1)) + "/additionalProperties").get(open),
              simdjson::SUCCESS)
        << reference;
    EXPECT_FALSE(open) << reference;
  }
}

TEST_F(OpenApiTest, required_members_are_described) {
  for (const auto [name, schema] : object(at("/components/schemas"))) {
    element required;
    if (schema["required"].get(required) != simdjson::SUCCESS) continue;
    for (const element member : simdjson::dom::array(required)) {
      EXPECT_TRUE(has("/components/schemas/" + std::string(name) + "/properties/" +
                      std::string(text_of(member))))
          << name;
    }
  }
}

// All problems of the program, by slug: title and status.
std::map<std::string, ProblemType> problems_of_the_program() {
  std::map<std::string, ProblemType> known;
  for (const char* state : {"recovering", "draining", "failed"})
    known.emplace(state, ProblemType{state, "", 503});
  for (const ProblemType& type : problems::kAll) known.emplace(type.slug, type);
  for (const ProblemType& type : problems::kOfApi) known.emplace(type.slug, type);
  for (std::uint8_t reject = 1; reject < kRejectCount; ++reject) {
    const ProblemType& type = problem_of(static_cast<Reject>(reject));
    known.emplace(type.slug, type);
  }
  return known;
}

// A route's status documents only problems that have this status, and only ones that the program
// sends.
TEST_F(OpenApiTest, problems_stand_at_the_status_that_they_have) {
  const auto known = problems_of_the_program();
  std::size_t seen = 0;
  for (const RouteSpec& spec : route_table()) {
    for (const auto [status, inline_response] : object(at(pointer_of(spec) + "/responses"))) {
      element response = inline_response;
      element reference;
      if (response["$ref"].get(reference) == simdjson::SUCCESS)
        response = at(std::string(text_of(reference)).substr(1));
      if (status == "default") continue;
      std::set<std::string> slugs;
      for_each_member(
          response, [&](std::string_view key, element value) { collect_slugs(key, value, slugs); });
      for (const std::string& slug : slugs) {
        ++seen;
        ASSERT_TRUE(known.contains(slug)) << slug;
        EXPECT_EQ(std::to_string(known.at(slug).status), status)
            << name_of(spec.route) << ' ' << slug;
      }
    }
  }
  EXPECT_GT(seen, 100U);
}

TEST_F(OpenApiTest, examples_of_problems_have_the_titles_of_the_program) {
  const auto known = problems_of_the_program();
  std::size_t seen = 0;
  for_each_member(document_, [&](std::string_view key, element example) {
    std::string_view type;
    constexpr std::string_view kPrefix = "/problems/";
    if (key != "example" || example["type"].get(type) != simdjson::SUCCESS ||
        !type.starts_with(kPrefix)) {
      return;
    }
    ++seen;
    const auto found = known.find(std::string(type.substr(kPrefix.size())));
    ASSERT_NE(found, known.end()) << type;
    std::int64_t status = 0;
    EXPECT_EQ(example["status"].get(status), simdjson::SUCCESS) << type;
    EXPECT_EQ(status, found->second.status) << type;
    if (found->second.title.empty()) return;  // a state of the server, without a title
    EXPECT_EQ(text_of(in(example, "/title")), found->second.title);
  });
  EXPECT_GT(seen, 20U);
}

// The document names exactly the problems of the program.
TEST_F(OpenApiTest, slugs_are_those_of_the_program) {
  std::set<std::string> known;
  for (const auto& [slug, type] : problems_of_the_program()) known.insert(slug);
  std::set<std::string> documented;
  for_each_member(at("/paths"), [&](std::string_view key, element value) {
    collect_slugs(key, value, documented);
  });
  for_each_member(at("/components/responses"), [&](std::string_view key, element value) {
    collect_slugs(key, value, documented);
  });
  EXPECT_EQ(documented, known);
}

TEST_F(OpenApiTest, bounds_are_those_of_the_limits) {
  expect_range("ConcertId", "", 1, kConcertIdMax);
  expect_range("Price", "", 0, kPriceMax);
  expect_range("Balance", "", 0, kBalanceMax);
  expect_range("HoldId", "", 0, kJsonIntegerMax);
  expect_range("ChargeRequest", "/properties/amount", 1, kBalanceMax);
  expect_range("HoldRequest", "/properties/seats", 1, kSeatsPerHoldMax, "minItems", "maxItems");
  expect_range("SeatNumbers", "", 1, kSeatsPerHoldMax, "minItems", "maxItems");
  expect_range("QueueSettings", "/properties/maxActive", 1, kMaxActiveMax);
  expect_range("QueueSettings", "/properties/admitPerSecond", 1, kAdmitPerSecondMax);
  expect_range("QueueSettings", "/properties/sessionSeconds", 1, kSessionSecondsMax);
  expect_range("QueueSettings", "/properties/idleSeconds", 1, kIdleSecondsMax);
  for (const std::string schema : {"ConcertRequest", "ConcertChange"}) {
    expect_range(schema, "/properties/title", 1, kTitleCharsMax, "minLength", "maxLength");
    expect_range(schema, "/properties/holdSeconds", 1, kHoldSecondsMax);
    expect_range(schema, "/properties/maxSeatsPerUser", 1, kSeatsPerUserMax);
  }
  expect_range("SaleRequest", "/properties/seats", 1, kSeatsPerHoldMax, "minItems", "maxItems");
  expect_range("SaleRequest", "/properties/price", 0, kPriceMax);
  expect_range("SaleRequest", "/properties/note", 1, kReasonCharsMax, "minLength", "maxLength");
  expect_range("AccessCodesRequest", "/properties/count", 1, kCodesPerBatchMax);
  expect_range("AccessCodesRequest", "/properties/uses", 1, kUsesPerCodeMax);
  expect_range("JoinRequest", "/properties/accessCode", 1, kAccessCodeTextMax, "minLength",
               "maxLength");
  const std::string dates = "/properties/dates";
  const std::string sections = dates + "/items/properties/sections";
  expect_range("ConcertRequest", dates, 1, kDatesPerConcertMax, "minItems", "maxItems");
  expect_range("ConcertRequest", sections, 0, kSectionsPerDateMax, "minItems", "maxItems");
  expect_range("ConcertRequest", sections + "/items/properties/seats", 1, kSeatsPerDateMax);
  expect_range("ConcertRequest", sections + "/items/properties/name", 1, kSectionNameCharsMax,
               "minLength", "maxLength");
  std::int64_t key_max = 0;
  EXPECT_EQ(at("/components/parameters/IdempotencyKey/schema/maxLength").get(key_max),
            simdjson::SUCCESS);
  EXPECT_EQ(key_max, static_cast<std::int64_t>(kIdempotencyKeyBytesMax));
}

}  // namespace
}  // namespace frontrow

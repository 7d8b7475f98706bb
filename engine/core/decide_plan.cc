// Seating plans: registered once in the directory, and the sections that a new concert's dates take
// from them.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/core/codec/field_codec.h"
#include "engine/core/codec/plan_codec.h"
#include "engine/core/decide.h"

namespace frontrow {
namespace {

// Appends a run of seats, or lengthens the last one if it is of the same section and category.
void add_run(std::vector<SectionSpec>& runs, const PlanSection& section, std::uint32_t seats,
             const std::string& category, Money price) {
  const bool goes_on =
      !runs.empty() && runs.back().name == section.name && runs.back().category == category;
  if (goes_on) {
    runs.back().seats += seats;
    return;
  }
  runs.push_back({section.name, seats, price, section.kind, category});
}

// The runs and rows of a plan at these prices, one for each of its categories.
void add_seats(const Plan& plan, const std::vector<Money>& prices, DateSpec& date) {
  for (const PlanSection& section : plan.sections) {
    if (section.kind == SectionKind::kGeneral) {
      add_run(date.sections, section, section.capacity, plan.categories[section.category],
              prices[section.category]);
      date.rows.push_back(section.capacity);
    }
    for (const PlanRow& row : section.rows) {
      date.rows.push_back(static_cast<std::uint32_t>(row.seats.size()));
      for (const PlanSeat& seat : row.seats)
        add_run(date.sections, section, 1, plan.categories[seat.category], prices[seat.category]);
    }
  }
}

// The prices in the order of the plan's categories.
Reject prices_of(const Plan& plan, const PlannedDate& planned, std::vector<Money>& prices,
                 RejectDetail& detail) {
  for (const CategoryPrice& p : planned.prices) {
    detail.text = p.category;
    if (std::ranges::find(plan.categories, p.category) == plan.categories.end())
      return Reject::kNoSuchCategory;
  }
  for (const std::string& category : plan.categories) {
    const auto price = std::ranges::find(planned.prices, category, &CategoryPrice::category);
    detail.text = category;
    if (price == planned.prices.end()) return Reject::kPriceMissing;
    prices.push_back(price->price);
  }
  return Reject::kNone;
}

}  // namespace

Reject expand_plans(const Slot& slot, const CreateConcert& command, ConcertSpec& spec,
                    RejectDetail& detail) {
  if (command.planned.empty()) return Reject::kNone;
  Plan plan;
  PlanId known;
  for (std::size_t i = 0; i < spec.dates.size() && i < command.planned.size(); ++i) {
    const PlannedDate& planned = command.planned[i];
    DateSpec& date = spec.dates[i];
    if (!planned.plan) continue;
    detail.date = date.date;
    const RegisteredPlan* registered = slot.find_plan(planned.plan);
    if (registered == nullptr) return Reject::kPlanNotFound;
    if (known != planned.plan) plan = *decode_plan(*registered->document);
    known = planned.plan;
    std::vector<Money> prices;
    if (const Reject r = prices_of(plan, planned, prices, detail); r != Reject::kNone) return r;
    date.plan = planned.plan;
    date.sections.clear();
    add_seats(plan, prices, date);
    if (date.sections.size() > kRunsPerDateMax) {
      detail.text =
          fmt::format("the plan has more than {} runs of seats of one category", kRunsPerDateMax);
      return Reject::kPlanRefused;
    }
  }
  ByteBuffer bytes;
  ByteWriter writer(bytes);
  write_field(writer, spec);
  if (bytes.size() <= kSpecBytesMax) return Reject::kNone;
  detail.text = "the sections of the dates are too many together; create a concert for each plan";
  return Reject::kPlanRefused;
}

Reject decide(const Ask& ask, const CreatePlan& c, EventBatch& out, RejectDetail& detail) {
  if (ask.slot.plans.size() >= kPlansMax) return Reject::kTooManyPlans;
  detail.text =
      fmt::format("the plan has a fault, or more than {} bytes in its compact form", kPlanBytesMax);
  if (c.document.size() > kPlanBytesMax) return Reject::kPlanRefused;
  const std::optional<Plan> plan = decode_plan(c.document);
  if (!plan) return Reject::kPlanRefused;
  const PlanId id{static_cast<std::uint32_t>(ask.slot.plans.size()) + 1};
  out.push_back(PlanRegistered{id, plan->name, plan->seat_count(), c.document});
  return Reject::kNone;
}

void answer(const Ask& ask, const CreatePlan&, const EventBatch&, Reply& reply) {
  const RegisteredPlan& registered = ask.slot.plans.back();
  reply.created = true;
  reply.body = PlanCreated{registered.plan, registered.seats};
}

Reject decide(const Ask& ask, const ReadPlan& c, EventBatch&, RejectDetail&) {
  return ask.slot.find_plan(c.plan) == nullptr ? Reject::kPlanNotFound : Reject::kNone;
}

void answer(const Ask& ask, const ReadPlan& c, const EventBatch&, Reply& reply) {
  reply.body = PlanView{c.plan, ask.slot.find_plan(c.plan)->document};
}

Reject decide(const Ask&, const ListPlans&, EventBatch&, RejectDetail&) { return Reject::kNone; }

void answer(const Ask& ask, const ListPlans&, const EventBatch&, Reply& reply) {
  PlansView view;
  for (const RegisteredPlan& p : ask.slot.plans) view.plans.push_back({p.plan, p.name, p.seats});
  reply.body = std::move(view);
}

}  // namespace frontrow

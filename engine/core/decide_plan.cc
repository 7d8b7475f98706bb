// Seating plans: registered once in the directory, and the sections that new dates take from them.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/core/codec/field_codec.h"
#include "engine/core/codec/plan_codec.h"
#include "engine/core/decide.h"

namespace frontrow {
namespace {

// Bounds of the work and the memory that one creation may ask for.
constexpr std::size_t kPlansPerConcertMax = 16;
constexpr std::size_t kCategoryMaskBytesMax = std::size_t{64} << 20;

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

// Gives the date the runs and rows of an earlier one of the same plan, at its own prices.
void copy_seats(const DateSpec& from, const Plan& plan, const std::vector<Money>& prices,
                DateSpec& date) {
  date.sections = from.sections;
  date.rows = from.rows;
  for (SectionSpec& run : date.sections) {
    const auto at = std::ranges::find(plan.categories, run.category);
    run.price = prices[static_cast<std::size_t>(at - plan.categories.begin())];
  }
}

std::size_t bytes_of(const DateSpec& date) {
  ByteBuffer bytes;
  ByteWriter writer(bytes);
  write_field(writer, date);
  return bytes.size();
}

// A plan that dates of the command have, and the first date that has it.
struct UsedPlan {
  PlanId id;
  Plan plan;
  std::size_t date = 0;
};

// Fills in the date at `index`. A plan is decoded once.
Reject expand(const Slot& slot, const PlannedDate& planned, std::size_t index,
              std::vector<UsedPlan>& used, std::vector<DateSpec>& dates, RejectDetail& detail) {
  auto known = std::ranges::find(used, planned.plan, &UsedPlan::id);
  if (known == used.end()) {
    const RegisteredPlan* registered = slot.find_plan(planned.plan);
    if (registered == nullptr) return Reject::kPlanNotFound;
    detail.text = fmt::format("a concert has at most {} plans", kPlansPerConcertMax);
    if (used.size() == kPlansPerConcertMax) return Reject::kPlanRefused;
    known = used.insert(used.end(), {planned.plan, *decode_plan(*registered->document), index});
  }
  std::vector<Money> prices;
  if (const Reject r = prices_of(known->plan, planned, prices, detail); r != Reject::kNone)
    return r;
  DateSpec& date = dates[index];
  date.plan = planned.plan;
  date.sections.clear();
  date.rows.clear();
  if (known->date == index) {
    add_seats(known->plan, prices, date);
  } else {
    copy_seats(dates[known->date], known->plan, prices, date);
  }
  return Reject::kNone;
}

}  // namespace

void DateBytes::add(const DateSpec& date) {
  spec += bytes_of(date);
  std::set<std::string_view> categories;
  std::size_t seats = 0;
  for (const SectionSpec& section : date.sections) {
    if (!section.category.empty()) categories.insert(section.category);
    seats += section.seats;
  }
  masks += categories.size() * seats / 8;
}

bool DateBytes::fit() const { return spec <= kSpecBytesMax && masks <= kCategoryMaskBytesMax; }

Reject expand_plans(const Slot& slot, const std::vector<PlannedDate>& planned,
                    std::vector<DateSpec>& dates, RejectDetail& detail) {
  std::vector<UsedPlan> used;
  DateBytes bytes;
  for (std::size_t i = 0; i < dates.size(); ++i) {
    DateSpec& date = dates[i];
    if (i < planned.size() && planned[i].plan) {
      detail.date = date.date;
      if (const Reject r = expand(slot, planned[i], i, used, dates, detail); r != Reject::kNone)
        return r;
    }
    bytes.add(date);
    detail.text = "the dates have too many runs of seats together; create more than one concert";
    if (date.sections.size() > kRunsPerDateMax || !bytes.fit()) return Reject::kPlanRefused;
  }
  return Reject::kNone;
}

Reject decide(const Ask& ask, const CreatePlan& c, EventBatch& out, RejectDetail& detail) {
  // A concert is being created under this key.
  if (ask.slot.find_unconfirmed(ask.command.key.key) != nullptr)
    return Reject::kIdempotencyKeyReused;
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

Reject decide(const Ask& ask, const ExpandDates& c, EventBatch&, RejectDetail& detail) {
  std::vector<DateSpec> dates = c.dates;
  return expand_plans(ask.slot, c.planned, dates, detail);
}

void answer(const Ask& ask, const ExpandDates& c, const EventBatch&, Reply& reply) {
  ExpandedDates expanded{c.dates};
  RejectDetail detail;
  expand_plans(ask.slot, c.planned, expanded.dates, detail);
  reply.body = std::move(expanded);
}

Reject decide(const Ask&, const ListPlans&, EventBatch&, RejectDetail&) { return Reject::kNone; }

void answer(const Ask& ask, const ListPlans&, const EventBatch&, Reply& reply) {
  PlansView view;
  for (const RegisteredPlan& p : ask.slot.plans) view.plans.push_back({p.plan, p.name, p.seats});
  reply.body = std::move(view);
}

}  // namespace frontrow

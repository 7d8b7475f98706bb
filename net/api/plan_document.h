// The JSON form of a seating plan.
//
//   {"name": "Olympic Hall", "categories": ["VIP", "R"],
//    "sections": [
//      {"name": "Floor A", "category": "R", "rows": [
//        {"label": "1", "seats": [{"label": "1", "category": "VIP", "x": 12.5, "y": 4,
//                                  "accessible": true}, ...]},
//        {"label": "2", "first": 1, "count": 30, "x": 0, "y": 5, "dx": 0.5}]},
//      {"name": "Standing", "kind": "general", "capacity": 500, "category": "R"}]}
//
// A seat without a category has that of its row, otherwise that of its section. A row has seats, or
// for plans written by hand `first` and `count`: seats with the labels first, first + 1 ... at x,
// x + dx ... Positions have at most two digits after the point.
//
// The rendered form has whole seats, and more members: planId (if it is not 0) and seats (their
// number) at the top, and firstSeat (the seat's number in the plan, from 1) in rows and general
// sections. The reader takes and ignores these, so a plan can be copied from server to server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/core/protocol/plan.h"
#include "net/json/json_reader.h"

namespace frontrow {

// Reads a whole body. On false, reader.error() has the reason. Bounds of numbers and lengths and
// categories are checked here; find_plan_fault() finds names and labels that are there twice.
// Memory: at most twice kSeatsPerDateMax seats.
bool read_plan(JsonReader& reader, std::string_view body, Plan& out);

// Appends the plan; id 0: one without an id.
void render_plan(std::string& out, std::uint32_t id, const Plan& plan);

}  // namespace frontrow

// What the tests of verify share: the command, and looking things up in its report.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/support.h"

namespace frontrow::recover {

// The command, its outputs caught.
CommandRun verified(const std::string& data, bool json = false);
// What it says as JSON; fails the test if it returns another code.
api::Json report(const std::string& data, int code);

// The check's result and, after it, its faults, one a line.
std::string check(const api::Json& report, const std::string& name);
// Its sentences, one a line.
std::string advice(const api::Json& report);
// The names of those that failed, in the report's order.
std::string failed_checks(const api::Json& report);

// A sale without snapshots; returns its newest group.
std::uint64_t play_and_stop(const std::string& data);

}  // namespace frontrow::recover

// Shared by the tests of verify: the command, and queries of its report.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/support.h"

namespace frontrow::recover {

// Runs the command with captured output.
CommandRun verified(const std::string& data, bool json = false);
// The report as JSON; fails the test for another exit code.
api::Json report(const std::string& data, int code);

// The check's result and then its faults, one a line.
std::string check(const api::Json& report, const std::string& name);
// The sentences of the advice, one a line.
std::string advice(const api::Json& report);
// The names of failed checks, in the report's order.
std::string failed_checks(const api::Json& report);

}  // namespace frontrow::recover

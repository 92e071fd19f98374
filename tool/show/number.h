// Numbers for people. What is exact comes from readerd as text, and stays text.
#pragma once

#include <string>
#include <string_view>

namespace kilometric::tool {

/// "1234567.5" -> "1,234,567.5"; a long fraction is cut to what four digits tell.
std::string readable(std::string_view number);

/// At most five columns, with a minus six: "1.23k", "45.6M"; for axes.
std::string brief(double number);

/// The same of a number in text, in full where that takes no more than seven columns.
std::string brief_of(const std::string& number);

/// By how much `now` differs from `before`: "+9.4 %"; "-" where that says nothing.
std::string change_of(double before, double now);

}  // namespace kilometric::tool

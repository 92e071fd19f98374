// Numbers as Graphite writes them into the names of series.
//
// The functions call it. It has no errors.
#pragma once

#include <string>

namespace kilometric::graphite {

/// As C's %g: six digits, and no zeros at the end.
std::string short_number(double number);

/// As Python's str() of a float: the fewest digits that give the number back, and ".0" behind a whole one.
std::string float_text(double number);

/// Rounded to so many digits behind the point, as Python does.
double rounded(double number, int digits);

}  // namespace kilometric::graphite

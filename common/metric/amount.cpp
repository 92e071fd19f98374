#include "common/metric/amount.h"

#include <fmt/format.h>

#include <charconv>

namespace kilometric {
namespace {

/// Six decimals as millionths; the seventh rounds, away from zero.
int64_t parse_millionths(std::string_view decimals) {
  int64_t millionths = 0;
  for (size_t i = 0; i < 6; ++i) millionths = millionths * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  return millionths + (decimals.size() > 6 && decimals[6] >= '5' ? 1 : 0);
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

Amount Amount::normalized() const noexcept {
  if (millionths == 0) return *this;
  Amount amount{0, millionths % kMillion};
  amount += {whole, 0};
  amount += {millionths / kMillion, 0};
  if (amount.whole > 0 && amount.millionths < 0) amount += {-1, kMillion};
  if (amount.whole < 0 && amount.millionths > 0) amount += {1, -kMillion};
  return amount;
}

double Amount::number() const noexcept {
  const Amount exact = normalized();
  return static_cast<double>(exact.whole) + static_cast<double>(exact.millionths) / kMillion;
}

std::string to_text(const Amount& amount) {
  const Amount exact = amount.normalized();
  if (exact.millionths == 0) return fmt::format_int(exact.whole).str();
  const bool negative = exact.whole < 0 || exact.millionths < 0;
  const auto magnitude = [&](int64_t part) {
    return negative ? 0 - static_cast<uint64_t>(part) : static_cast<uint64_t>(part);
  };
  std::string text =
      fmt::format("{}{}.{:06}", negative ? "-" : "", magnitude(exact.whole), magnitude(exact.millionths));
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::optional<Amount> parse_amount(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const size_t point = text.find('.');
  const std::string_view digits = text.substr(0, point);
  const std::string_view decimals = point == text.npos ? "0" : text.substr(point + 1);
  if (!all_digits(digits) || !all_digits(decimals)) return std::nullopt;

  uint64_t whole = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), whole).ec != std::errc{})
    return std::nullopt;
  if (negative && whole > uint64_t{1} << 63) return std::nullopt;
  const int64_t millionths = parse_millionths(decimals);
  return Amount{static_cast<int64_t>(negative ? 0 - whole : whole), negative ? -millionths : millionths}
      .normalized();
}

}  // namespace kilometric

// What the user that we are to Redis may not do: NOPERM, by Redis' rules for users (ACL).
//
//   Redis' user may not do XADD kilometric.visits: NOPERM this user has no permissions to ...
//
// Redis' own words name the command or nothing, so of each command its beginning is kept until it is answered.
// Each connection has one of these and tells the log of each command once for each sort of
// name (kilometric., kilometric:keys, kilometric:hour.); what else follows is the matter of who sent it.
#pragma once

#include <hiredis/hiredis.h>

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace kilometric {

/// The first bytes of a command in Redis' protocol: enough for its name and which of our names it is about. Few
/// bytes, as there is one for each command that is on its way.
class CommandStart {
 public:
  explicit CommandStart(std::string_view text) noexcept;

  /// Its arguments up to the first that is a name of ours ("kilometric..."), or the first when there is none
  /// within the bytes kept; what cannot be printed as a '?', and "..." behind a name that is cut.
  std::string words() const;

 private:
  std::array<char, 63> bytes_;
  unsigned char size_;
};

class Denials {
 public:
  void note(const CommandStart& command, const redisReply& reply);

 private:
  std::set<std::string> told_;  ///< words up to the first dot
};

}  // namespace kilometric

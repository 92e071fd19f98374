// The place of a folder: the machine and the folder itself, in words that a copy does not share. A copy of the
// folder is another folder, made at another time; a copy of the whole disk is on another machine. Containers
// may have no machine identity or share one; a machine's template may have left it to all that were made of it,
// but not its network cards.
//
//   machine 3d1219c7c4c5404aaa1f6d2a48adfda4       /etc/machine-id
//   folder 11454588 1795653830.123456789           inode, and when it was made
//   card 52:54:00:12:34:56                         each network card that is a device, not a bridge or the like
//
// Called by the instance, which is bound to its place. What the system does not tell is left out.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kilometric {

/// Lines, as above.
std::string place_of(const std::filesystem::path& folder);

/// What tells that the two are not one place: "machine", "folder" or "card"; nullptr when nothing does. What
/// only one of them knows tells nothing. Cards come and go: as long as one is the same, they are of one
/// machine.
const char* difference_of_places(std::string_view one, std::string_view other);

}  // namespace kilometric

#pragma once

#include <algorithm>
#include <cstddef>

#include "parallel/team.h"

namespace glissade {

/// Copies this member's share of some items.
template <typename Item>
void copyShare(const Member& member, const Item* from, size_t count, Item* to) {
  const Range share = member.share(count);
  std::copy(from + share.begin, from + share.end, to + share.begin);
}

}  // namespace glissade

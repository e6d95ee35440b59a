#pragma once

#include "layers/pool.h"

namespace glissade {

/// The mean over the positions of each channel: that of the members of an ensemble. As the last layer it takes no part
/// in training, where each member has its own loss (Workspace).
template <typename Real>
class MemberMean : public Pool<Real> {
 public:
  explicit MemberMean(const Shape& members)
      : Pool<Real>(members, Pooling::average, windowsOver(members, {{members.height, members.width}, {1, 1}, {0, 0}})) {
  }
};

}  // namespace glissade

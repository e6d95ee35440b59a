#pragma once

#include <cstddef>

#include "kernels/kernels.h"
#include "optimizers/parts.h"
#include "parallel/team.h"

namespace glissade {

/// A step that updates each block of parameters while its gradient is in the cache, before those of other blocks are
/// computed.
template <typename Real>
class FusedStep {
 public:
  explicit FusedStep(OptimizerParts<Real>& parts) : parts_(parts) {}

  /// Whether neither the rules nor the options need all gradients at once.
  bool isPossible() const;

  /// Begins the step. All members of a team call this, before a barrier.
  void begin(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent);
  /// Updates a range of the concatenated arrays. `gradient` begins with the element of range.begin.
  void update(const Kernels& kernels, const Range& range, const Real* gradient, const Lent<Real>& lent) const;
  /// Ends the step. One member calls this, after a barrier.
  void end(const Lent<Real>& lent) const { parts_.finish(lent.state); }

 private:
  OptimizerParts<Real>& parts_;
};

}  // namespace glissade

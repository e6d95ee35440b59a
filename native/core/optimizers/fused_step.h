#pragma once

#include <cstddef>

#include "kernels/kernels.h"
#include "optimizers/parts.h"
#include "parallel/team.h"

namespace glissade {

/// A step that updates each block of the parameters from its own gradient, while that is in the cache and before other
/// gradients are found.
template <typename Real>
class FusedStep {
 public:
  explicit FusedStep(OptimizerParts<Real>& parts) : parts_(parts) {}

  /// Whether neither the rules nor the options need all gradients at once.
  bool isPossible() const;

  /// All members of a team call this, and a barrier follows.
  void begin(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent);
  /// Updates a range of the parameters, as one long array, from its gradient.
  void update(const Kernels& kernels, const Range& range, const Real* gradient, const Lent<Real>& lent) const;
  /// After a barrier, one member calls this.
  void end(const Lent<Real>& lent) const { parts_.finish(lent.state); }

 private:
  OptimizerParts<Real>& parts_;
};

}  // namespace glissade

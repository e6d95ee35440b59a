#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"
#include "optimizers/parts.h"

namespace glissade {

/// Steps that somebody else takes, who applies the rules' formulas to the parameters and states itself.
template <typename Real>
class PlainSteps {
 public:
  explicit PlainSteps(OptimizerParts<Real>& parts) : parts_(parts) {}

  /// Whether a step is no more than each rule's update from its own gradient, and of states as they are.
  bool arePossible() const;

  /// How an array is updated: its rule, where its hyperparameters begin in a record, and where its states do.
  struct Update {
    const Rule<Real>* rule;
    size_t hyperparameters;
    Real* states[kMaxStates];
  };
  Update updateOf(const Kernels& kernels, size_t array, std::byte* state) const;

  /// Whether rows without a gradient stay where they are, in a step with this record as in all before.
  bool leaveUntouched(const Kernels& kernels, const double* record, std::byte* state) const;

  /// After so many steps, the last one with this record, while rows without a gradient rested.
  void end(int64_t count, const double* record, const Lent<Real>& lent);

 private:
  OptimizerParts<Real>& parts_;
};

}  // namespace glissade

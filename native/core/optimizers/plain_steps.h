#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"
#include "optimizers/parts.h"

namespace glissade {

/// Steps that the caller takes, by applying the rules' formulas to parameters and states.
template <typename Real>
class PlainSteps {
 public:
  explicit PlainSteps(OptimizerParts<Real>& parts) : parts_(parts) {}

  /// Whether a step is nothing but the update of each array from its gradient, with states that are not encoded.
  bool arePossible() const;

  /// How an array is updated: its rule, the offset of its hyperparameters in a record, and its states.
  struct Update {
    const Rule<Real>* rule;
    size_t hyperparameters;
    Real* states[kMaxStates];
  };
  Update updateOf(const Kernels& kernels, size_t array, std::byte* state) const;

  /// Whether a step with this record leaves rows without a gradient unchanged, as all steps before did.
  bool leaveUntouched(const Kernels& kernels, const double* record, std::byte* state) const;

  /// Whether a step with this record moves rows without a gradient no more than θ follows from the hyperparameters of
  /// the last step.
  bool canBeFollowed(const Kernels& kernels, const double* record) const;

  /// Counts steps that left rows without a gradient unchanged. The last one had this record.
  void end(int64_t count, const double* record, const Lent<Real>& lent);
  /// Counts steps that `canBeFollowed` is true for. Rows have yet to follow the hyperparameters of the last one.
  void endFollowing(const Kernels& kernels, int64_t count, const double* record, const Lent<Real>& lent);

 private:
  OptimizerParts<Real>& parts_;
};

}  // namespace glissade

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/gradient.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "optimizers/sparse/gathered_rows.h"
#include "parallel/team.h"

namespace glissade {

/// Clips gradients before a rule sees them: by value, by the norm of all, or by units (Clipping).
template <typename Real>
class GradientClip {
 public:
  GradientClip(std::shared_ptr<const Parameters> parameters, const OptimizerOptions& options);

  /// Computes the norm of the gradients of all arrays that are not frozen, sparse ones included; NaN if any number is
  /// not finite. All members of a team call this together.
  void findNorm(const Kernels& kernels, const Member& member, const Gradient* gradients,
                const std::vector<GatheredRows<Real>>& sparse);
  double norm() const { return norm_; }

  /// Sets the factor of a step's gradients, clipping by norm included, and the limit of the other kinds of clipping.
  void prepare(double scale, double limit) {
    scale_ = static_cast<Real>(scale);
    limit_ = limit;
  }
  Real scale() const { return scale_; }
  Real limit() const { return static_cast<Real>(limit_); }

  /// Computes the factor of each unit in adaptive clipping: of each column or row of a matrix, of a vector as a whole.
  /// All members of a team call this together.
  void findUnitFactors(const Kernels& kernels, const Member& member, const Gradient* gradients,
                       Real* const* parameters);

  /// Whether a gradient is read in place, with no change but its scale.
  bool readsInPlace(const Gradient& gradient) const {
    return !gradient.isBfloat16 && clipping_ != Clipping::value && unitOffsets_.empty();
  }

  /// The gradient of a block, scaled and clipped; written to `buffer` if it can't be read in place.
  Scaled<Real> read(const Kernels& kernels, const Gradient& gradient, const ArrayRange& block, Real* buffer) const;

  /// Whether clipRows() changes the rows, beyond a scale.
  bool changesRows() const { return clipping_ == Clipping::value; }

  /// Clips this member's share of a sparse gradient by value, in place, if that is the kind. Returns the scale that
  /// remains to be applied.
  Real clipRows(const Kernels& kernels, const Member& member, GatheredRows<Real>& gradient) const {
    if (!changesRows()) return scale_;
    const Range share = member.share(gradient.valueCount(), 16);
    Real* const values = gradient.changeable() + share.begin;
    kernels.of<Real>().clip(scale_, limit(), values, values, share.end - share.begin);
    member.barrier();
    return 1;
  }

 private:
  size_t units(size_t array) const;

  std::shared_ptr<const Parameters> parameters_;
  Clipping clipping_;
  double epsilon_;
  double norm_ = 0, limit_ = 0;
  Real scale_ = 1;
  std::vector<double> squares_;      // by block
  std::vector<size_t> unitOffsets_;  // by array; empty unless units are clipped
  std::vector<Real> unitFactors_;
};

}  // namespace glissade

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/gathered_rows.h"
#include "optimizers/gradient.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "parallel/team.h"

namespace glissade {

/// What a rule takes as gradient: scale · values.
template <typename Real>
struct Scaled {
  const Real* values;
  Real scale;
};

/// How gradients are shortened before a rule sees them.
template <typename Real>
class GradientClip {
 public:
  GradientClip(std::shared_ptr<const Parameters> parameters, const OptimizerOptions& options);

  /// The norm of all gradients, with the rows of sparse ones; NaN where any is not finite. All
  /// members of a team find it together.
  void findNorm(const Kernels& kernels, const Member& member, const Gradient* gradients,
                const std::vector<GatheredRows<Real>>& sparse);
  double norm() const { return norm_; }

  /// Readies a step: gradients are multiplied with `scale`, and clipped at `limit` unless by their norm.
  void prepare(double scale, double limit) {
    scale_ = static_cast<Real>(scale);
    limit_ = limit;
  }
  Real scale() const { return scale_; }
  Real limit() const { return static_cast<Real>(limit_); }

  /// Of adaptive clipping: by how much each unit's gradient is shortened. All members of a team find it together.
  void findUnitFactors(const Kernels& kernels, const Member& member, const Gradient* gradients,
                       Real* const* parameters);

  /// Whether a gradient needs no more than its scale.
  bool isPlain(const Gradient& gradient) const {
    return !gradient.isBfloat16 && clipping_ != Clipping::value && unitOffsets_.empty();
  }

  /// The gradient of a block, scaled and clipped; in `buffer` where it has to be written.
  Scaled<Real> read(const Kernels& kernels, const Gradient& gradient, const ArrayRange& block, Real* buffer) const;

  /// Clips this member's share of the rows of a sparse gradient, unless by their norm; returns the scale that is left
  /// to apply.
  Real clipRows(const Kernels& kernels, const Member& member, GatheredRows<Real>& gradient) const {
    if (clipping_ != Clipping::value) return scale_;
    const Range share = member.share(gradient.valueCount(), 16);
    Real* const values = gradient.values() + share.begin;
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
  std::vector<size_t> unitOffsets_;  // by array, where units are clipped
  std::vector<Real> unitFactors_;
};

}  // namespace glissade

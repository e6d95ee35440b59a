#pragma once

#include <cstddef>
#include <optional>

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
  bool isPossible() const {
    const OptimizerOptions& options = parts_.options;
    const bool needsAll = options.checksFinite || options.accumulates || options.state == Encoding::uint8 ||
                          (options.clipping != Clipping::none && options.clipping != Clipping::value);
    return !needsAll && !parts_.groups.any(kernels(), [](const Rule<Real>& rule) {
      return rule.measure || rule.replacement != Replacement::none;
    });
  }

  /// Begins the step. All members of a team call this, before a barrier.
  void begin(const Kernels& kernels, const Member& member, const double* record, const StepArrays<Real>& arrays) {
    if (parts_.stepsOf(arrays.state) == 0) parts_.start(kernels, member, arrays);
    if (member.isFirst()) parts_.prepareStep(kernels, record, std::nullopt, arrays);
  }

  /// Updates a range of the concatenated arrays. `gradient` begins with the element of range.begin.
  void update(const Kernels& kernels, const Range& range, const Real* gradient, const StepArrays<Real>& arrays) const {
    parts_.parameters->forEachRangeIn(range, [&](const ArrayRange& ofArray) {
      const size_t first = parts_.parameters->offsetOf(ofArray.array) + ofArray.begin - range.begin;
      parts_.update(kernels, ofArray, {gradient + first, false, nullptr, ofArray.begin}, arrays);
    });
  }

  /// Ends the step. One member calls this, after a barrier.
  void end(const StepArrays<Real>& arrays) const { parts_.finish(arrays.state); }

 private:
  OptimizerParts<Real>& parts_;
};

}  // namespace glissade

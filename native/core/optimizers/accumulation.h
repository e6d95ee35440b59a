#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/gradient.h"
#include "optimizers/parameters.h"
#include "optimizers/state_layout.h"
#include "parallel/team.h"

namespace glissade {

/// The weighted sum of gradients whose mean a step takes.
///
/// State: `accumulated`, as long as the parameters, and the sum of weights (Counters::accumulated).
template <typename Real>
class Accumulation {
 public:
  Accumulation(std::shared_ptr<const Parameters> parameters, bool isOn, StateLayout& layout)
      : parameters_(std::move(parameters)), gradients_(isOn ? parameters_->count() : 0) {
    if (isOn) offsets_ = layout.addLike(*parameters_, "accumulated", kNumberType<Real>);
  }

  /// Adds weight · gradients. All members of a team call this together; the sums are complete when it returns.
  void add(const Kernels& kernels, const Member& member, double weight, const Gradient* gradients, std::byte* state,
           Counters& counters) {
    const bool isFirst = counters.accumulated == 0;
    parameters_->forEachBlock(member, [&](const ArrayRange& block) {
      Real buffer[Parameters::kBlock];
      kernels.of<Real>().accumulate(static_cast<Real>(weight),
                                    rawGradient(kernels, gradients[block.array], block, buffer), isFirst,
                                    sums(block, state), block.count());
    });
    for (size_t i = 0; member.isFirst() && i < gradients_.size(); ++i) gradients_[i] = {sums({i, 0, 0}, state)};
    member.barrier();
    if (member.isFirst()) counters.accumulated += weight;
  }

  /// The sums, by array.
  const Gradient* gradients() const { return gradients_.data(); }

  /// The largest magnitude of the sums in this member's share; infinity if any is not finite.
  Real magnitude(const Kernels& kernels, const Member& member, std::byte* state) const {
    Real largest = 0;
    parameters_->forEachRange(member, [&](const ArrayRange& range) {
      largest = std::max(largest, kernels.of<Real>().magnitude(sums(range, state), range.count()));
    });
    return largest;
  }

 private:
  Real* sums(const ArrayRange& range, std::byte* state) const {
    return reinterpret_cast<Real*>(state + offsets_[range.array]) + range.begin;
  }

  std::shared_ptr<const Parameters> parameters_;
  std::vector<size_t> offsets_;      // by array
  std::vector<Gradient> gradients_;  // by array
};

}  // namespace glissade

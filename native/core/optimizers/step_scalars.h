#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/groups.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "optimizers/state_layout.h"
#include "parallel/team.h"

namespace glissade {

/// The scalars of the step under way. Rules prepare them from hyperparameters, and complete them from sums over arrays
/// (Rule::measure).
///
/// State: `totals`, those of all groups in turn (Rule::totals).
template <typename Real>
class StepScalars {
 public:
  StepScalars(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups, StateLayout& layout);

  /// Prepares step t from its record. One member of a team calls this, before a barrier.
  void prepare(const Kernels& kernels, const Groups<Real>& groups, const double* record, int64_t t, std::byte* state);

  /// The scalars that an array's rule reads.
  const void* of(size_t array) const {
    return perArray_ ? arrays_[array].bytes : groups_[(*parameters_)[array].group].bytes;
  }

  /// Completes the scalars of rules that depend on sums. `add(block, rule, sums)` adds the sums over a block. All
  /// members of a team call this together.
  template <typename Add>
  void measure(const Kernels& kernels, const Member& member, const Groups<Real>& groups, Add add) {
    if (!measures_) return;
    parameters_->forEachBlock(member, [&](const ArrayRange& block) {
      const Rule<Real>& rule = groups.ruleOfArray(kernels, block.array);
      if (!rule.measure) return;
      auto& sums = sums_[parameters_->blockAt(block)];
      sums = {};
      add(block, rule, sums.data());
    });
    member.barrier();
    if (member.isFirst()) conclude(kernels, groups);
    member.barrier();
  }

  /// Saves the totals of the step in the state.
  void finish(std::byte* state) const;

  /// Says what is wrong with the totals of a state, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* state) const;

 private:
  struct alignas(16) Scalars {
    unsigned char bytes[kScalarBytes];
  };

  void conclude(const Kernels& kernels, const Groups<Real>& groups);
  double* saved(std::byte* state) const { return reinterpret_cast<double*>(state + offset_); }

  std::shared_ptr<const Parameters> parameters_;
  bool measures_ = false;                           // whether any rule depends on sums
  bool perArray_ = false;                           // whether arrays of a group differ in their scalars
  std::vector<Scalars> groups_, arrays_;            // of each group; of each array, where these differ
  std::vector<double> totals_;                      // of all groups, as they are after the step
  std::vector<Total> ranges_;                       // bounds of totals_
  std::vector<std::array<double, kMaxSums>> sums_;  // by block
  size_t offset_ = 0;                               // of the totals in the state
};

}  // namespace glissade

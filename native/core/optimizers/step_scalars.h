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

/// The scalars of the step under way, which rules prepare from its hyperparameters, and complete from sums over their
/// arrays (Rule::measure).
///
/// State: `totals`, what groups remember from step to step (Rule::totals).
template <typename Real>
class StepScalars {
 public:
  StepScalars(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups, StateLayout& layout);

  /// Readies step t from its record. One member of a team calls this, before a barrier.
  void prepare(const Kernels& kernels, const Groups<Real>& groups, const double* record, int64_t t, std::byte* state);

  /// What an array's rule reads.
  const void* of(size_t array) const {
    return perArray_ ? arrays_[array].bytes : groups_[(*parameters_)[array].group].bytes;
  }

  /// Completes the scalars of rules that depend on sums. `add(block, rule, sums)` has the rule add those of a block.
  /// All members of a team do it together.
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

  /// Keeps the totals of the step for the next one.
  void finish(std::byte* state) const;

  /// What is wrong with the totals of a state, as a sentence; empty where nothing is.
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
  std::vector<double> totals_;                      // of all groups, as they will be after the step
  std::vector<Total> ranges_;                       // of these
  std::vector<std::array<double, kMaxSums>> sums_;  // by block
  size_t offset_ = 0;                               // of the totals in the state
};

}  // namespace glissade

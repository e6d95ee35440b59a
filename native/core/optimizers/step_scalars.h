#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
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
  StepScalars(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups, StateLayout& layout)
      : parameters_(std::move(parameters)),
        groups_(groups.count()),
        totals_(groups.totalCount()),
        sums_(parameters_->blockCount()) {
    for (size_t group = 0; group < groups.count(); ++group) {
      const Rule<Real>& rule = groups.ruleOf(kernels(), group);
      ranges_.insert(ranges_.end(), rule.totals, rule.totals + rule.totalCount);
      measures_ |= rule.measure != nullptr;
      perArray_ |= rule.measure && rule.scope == Scope::array;
    }
    arrays_.resize(perArray_ ? parameters_->count() : 0);
    if (!totals_.empty()) offset_ = layout.add("totals", StateEntry::kOfAll, NumberType::float64, totals_.size());
  }

  /// Prepares step t from its record. One member of a team calls this, before a barrier.
  void prepare(const Kernels& kernels, const Groups<Real>& groups, const double* record, int64_t t, std::byte* state) {
    std::copy_n(saved(state), totals_.size(), totals_.data());
    for (size_t group = 0; group < groups.count(); ++group)
      groups.ruleOf(kernels, group)
          .prepare(record + groups[group].hyperparameters, t, totals_.data() + groups[group].totals,
                   groups_[group].bytes);
    for (size_t i = 0; i < arrays_.size(); ++i) arrays_[i] = groups_[(*parameters_)[i].group];
  }

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
  void finish(std::byte* state) const { std::copy_n(totals_.data(), totals_.size(), saved(state)); }

  /// Says what is wrong with the totals of a state, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* state) const {
    for (size_t k = 0; k < ranges_.size(); ++k) {
      const auto [least, most] = ranges_[k];
      if (const double total = saved(state)[k]; !(total >= least && total <= most))
        return "totals[" + std::to_string(k) + "] is outside the bounds of the rule";
    }
    return "";
  }

 private:
  struct alignas(16) Scalars {
    unsigned char bytes[kScalarBytes];
  };

  /// Passes sums to the rules: over each array, or over all arrays of all groups with the rule.
  void conclude(const Kernels& kernels, const Groups<Real>& groups) {
    std::array<double, kMaxSums> sums{};
    const auto add = [&](size_t array) {
      const Range blocks = parameters_->blocksOf(array);
      for (size_t block = blocks.begin; !(*parameters_)[array].frozen && block < blocks.end; ++block)
        for (size_t k = 0; k < sums.size(); ++k) sums[k] += sums_[block][k];
    };
    for (size_t g = 0; g < groups.count(); ++g) {
      const Rule<Real>& rule = groups.ruleOf(kernels, g);
      if (!rule.measure) continue;
      double* const totals = totals_.data() + groups[g].totals;
      sums = {};
      if (rule.scope == Scope::array) {
        for (size_t i = 0; i < parameters_->count(); ++i) {
          if ((*parameters_)[i].group != g) continue;
          sums = {};
          add(i);
          rule.conclude(sums.data(), totals, arrays_[i].bytes);
        }
        continue;
      }
      for (size_t i = 0; i < parameters_->count(); ++i)
        if (&groups.ruleOfArray(kernels, i) == &rule) add(i);
      rule.conclude(sums.data(), totals, groups_[g].bytes);
      for (size_t i = 0; i < arrays_.size(); ++i)
        if ((*parameters_)[i].group == g) arrays_[i] = groups_[g];
    }
  }

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

#include "optimizers/step_scalars.h"

#include <algorithm>
#include <utility>

namespace glissade {

template <typename Real>
StepScalars<Real>::StepScalars(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups,
                               StateLayout& layout)
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

template <typename Real>
void StepScalars<Real>::prepare(const Kernels& kernels, const Groups<Real>& groups, const double* record, int64_t t,
                                std::byte* state) {
  std::copy_n(saved(state), totals_.size(), totals_.data());
  for (size_t group = 0; group < groups.count(); ++group)
    groups.ruleOf(kernels, group)
        .prepare(record + groups[group].hyperparameters, t, totals_.data() + groups[group].totals,
                 groups_[group].bytes);
  for (size_t i = 0; i < arrays_.size(); ++i) arrays_[i] = groups_[(*parameters_)[i].group];
}

/// Passes sums to the rules: over each array, or over all arrays of all groups with the rule.
template <typename Real>
void StepScalars<Real>::conclude(const Kernels& kernels, const Groups<Real>& groups) {
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

template <typename Real>
void StepScalars<Real>::finish(std::byte* state) const {
  std::copy_n(totals_.data(), totals_.size(), saved(state));
}

template <typename Real>
std::string StepScalars<Real>::faultOf(std::byte* state) const {
  for (size_t k = 0; k < ranges_.size(); ++k) {
    const auto [least, most] = ranges_[k];
    if (const double total = saved(state)[k]; !(total >= least && total <= most))
      return "totals[" + std::to_string(k) + "] is beyond what the rule makes";
  }
  return "";
}

template class StepScalars<float>;
template class StepScalars<double>;

}  // namespace glissade

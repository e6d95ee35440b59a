#include "optimizers/optimizer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "record.h"

namespace glissade {

template <typename Real>
auto Optimizer<Real>::step(const Kernels& kernels, const Member& member, const double* record, double weight,
                           bool isLast, const StepArrays<Real>& given) -> Outcome {
  OptimizerParts<Real>& parts = *parts_;
  const OptimizerOptions& options = parts.options;
  StepArrays<Real> arrays = given;
  const auto hasSparse = [&] {
    return std::any_of(arrays.gradients, arrays.gradients + parts.parameters->count(),
                       [](const Gradient& gradient) { return gradient.rows; });
  };
  const auto findNorm = [&] { parts.clip.findNorm(kernels, member, arrays.gradients, parts.sparse.gathered()); };

  // Rows of sparse gradients that occur more than once are summed.
  if (hasSparse()) {
    if (member.isFirst()) parts.sparse.gather(arrays.gradients, parts.clip.changesRows());
    member.barrier();
  }
  if (options.checksFinite) {
    findNorm();
    if (std::isnan(parts.clip.norm())) return Outcome::notFinite;
  }

  // Gradients are summed until the last one of a step.
  if (options.accumulates) {
    parts.accumulation.add(kernels, member, weight, arrays.gradients, arrays.state, parts.counters(arrays.state));
    if (!isLast) return Outcome::accumulated;
    arrays.gradients = parts.accumulation.gradients();
  }
  const bool wantsNorm = options.clipping == Clipping::norm || options.checksFinite;
  if (wantsNorm && (options.accumulates || !options.checksFinite)) findNorm();
  if (options.checksFinite && std::isnan(parts.clip.norm())) {  // a sum of finite gradients may overflow
    if (member.isFirst()) parts.counters(arrays.state).accumulated = 0;
    return Outcome::notFinite;
  }

  // Prepares the step's scalars. Rows that lag, of matrices whose gradient is dense this time, catch up.
  if (member.isFirst()) {
    parts.prepareStep(kernels, record, wantsNorm ? std::optional(parts.clip.norm()) : std::nullopt, arrays);
    parts.sparse.begin(kernels, arrays, record, parts.t);
  }
  member.barrier();
  parts.sparse.readyDense(kernels, member, arrays, parts.t);
  parts.clip.findUnitFactors(kernels, member, arrays.gradients, arrays.parameters);
  if (parts.t == 1) {
    parts.start(kernels, member, arrays);
    member.barrier();
  }

  // Replacements and sums, for rules that depend on gradients as a whole.
  parts.directions.replace(kernels, member, parts.groups, parts.states, parts.scalars, parts.clip, arrays, parts.t);
  parts.scalars.measure(
      kernels, member, parts.groups, [&](const ArrayRange& block, const Rule<Real>& rule, double* sums) {
        Real buffer[Parameters::kBlock];
        const auto direction = parts.directions.of(kernels, parts.clip, block, arrays.gradients[block.array], buffer);
        parts.states.update(kernels, block, arrays.state, parts.t, [&](Real* const* states) {
          rule.measure(parts.scalars.of(block.array), direction.scale, direction.values,
                       arrays.parameters[block.array] + block.begin, states, 0, block.count(), sums);
        });
      });

  // The update: rule, slow weights, average.
  parts.parameters->forEachRange(member, [&](const ArrayRange& range) {
    const Gradient& gradient = arrays.gradients[range.array];
    if (!gradient.rows) parts.update(kernels, range, gradient, arrays);
  });
  for (size_t i = 0; i < parts.parameters->count(); ++i) {
    if (!arrays.gradients[i].rows || !parts.sparse.isLazy(i)) continue;
    const Real scale = parts.clip.clipRows(kernels, member, parts.sparse.gathered()[i]);
    parts.sparse.update(kernels, member, arrays, i, parts.scalars.of(i), scale, parts.t);
  }
  if (member.isFirst()) {
    parts.sparse.finish(arrays, parts.t);
    parts.finish(arrays.state);
  }
  return Outcome::stepped;
}

template <typename Real>
size_t Optimizer<Real>::workOf(const Gradient* gradients) const {
  size_t work = 0;
  for (size_t i = 0; i < parameters().count(); ++i)
    work += gradients[i].rows ? parts_->sparse.workOf(i, gradients[i]) : parameters().lengthOf(i);
  return work;
}

template <typename Real>
void Optimizer<Real>::findEpsilons() {
  const Groups<Real>& groups = parts_->groups;
  for (size_t group = 0; group < groups.count(); ++group) {
    const Rule<Real>& rule = groups.ruleOf(kernels(), group);
    forEachName(rule.dividesSafely ? "" : rule.hyperparameters, [&](size_t i, std::string_view name) {
      if (name == "epsilon") epsilons_.push_back(groups[group].hyperparameters + i);
    });
  }
}

template <typename Real>
double Optimizer<Real>::denominatorFloor(const double* record) const {
  double least = 1;
  for (const size_t epsilon : epsilons_) least = std::min(least, record[epsilon]);
  return least;
}

template <typename Real>
Real Optimizer<Real>::largestState(const Kernels& kernels, const Member& member, std::byte* state) const {
  Real largest = 0;
  parameters().forEachBlock(member, [&](const ArrayRange& block) {
    largest = std::max(largest, parts_->states.magnitude(kernels, block, state));
  });
  return largest;
}

template <typename Real>
Real Optimizer<Real>::largestSum(const Kernels& kernels, const Member& member, std::byte* state) const {
  if (!options().accumulates || counters(state).accumulated == 0) return 0;
  return parts_->accumulation.magnitude(kernels, member, state);
}

template <typename Real>
void Optimizer<Real>::recall(const Kernels& kernels, std::byte* state) {
  parts_->sparse.recall(kernels, state, stepsOf(state));
}

template <typename Real>
std::string Optimizer<Real>::faultOf(const Kernels& kernels, std::byte* state) const {
  const Counters& counts = counters(state);
  const auto isCount = [](double x) { return x >= 0 && x < LazyRows<Real>::kMostSteps && x == std::floor(x); };
  if (!isCount(counts.steps) || !isCount(counts.skipped)) return "the counters are not whole numbers";
  if (!(counts.accumulated >= 0 && std::isfinite(counts.accumulated)))
    return "the weight of the accumulated gradients is not a number from 0 on";
  if (counts.gradientNorm < 0) return "a norm is negative";
  if (std::string fault = parts_->states.faultOf(kernels, state); !fault.empty()) return fault;
  if (counts.steps > 0)
    if (std::string fault = parts_->scalars.faultOf(state); !fault.empty()) return fault;
  return parts_->sparse.faultOf(state, stepsOf(state));
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace glissade

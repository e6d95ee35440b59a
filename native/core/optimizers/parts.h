#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/accumulation.h"
#include "optimizers/average.h"
#include "optimizers/clipping.h"
#include "optimizers/directions.h"
#include "optimizers/groups.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule_states.h"
#include "optimizers/slow_weights.h"
#include "optimizers/sparse/sparse_updates.h"
#include "optimizers/state_layout.h"
#include "optimizers/step_scalars.h"

namespace glissade {

/// The parts of an optimizer, and the step under way. Optimizer, FusedStep, PlainSteps and Points call them in order.
template <typename Real>
struct OptimizerParts {
  OptimizerParts(OptimizerOptions options, std::vector<Parameter> arrays);
  OptimizerParts(const OptimizerParts&) = delete;
  OptimizerParts& operator=(const OptimizerParts&) = delete;

  const OptimizerOptions options;
  const std::shared_ptr<const Parameters> parameters;
  const Groups<Real> groups;

  // Parts with state, in the order in which it lies in the slab.
  StateLayout layout;
  const RuleStates<Real> states;
  SparseUpdates<Real> sparse;
  const ParameterAverage<Real> average;
  const SlowWeights<Real> slow;
  Accumulation<Real> accumulation;
  StepScalars<Real> scalars;

  GradientClip<Real> clip;
  Directions<Real> directions;

  // The step under way.
  StepSettings settings{};
  int64_t t = 0;

  Counters& counters(std::byte* state) const { return *reinterpret_cast<Counters*>(state + counters_); }
  int64_t stepsOf(std::byte* state) const { return static_cast<int64_t>(counters(state).steps); }

  /// Prepares the next step: its number, its settings and the scalars of rules. One member of a team calls this, before
  /// a barrier.
  void prepare(const Kernels& kernels, const double* record, std::byte* state);
  /// Prepares the next step and its clipping. `norm` is that of the gradients, if known.
  void prepareStep(const Kernels& kernels, const double* record, std::optional<double> norm,
                   const StepArrays<Real>& arrays);

  /// Before the first step: copies the parameters to the slow weights and to states that start as they do. All members
  /// of a team call this together.
  void start(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays) const;

  /// Updates elements of an array from their gradient.
  void update(const Kernels& kernels, const ArrayRange& range, const Gradient& gradient,
              const StepArrays<Real>& arrays) const;

  /// Counts the step and saves its totals. One member calls this.
  void finish(std::byte* state) const;

 private:
  bool hasSweep(const Kernels& kernels, size_t array) const;
  void sweep(const Kernels& kernels, const ArrayRange& range, const Scaled<Real>& direction,
             const StepArrays<Real>& arrays) const;
  void updateChunk(const Kernels& kernels, const ArrayRange& chunk, const Gradient& gradient,
                   const StepArrays<Real>& arrays) const;
  void prefetch(const ArrayRange& chunk, const Gradient& gradient, const StepArrays<Real>& arrays) const;

  const size_t counters_;  // offset in the state
};

}  // namespace glissade

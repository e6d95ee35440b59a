#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "arch/kernels.h"
#include "parallel/team.h"

namespace glissade {

/// An update rule over a list of arrays, seen as one long array that members of a team share. It owns no memory of
/// parameters, gradients or states: those are lent for each step.
template <typename Real>
class Optimizer {
 public:
  struct Array {
    size_t length;
    size_t group = 0;  // arrays of a group share their hyperparameters
  };

  /// The arrays lent for a step; `states` holds stateCount() pointers for each of them in turn.
  struct Lent {
    const Real* const* gradients;
    Real* const* parameters;
    Real* const* states;
  };

  /// @throws Error ERR_INVALID_ARGUMENT where no rule has this name.
  Optimizer(std::string_view rule, std::vector<Array> arrays);

  const std::vector<Array>& arrays() const { return arrays_; }
  size_t size() const { return offsets_.back(); }
  size_t stateCount() const;
  size_t hyperparameterCount() const;

  /// What keeps the rule from dividing by zero, among hyperparameters as for `prepare`; 1 for a rule that needs
  /// nothing.
  double epsilon(const Kernels& kernels, const double* hyperparameters) const;

  /// Readies step t = 1, 2, …: `hyperparameters` holds hyperparameterCount() values for each group.
  void prepare(const Kernels& kernels, const double* hyperparameters, int64_t t);

  /// Updates this member's share of all elements from gradientScale · gradients.
  void update(const Kernels& kernels, const Member& member, Real gradientScale, const Lent& lent) const;

 private:
  const Rule<Real>& rule(const Kernels& kernels) const { return kernels.of<Real>().rules[rule_]; }

  struct alignas(16) Scalars {
    unsigned char bytes[kScalarBytes];
  };

  int rule_;
  size_t groups_ = 1;
  std::vector<Array> arrays_;
  std::vector<size_t> offsets_;   // where each array starts in the long one; last, where it ends
  std::vector<Scalars> scalars_;  // of each group
};

}  // namespace glissade

#pragma once

#include <memory>

#include "data/sampler.h"
#include "training/steps/minibatch.h"

namespace glissade {

/// Where derivatives of the mean loss are written. Each array has parameterCount() numbers; those of statistics are 0.
template <typename Real>
struct Derivatives {
  Real* gradient;                   // or null
  const Real* direction = nullptr;  // of a Hessian-vector product; or null
  Real* product = nullptr;          // the Hessian times the direction; or null
};

/// The network's mode: evaluation, a few rows at a time; or training, all rows as one minibatch, with dropout drawn
/// from `seed`.
struct Manner {
  Mode mode = Mode::evaluation;
  uint64_t seed = 0;
};

/// The mean loss over a dataset and its derivatives with respect to all parameters, a minibatch at a time. The
/// Hessian-vector product is the derivative of the gradient along the direction (Pearlmutter 1994), found by forward
/// and backward with tangents.
template <typename Real>
class Differentiation {
 public:
  /// `use`: Use::tangents for Hessian-vector products, otherwise Use::training.
  Differentiation(const Kernels& kernels, std::shared_ptr<const Network<Real>> network, Dataset data,
                  const Scoring& scoring, const Manner& manner, Use use);

  /// Makes room for a team of `members` members.
  void setTeamSize(size_t members) { minibatch_.setTeamSize(members); }

  /// The parameters and the direction have kReadBeyond readable bytes after them.
  void restart(const Real* parameters, const Derivatives<Real>& derivatives);
  bool finished() const { return next_ == order_.size(); }

  /// Takes the next minibatch. All members call this together. It returns whether any are left.
  bool advance(const Member& member);

  const Tally& tally() const { return tally_; }

 private:
  // Minibatches that are summed on their own first, so that rounding errors grow with the number of such sums only.
  static constexpr size_t kTogether = 16;

  void clear(const Member& member);
  void divide(const Member& member);

  const Kernels& kernels_;
  std::shared_ptr<const Network<Real>> network_;
  Dataset data_;
  Sampler order_;
  Minibatch<Real> minibatch_;
  Batch batch_;
  Buffer<Real> gradient_, tangent_;                  // of a minibatch
  Buffer<Real> gradientTogether_, tangentTogether_;  // of up to kTogether; empty if there are no more than that

  Track<const Real> parameters_{};
  Real *gradientSum_ = nullptr, *productSum_ = nullptr;
  size_t next_ = 0;
  Tally tally_;
};

/// Finds derivatives over a dataset while the caller waits. Returns the mean loss. The parameters have kReadBeyond
/// readable bytes after them; a direction need not.
template <typename Real>
double differentiate(const std::shared_ptr<const Network<Real>>& network, const Real* parameters, const Dataset& data,
                     const Scoring& scoring, const Manner& manner, const Derivatives<Real>& derivatives);

}  // namespace glissade

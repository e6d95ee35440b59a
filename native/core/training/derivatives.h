#pragma once

#include <memory>

#include "data/sampler.h"
#include "training/minibatch.h"

namespace glissade {

/// What is to be found beside the mean loss: as many numbers each as the network has parameters; of statistics, 0.
template <typename Real>
struct Derivatives {
  Real* gradient;                   // or none
  const Real* direction = nullptr;  // of a Hessian-vector product, or none
  Real* product = nullptr;          // the Hessian times the direction
};

/// As it is evaluated, a few rows at a time; or as it is trained, all rows as one minibatch, with random numbers of a
/// seed.
struct Manner {
  Mode mode = Mode::evaluation;
  uint64_t seed = 0;
};

/// The mean loss over a dataset and its derivatives with respect to all parameters, a minibatch at a time. The
/// Hessian-vector product is the derivative of the gradient along the direction (Pearlmutter 1994): the same passes,
/// with tangents.
template <typename Real>
class Differentiation {
 public:
  /// `use` is tangents, if it is to find products, or training.
  Differentiation(const Kernels& kernels, std::shared_ptr<const Network<Real>> network, Dataset data,
                  const Scoring& scoring, const Manner& manner, Use use);

  /// Lets so many members of a team work on it.
  void employ(size_t members) { minibatch_.employ(members); }

  void restart(const Real* parameters, const Derivatives<Real>& derivatives);
  bool finished() const { return next_ == order_.size(); }

  /// Goes through the next minibatch. All members call this together; it tells whether there is more.
  bool advance(const Member& member);

  const Tally& tally() const { return tally_; }

 private:
  // Minibatches whose sums are added up before they meet those of others, so that errors don't grow with their number.
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
  Buffer<Real> gradientTogether_, tangentTogether_;  // of some minibatches, where there are many

  Track<const Real> parameters_{};
  Real *gradientSum_ = nullptr, *productSum_ = nullptr;
  size_t next_ = 0;
  Tally tally_;
};

/// Finds derivatives over a dataset while the caller waits; returns the mean loss.
template <typename Real>
double differentiate(const std::shared_ptr<const Network<Real>>& network, const Real* parameters, const Dataset& data,
                     const Scoring& scoring, const Manner& manner, const Derivatives<Real>& derivatives);

}  // namespace glissade

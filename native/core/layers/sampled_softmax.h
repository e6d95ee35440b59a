#pragma once

#include <vector>

#include "layers/class_scores.h"

namespace glissade {

template <typename Real>
struct SampledSoftmaxMemory : ClassScoresMemory<Real> {
  Buffer<std::byte> drawnMemory;  // of the following
  Track<Real> weights{};          // of the classes that were drawn, row-major
  Track<Real> biases{};           // theirs, less the logarithms of how often they are drawn
  std::vector<uint32_t> drawn;    // classes
};

/// Scores of classes as a dense layer's, w·x + b. In training on classes it computes those of each row's class and of
/// `count` classes that it draws with replacement, with probabilities q, for all rows of a minibatch: crossEntropy over
/// these, where log(count · q) is taken from the scores of drawn classes. The sum of exponentials then estimates that
/// of all other classes without bias (Bengio & Senécal 2008; Jean et al. 2015). A drawn class that is the row's own
/// does not count.
template <typename Real>
class SampledSoftmax : public ClassScores<Real> {
 public:
  /// `frequencies`: positive numbers in proportion to q.
  SampledSoftmax(const Shape& inputs, std::vector<double> frequencies, size_t count);

  Shape outputs() const override { return {this->shape_.height, this->shape_.width, this->scores_}; }
  bool writesOnes() const override { return true; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  Choice choice() const override { return Choice::classes; }
  size_t chosenColumns() const override { return count_ + 1; }  // the last one is the row's class
  void choose(const Member& member, const ClassTargets<Real>& targets, LayerMemory<Real>& memory) const override;
  void touch(const LayerMemory<Real>& memory, size_t count, size_t matrix, TouchedRows& touched) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 protected:
  bool outputsScores() const override { return true; }
  size_t chosenByRow() const override { return 1; }
  size_t chosenByAll() const override { return count_; }

 private:
  static SampledSoftmaxMemory<Real>& own(LayerMemory<Real>& memory) {
    return static_cast<SampledSoftmaxMemory<Real>&>(memory);
  }
  void gatherDrawn(const Pass<Real>& pass) const;
  void scoreDrawn(const Pass<Real>& pass) const;
  void drawnGradient(const Pass<Real>& pass) const;

  std::vector<double> cumulative_;  // of q
  size_t count_;
};

}  // namespace glissade

#pragma once

#include <vector>

#include "layers/layer.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
struct ClassScoresMemory : LayerMemory<Real> {
  Buffer<std::byte> memory;  // of the following
  // Of chosen scores, row-major. What all rows have chosen follows those of the rows, a row for each.
  Track<Real> input{}, coefficients{}, biasCoefficients{};
  Track<Real> biasGradient{};            // of all scores
  Flow<Real> scores{}, scoreGradient{};  // of all scores, unless they are the outputs
  std::vector<uint32_t> chosen, counts;  // as in ChosenRows
  std::vector<Real> targets;             // LayerMemory::chosenTargets
};

/// A last layer of many classes. It has `scores` scores w·x + b, from which it computes the outputs. Its weights have a
/// row for each score. In training on classes it chooses a few scores for each row, and only their weights have a
/// gradient; otherwise it computes all.
template <typename Real>
class ClassScores : public LayerWith<Real, ClassScoresMemory<Real>> {
 public:
  ClassScores(const Shape& inputs, size_t scores) : shape_(inputs), scores_(scores) {}

  std::vector<Tensor> tensors() const override {
    return {{"weight", {scores_, shape_.channels}, true}, {"bias", {scores_, 1}, false}};
  }
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override {
    return {{scores_, shape_.channels, true}, {scores_, 1, true}};
  }
  bool computesIn(Precision) const override { return true; }  // its own products are in full precision
  bool readsOnes() const override { return true; }            // for inputs in panels
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override {
    auto memory = std::make_unique<ClassScoresMemory<Real>>();
    allocateScores(room, *memory);
    return memory;
  }
  size_t mostTouched(size_t count) const override;
  void touch(const LayerMemory<Real>& memory, size_t count, size_t matrix, TouchedRows& touched) const override;
  void touchedGradient(const Pass<Real>& pass, const MatrixRows& touched, const Track<Real>& gradient) const override;
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;

 protected:
  using LayerWith<Real, ClassScoresMemory<Real>>::own;

  /// Whether the outputs are the scores themselves.
  virtual bool outputsScores() const = 0;
  /// How many scores each row chooses at most, and how many are chosen for all rows.
  virtual size_t chosenByRow() const = 0;
  virtual size_t chosenByAll() const { return 0; }

  void allocateScores(const Room<Real>& room, ClassScoresMemory<Real>& memory) const;

  /// A class that a target names. It was checked, but in shared memory it may have changed since.
  static size_t classOf(Real target, size_t classes) {
    return target >= 0 && target < static_cast<Real>(classes) ? static_cast<size_t>(target) : 0;
  }
  /// Copies this member's rows of the inputs.
  void keepInputs(const Pass<Real>& pass) const;
  /// Copies the deltas of what this member's rows have chosen, columns of the layer's delta.
  void keepCoefficients(const Pass<Real>& pass, size_t first, size_t columns) const;
  /// What this member's rows have chosen.
  ChosenRows<Real> chosenRows(const Pass<Real>& pass) const;
  /// All scores. A barrier must follow.
  void forwardAll(const Pass<Real>& pass, const Flow<Real>& scores) const;
  /// From the gradient with respect to all scores, after a barrier.
  void backwardAll(const Pass<Real>& pass, const Flow<const Real>& scoreGradient) const;
  /// The gradient with respect to scores: the layer's delta unless all scores are computed and kept.
  Flow<const Real> scoreGradientOf(const Pass<Real>& pass) const {
    return constant(outputsScores() ? pass.memory.delta : own(pass).scoreGradient);
  }
  Range rowsOfShare(const Pass<Real>& pass) const { return rowsOf(pass.share, shape_); }

  Shape shape_;  // of the inputs
  size_t scores_;

  Track<const Real> biases(const Pass<Real>& pass) const { return pass.parameters + scores_ * shape_.channels; }

 private:
  void chosenGradient(const Pass<Real>& pass, const MatrixRows& touched, const Track<Real>& gradient) const;
  Operand<Real> weights(const Pass<Real>& pass) const {
    return {scores_, shape_.channels, {pass.parameters, pass.table().panelWidth, shape_.channels}};
  }
};

}  // namespace glissade

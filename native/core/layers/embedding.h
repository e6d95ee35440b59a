#pragma once

#include "layers/initializer.h"
#include "layers/layer.h"

namespace glissade {

/// Categories as vectors: each column of inputs has its own table of shape [cardinality, dimensions], with a row for
/// each category. The outputs at a position are the rows of its categories, side by side. An example's inputs are the
/// categories of its first position, then of the next.
template <typename Real>
class Embedding : public Layer<Real> {
 public:
  Embedding(std::vector<uint32_t> cardinalities, std::vector<size_t> dimensions, size_t positions = 1);

  Shape outputs() const override { return {positions_, 1, offsets_.back()}; }
  std::vector<Tensor> tensors() const override;
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override;
  bool computesIn(Precision) const override { return true; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>&) const override {}
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;
  void touch(const LayerMemory<Real>& memory, size_t count, size_t matrix, TouchedRows& touched) const override;
  void touchedGradient(const Pass<Real>& pass, const MatrixRows& touched, const Track<Real>& gradient) const override;

 private:
  Range columnsOf(size_t table) const { return {offsets_[table], offsets_[table + 1]}; }

  std::vector<uint32_t> cardinalities_;
  std::vector<size_t> dimensions_;
  size_t positions_;
  std::vector<size_t> offsets_{0};  // table t gives outputs [offsets_[t], offsets_[t + 1])
};

}  // namespace glissade

#pragma once

#include "distributed/rank_exchange.h"
#include "layers/layer.h"
#include "layers/row_blocks.h"
#include "layers/rows.h"

namespace glissade {

struct BatchNormOptions {
  double epsilon, momentum;
  Activation activation;
};

/// What a batch norm keeps: numbers by channel, for each block of rows two sums by channel, and what ranks exchange.
template <typename Real>
struct BatchNormMemory : LayerMemory<Real> {
  Track<Real> mean{}, scale{}, variance{};
  Track<Real> gradient{}, gradientOfAll{};  // with respect to weights and biases; the sum of that over ranks
  Track<Real> blocks{};
  Buffer<std::byte> saved;  // the memory of these
  RankExchange exchange;    // empty unless ranks share minibatches
};

/// y = activation(x̂ ⊙ weight + bias) with x̂ = (x − mean)/√(variance + ε), by channel (Ioffe & Szegedy 2015,
/// arXiv:1502.03167). In training, mean and variance are those of the minibatch, over all positions; in evaluation,
/// they are moving averages over the minibatches of training. Where ranks share a minibatch, mean and variance are
/// those of a rank's part, or of the whole (RankPart::synchronizes); the moving averages are of the whole either way.
template <typename Real>
class BatchNorm : public LayerWith<Real, BatchNormMemory<Real>> {
 public:
  BatchNorm(const Shape& shape, const BatchNormOptions& options) : shape_(shape), options_(options), blocks_(shape) {}

  Shape outputs() const override { return shape_; }
  Activation activation() const override { return options_.activation; }
  std::vector<Tensor> tensors() const override;
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override { return {{2, shape_.channels}}; }
  bool computesIn(Precision) const override { return true; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;
  void reserveForRanks(size_t ranks, LayerMemory<Real>& memory) const override;
  void updateStatistics(LayerMemory<Real>& memory, const Batch& batch, Real* parameters) const override;

 private:
  using LayerWith<Real, BatchNormMemory<Real>>::own;

  NormalizationRows<Real> describe(const Pass<Real>& pass) const;
  template <typename Number>
  struct Moments;
  template <typename Number>
  Moments<Number> momentsOf(const Pass<Real>& pass, size_t channel) const;
  Moments<double> momentsOfRanks(const BatchNormMemory<Real>& memory, size_t channel) const;
  template <typename Number>
  void store(const Pass<Real>& pass, size_t channel, const Moments<Number>& moments) const;
  void findStatistics(const Pass<Real>& pass, const Range& channels) const;
  void sumOverRanks(const Pass<Real>& pass) const;
  template <typename Visit>
  void forEachBlock(const Pass<Real>& pass, Visit visit) const;

  Shape shape_;
  BatchNormOptions options_;
  RowBlocks blocks_;
};

}  // namespace glissade

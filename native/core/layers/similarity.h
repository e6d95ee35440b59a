#pragma once

#include "layers/layer.h"
#include "layers/rows.h"

namespace glissade {

/// What a cosine keeps: of each row the cosine, and the reciprocals of the norms of the two inputs.
template <typename Real>
struct SimilarityMemory : LayerMemory<Real> {
  Track<Real> cosine{}, scaleA{}, scaleB{};
  Buffer<std::byte> saved;  // the memory of these
};

/// y = activation(z), where z is the dot product or the cosine of two inputs' channels, at each position of each
/// example. ε = 1e-8 bounds the norms below a cosine, as in PyTorch's cosine_similarity: of a vector of zeros it is 0.
template <typename Real>
class Similarity : public LayerWith<Real, SimilarityMemory<Real>> {
 public:
  /// @throws Error ERR_SHAPE unless the shapes are two equal ones.
  Similarity(const std::vector<Shape>& shapes, Measure measure, Activation activation);

  Shape outputs() const override { return {shape_.height, shape_.width, 1}; }
  Activation activation() const override { return activation_; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  using LayerWith<Real, SimilarityMemory<Real>>::own;

  SimilarityRows<Real> describe(const Pass<Real>& pass) const;

  Shape shape_;  // of each input
  Measure measure_;
  Activation activation_;
};

}  // namespace glissade

#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "examples.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/dropout.h"
#include "layers/flatten.h"
#include "layers/join.h"
#include "layers/layer_norm.h"
#include "layers/pool.h"
#include "layers/softmax.h"
#include "training/steps/trainer.h"

namespace glissade {

/// Builds a network layer by layer. `add` returns the number of the new layer for layers that read it; 0 is the inputs.
template <typename Real>
class Architecture {
 public:
  explicit Architecture(const Shape& inputs) : inputs_(inputs) {}

  template <template <typename> typename Kind, typename... Options>
  size_t add(std::vector<size_t> from, const Options&... options) {
    nodes_.push_back(
        {"layers." + std::to_string(nodes_.size()), std::make_unique<Kind<Real>>(options...), std::move(from)});
    return nodes_.size();
  }
  Shape shape(size_t from) const { return from == 0 ? inputs_ : nodes_[from - 1].layer->outputs(); }
  std::shared_ptr<const Network<Real>> network() {
    return std::make_shared<const Network<Real>>(inputs_, std::move(nodes_));
  }

 private:
  Shape inputs_;
  std::vector<Node<Real>> nodes_;
};

inline const Shape kImage{5, 6, 2};

/// Every kind of layer, and skip connections, from images to four classes.
template <typename Real>
std::shared_ptr<const Network<Real>> everyLayer(Activation activation) {
  Architecture<Real> a(kImage);
  const Windows three = windowsOver(kImage, {{3, 3}, {1, 1}, {0, 0}, true});
  const size_t first = a.template add<Conv2d>({0}, kImage, three, Conv2dOptions{9, activation, true, {}});
  const size_t norm = a.template add<BatchNorm>({first}, a.shape(first), BatchNormOptions{1e-3, 0.1, activation});
  const size_t again =
      a.template add<Conv2d>({norm}, a.shape(norm), three, Conv2dOptions{9, Activation::identity, false, {}});
  const size_t sum =
      a.template add<Join>({again, first}, std::vector{a.shape(again), a.shape(first)}, Joining::sum, activation);
  const size_t pool =
      a.template add<Pool>({sum}, a.shape(sum), Pooling::max, windowsOver(kImage, {{3, 2}, {2, 2}, {1, 0}}));
  const size_t dropped = a.template add<Dropout>({pool}, a.shape(pool), 0.2);
  const size_t flat = a.template add<Flatten>({dropped}, a.shape(dropped));
  const size_t dense = a.template add<Dense>({flat}, a.shape(flat), DenseOptions{11, activation, false});
  const size_t means = a.template add<Pool>({pool}, a.shape(pool), Pooling::average,
                                            windowsOver(a.shape(pool), {{3, 3}, {3, 3}, {0, 0}}));
  const size_t both = a.template add<Join>({dense, means}, std::vector{a.shape(dense), a.shape(means)},
                                           Joining::concatenate, Activation::identity);
  const size_t rows = a.template add<LayerNorm>({both}, a.shape(both), 1e-3, activation);
  const size_t logits = a.template add<Dense>({rows}, a.shape(rows), DenseOptions{4});
  a.template add<Softmax>({logits}, a.shape(logits));
  return a.network();
}

inline Dataset images(size_t rows, uint64_t seed) { return classified(rows, kImage.size(), 4, seed); }

/// Tensors that decay are in group 0, others in group 1. Statistics are frozen.
template <typename Real>
std::vector<TensorTreatment> treatmentsFor(const Network<Real>& network) {
  std::vector<TensorTreatment> treatments;
  for (const NetworkTensor& tensor : network.tensors())
    treatments.push_back({tensor.decays ? size_t(0) : size_t(1), !tensor.trains});
  return treatments;
}

}  // namespace glissade

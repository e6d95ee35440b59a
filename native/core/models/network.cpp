#include "models/network.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "error.h"
#include "layers/dense.h"
#include "layers/member_mean.h"
#include "layers/softmax.h"
#include "layers/sparse_dense.h"

namespace glissade {
namespace {

/// About how many multiplications a layer takes forward, per example.
template <typename Real>
size_t workOf(const Layer<Real>& layer) {
  constexpr size_t kTouched = 32;  // rows of a sparse matrix, at a guess
  size_t parameters = 0;
  for (const ParameterMatrix& m : layer.matrices()) parameters += (m.isSparse ? kTouched : m.rows) * m.columns;
  return parameters == 0 ? layer.outputs().size() : parameters * layer.outputs().positions();
}

}  // namespace

template <typename Real>
Network<Real>::Network(std::vector<NetworkInput> inputs, std::vector<Node<Real>> nodes)
    : inputs_(std::move(inputs)), nodes_(std::move(nodes)), consumers_(nodes_.size()), leads_(nodes_.size()) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Layer<Real>& layer = *nodes_[i].layer;
    size_t offset = parameterCount_;
    offsets_.push_back(offset);
    shapes_.push_back(layer.outputs());
    for (const Tensor& p : layer.tensors()) {
      constexpr size_t kMost = SIZE_MAX / (sizeof(size_t) > 4 ? 65536 : 16) + 1;  // no machine has memory for more
      if (p.size() > kMost - parameterCount_) throw Error("ERR_OUT_OF_RANGE", "the network has too many parameters");
      tensors_.push_back(
          {nodes_[i].name + "." + p.name, p.shape, parameterCount_, p.size(), p.decays, p.trains, false, p.sides});
      parameterCount_ += p.size();
    }
    size_t index = 0;
    for (const auto& [rows, columns, isSparse] : layer.matrices()) {
      const auto isHere = [&](const NetworkTensor& tensor) { return tensor.offset == offset && tensor.size > 0; };
      const auto tensor = std::ranges::find_if(tensors_, isHere);
      if (isSparse) tensor->isSparse = true;
      matrices_.add({i, index++, offset, rows, columns, layer.gradientPositions(), isSparse,
                     static_cast<size_t>(tensor - tensors_.begin())});
      offset += rows * columns;
    }
    work_ += workOf(layer);
    leads_[i] = !layer.matrices().empty();
    for (const size_t from : nodes_[i].from) {
      if (from < inputs_.count()) continue;
      const size_t source = from - inputs_.count();
      ++consumers_[source];
      leads_[i] = leads_[i] || leads_[source];
    }
  }
}

template <typename Real>
size_t Network<Real>::widest() const {
  size_t widest = 1;
  for (const NetworkInput& input : inputs_.list())
    if (input.kind == InputBlock::Kind::dense) widest = std::max(widest, input.shape.size());
  for (const Shape& shape : shapes_) widest = std::max(widest, shape.size());
  return widest;
}

template <typename Real>
size_t Network<Real>::forwardRows() const {
  constexpr size_t kMost = 256, kLeast = 8, kNumbers = size_t{1} << 20;
  return std::clamp(kNumbers / widest() / ParameterMatrices::kPaired * ParameterMatrices::kPaired, kLeast, kMost);
}

template <typename Real>
size_t Network<Real>::depth(End end, Mode mode) const {
  size_t depth = nodes_.size();
  const auto endsWith = [&]<template <typename> typename Kind>() {
    return depth > 1 && dynamic_cast<const Kind<Real>*>(nodes_[depth - 1].layer.get());
  };
  if (end == End::logits && endsWith.template operator()<Softmax>()) --depth;
  if (mode == Mode::training && endsWith.template operator()<MemberMean>()) --depth;
  return depth;
}

template <typename Real>
void Network<Real>::checkPrecision(Precision precision) const {
  for (const Node<Real>& node : nodes_)
    if (!node.layer->computesIn(precision))
      throw Error("ERR_INVALID_ARGUMENT",
                  node.name + " can't compute in bfloat16, which is for networks of type float32");
}

template <typename Real>
void Network<Real>::initialize(uint64_t seed, Real* parameters) const {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Random random(seed, Draw::weights, i);
    nodes_[i].layer->initialize(random, parameters + offsets_[i]);
  }
}

template <typename Real>
bool Network<Real>::isLinear() const {
  const Layer<Real>* const layer = nodes_.front().layer.get();
  return nodes_.size() == 1 && inputs_.count() == 1 && positions() == 1 &&
         layer->activation() == Activation::identity &&
         (dynamic_cast<const Dense<Real>*>(layer) || dynamic_cast<const SparseDense<Real>*>(layer));
}

template <typename Real>
bool Network<Real>::boundsGradient() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Node<Real>& node) { return node.layer->boundsGradient(); });
}

template class Network<float>;
template class Network<double>;

}  // namespace glissade

#include "layers/similarity.h"

#include <utility>

#include "error.h"
#include "kernels/layer_kernels.h"

namespace glissade {

template <typename Real>
Similarity<Real>::Similarity(const std::vector<Shape>& shapes, Measure measure, Activation activation)
    : shape_(shapes.front()), measure_(measure), activation_(activation) {
  const std::string name = measure == Measure::dot ? "a dot product" : "a cosine";
  if (shapes.size() != 2)
    throw Error("ERR_SHAPE", name + " takes two inputs, but there are " + std::to_string(shapes.size()));
  if (shapes[1] != shape_)
    throw Error("ERR_SHAPE", name + " takes two inputs of the same shape, but they are " + shape_.text() + " and " +
                                 shapes[1].text());
}

template <typename Real>
std::unique_ptr<LayerMemory<Real>> Similarity<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<SimilarityMemory<Real>>();
  if (measure_ != Measure::cosine) return memory;
  memory->saved = laidOut([&](Arena& arena) {
    for (Track<Real>* const byRow : {&memory->cosine, &memory->scaleA, &memory->scaleB})
      *byRow = arena.takeTrack<Real>(checkedProduct(room.rows, shape_.positions()), room.tangents);
  });
  return memory;
}

template <typename Real>
SimilarityRows<Real> Similarity<Real>::describe(const Pass<Real>& pass) const {
  constexpr double kEpsilon = 1e-8;
  SimilarityMemory<Real>& memory = own(pass);
  const Range range = rowsOf(pass.share, shape_);
  SimilarityRows<Real> rows{};
  rows.measure = measure_;
  rows.epsilon = static_cast<Real>(kEpsilon);
  rows.a = memory.inputs[0];
  rows.b = memory.inputs[1];
  rows.cosine = memory.cosine;
  rows.scaleA = memory.scaleA;
  rows.scaleB = memory.scaleB;
  rows.columns = shape_.channels;
  rows.begin = range.begin;
  rows.end = range.end;
  return rows;
}

template <typename Real>
void Similarity<Real>::forward(const Pass<Real>& pass) const {
  SimilarityRows<Real> rows = describe(pass);
  rows.output = pass.output;
  pass.layerKernels().similarity(rows);
  activate(pass, activation_, 1, {rows.begin, rows.end});
}

template <typename Real>
void Similarity<Real>::backward(const Pass<Real>& pass) const {
  SimilarityRows<Real> rows = describe(pass);
  rows.delta = constant(pass.memory.delta);
  for (const InputGradient<Real>& inputGradient : pass.memory.inputGradients) {
    if (inputGradient.isWanted) {
      rows.gradient = inputGradient.delta;
      pass.layerKernels().similarityBackward(rows);
      finish(pass, inputGradient, shape_.channels, {rows.begin, rows.end});
    }
    std::swap(rows.a, rows.b);
    std::swap(rows.scaleA, rows.scaleB);
  }
}

template class Similarity<float>;
template class Similarity<double>;

}  // namespace glissade

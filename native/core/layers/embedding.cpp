#include "layers/embedding.h"

#include <cmath>
#include <utility>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"
#include "layers/touched_gradient.h"

namespace glissade {

template <typename Real>
Embedding<Real>::Embedding(std::vector<uint32_t> cardinalities, std::vector<size_t> dimensions, size_t positions)
    : cardinalities_(std::move(cardinalities)), dimensions_(std::move(dimensions)), positions_(positions) {
  for (const size_t numbers : dimensions_) offsets_.push_back(offsets_.back() + numbers);
}

template <typename Real>
std::vector<Tensor> Embedding<Real>::tensors() const {
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < dimensions_.size(); ++i)
    tensors.push_back(
        {"tables." + std::to_string(i), {cardinalities_[i], dimensions_[i]}, true, true, Sides::outputsLast});
  return tensors;
}

template <typename Real>
std::vector<ParameterMatrix> Embedding<Real>::matrices() const {
  std::vector<ParameterMatrix> matrices;
  for (size_t i = 0; i < dimensions_.size(); ++i) matrices.push_back({cardinalities_[i], dimensions_[i], true});
  return matrices;
}

/// Normal, with variance 1/dimensions: vectors have a length of about 1.
template <typename Real>
void Embedding<Real>::initialize(Random& random, Real* parameters) const {
  for (size_t i = 0; i < dimensions_.size(); ++i) {
    const double deviation = 1 / std::sqrt(static_cast<double>(dimensions_[i]));
    for (size_t k = 0; k < cardinalities_[i] * dimensions_[i]; ++k)
      *parameters++ = static_cast<Real>(deviation * random.normal());
  }
}

template <typename Real>
void Embedding<Real>::forward(const Pass<Real>& pass) const {
  const size_t width = pass.table().panelWidth, tables = dimensions_.size();
  const Range share = rowsOf(pass.share, outputs());
  Track<const Real> table = pass.parameters;
  for (size_t t = 0; t < tables; ++t) {
    const Flow<const Real> rows{table, width, dimensions_[t]};
    linearly(rows, pass.output, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      for (size_t i = share.begin; i < share.end; ++i) {
        // A row stride of 0 makes the category's row the row i that is copied.
        const size_t code = pass.memory.codes[i * tables + t];
        const Panels<const Real> row{from.data + code * from.rowStride, from.panelStride, 0};
        pass.layerKernels().copyColumns({row, 0, to, offsets_[t], dimensions_[t], i, i + 1});
      }
    });
    table = table + cardinalities_[t] * dimensions_[t];
  }
}

template <typename Real>
void Embedding<Real>::touch(const LayerMemory<Real>& memory, size_t count, size_t matrix, TouchedRows& touched) const {
  touched.clear(cardinalities_[matrix]);
  for (size_t i = 0; i < count * positions_; ++i)
    touched.add(memory.codes[i * dimensions_.size() + matrix], {static_cast<uint32_t>(i), 1});
  touched.finish();
}

template <typename Real>
void Embedding<Real>::touchedGradient(const Pass<Real>& pass, const MatrixRows& touched,
                                      const Track<Real>& gradient) const {
  gradientOfTouched(pass, pass.memory.matrices[touched.matrix].touched, touched.rows, columnsOf(touched.matrix),
                    gradient);
}

template <typename Real>
void Embedding<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                        const Track<Real>& gradient) const {
  gradientOfRows(pass, pass.memory.matrices[block.matrix].touched, block.rows, columnsOf(block.matrix), gradient);
}

template class Embedding<float>;
template class Embedding<double>;

}  // namespace glissade

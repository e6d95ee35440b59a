#include "layers/sparse_dense.h"

#include <algorithm>
#include <type_traits>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"
#include "layers/touched_gradient.h"

namespace glissade {

template <typename Real>
std::vector<ParameterMatrix> SparseDense<Real>::matrices() const {
  std::vector<ParameterMatrix> matrices{{inputs_, options_.outputs, true}};
  if (options_.bias) matrices.push_back({1, options_.outputs});
  return matrices;
}

template <typename Real>
void SparseDense<Real>::initialize(Random& random, Real* parameters) const {
  initializeDense(inputs_, options_, random, parameters);
}

template <typename Real>
void SparseDense<Real>::forward(const Pass<Real>& pass) const {
  const SparseInput& input = *pass.memory.sparse;
  SparseRows<Real> rows{};
  rows.offsets = input.table->offsets.get();
  rows.indices = input.table->indices.get();
  rows.values = input.table->values.get();
  rows.rests = input.table->rests.get();
  rows.rows = input.rows;
  rows.weight = pass.parameters;
  if (options_.bias) rows.bias = pass.parameters + inputs_ * options_.outputs;
  rows.output = pass.output;
  rows.columns = options_.outputs;
  rows.begin = pass.share.begin;
  rows.end = pass.share.end;
  pass.layerKernels().sparseProduct(rows);
  activate(pass, options_.activation, options_.outputs, pass.share);
}

template <typename Real>
void SparseDense<Real>::touch(const LayerMemory<Real>& memory, size_t count, size_t, TouchedRows& touched) const {
  touched.clear(inputs_);
  forEachEntry(*memory.sparse->table, memory.sparse->rows, count,
               [&](size_t example, uint32_t column, float value, float rest) {
                 touched.add(column, {static_cast<uint32_t>(example), value});
                 if (std::is_same_v<Real, double> && rest != 0)
                   touched.add(column, {static_cast<uint32_t>(example), rest});
               });
  touched.finish();
}

template <typename Real>
void SparseDense<Real>::touchedGradient(const Pass<Real>& pass, const MatrixRows& touched,
                                        const Track<Real>& gradient) const {
  gradientOfTouched(pass, pass.memory.matrices[0].touched, touched.rows, {0, options_.outputs}, gradient);
}

template <typename Real>
void SparseDense<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                          const Track<Real>& gradient) const {
  const size_t columns = options_.outputs;
  if (block.matrix == 0)
    return gradientOfRows(pass, pass.memory.matrices[0].touched, block.rows, {0, columns}, gradient);
  sumColumns(pass, constant(pass.memory.delta), pass.count, columns, gradient);
}

template class SparseDense<float>;
template class SparseDense<double>;

}  // namespace glissade

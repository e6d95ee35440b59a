#include "optimizers/muon.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "optimizers/transform.h"

namespace glissade {
namespace {

constexpr double kLeastNorm = 1e-7;
// Coefficients of ax + bx³ + cx⁵. In few iterations it takes singular values in (0, 1] to near 1 (Jordan et al. 2024).
constexpr double kA = 3.4445, kB = -4.775, kC = 2.0315;

double stepSize(MuonSize size, const Matrices& shape) {
  const auto rows = static_cast<double>(shape.rows), columns = static_cast<double>(shape.columns);
  switch (size) {
    case MuonSize::outputsInRows: return std::sqrt(std::max(1.0, rows / columns));
    case MuonSize::outputsInColumns: return std::sqrt(std::max(1.0, columns / rows));
    case MuonSize::matchingAdamW: return 0.2 * std::sqrt(std::max(rows, columns));
  }
  __builtin_unreachable();
}

}  // namespace

template <typename Real>
void Orthogonalization<Real>::reserve(const Matrices& shape) {
  const size_t least = std::min(shape.rows, shape.columns);
  const auto grow = [](Buffer<Real>& buffer, size_t size) {
    if (buffer.size() < size) buffer = Buffer<Real>(size);
  };
  const size_t most = std::max(shape.rows, shape.columns);
  for (Buffer<Real>* const buffer : {&x_, &next_}) grow(*buffer, panelSize(least, most));
  for (Buffer<Real>* const buffer : {&gram_, &polynomial_}) grow(*buffer, panelSize(least, least));
  rowSquares_.resize(std::max(rowSquares_.size(), shape.rows));
}

template <typename Real>
void Orthogonalization<Real>::apply(const Kernels& kernels, const Member& member, const void* scalars,
                                    const Matrices& shape, Real* direction) {
  typename Muon<Real>::Scalars s;
  std::memcpy(&s, scalars, sizeof s);
  if (shape.size() == 0) return;
  const auto size = static_cast<Real>(stepSize(s.size, shape));
  for (size_t i = 0; i < shape.count; ++i)
    orthogonalize(kernels, member, s.newtonSchulzSteps, shape, size, direction + i * shape.size());
}

/// m ← size · the orthogonal matrix nearest to m, approximately.
template <typename Real>
void Orthogonalization<Real>::orthogonalize(const Kernels& kernels, const Member& member, int steps,
                                            const Matrices& shape, Real size, Real* m) {
  const KernelsOf<Real>& table = kernels.of<Real>();
  const Range rows = member.share(shape.rows);
  for (size_t i = rows.begin; i < rows.end; ++i) rowSquares_[i] = table.squares(m + i * shape.columns, shape.columns);
  member.barrier();
  double squares = 0;
  for (size_t i = 0; i < shape.rows; ++i) squares += rowSquares_[i];
  const Real scale = static_cast<Real>(1 / std::max(std::sqrt(squares), kLeastNorm));

  // X is m or mᵀ, with no more rows than columns, so that XXᵀ is the smaller of XXᵀ and XᵀX.
  const bool isTall = shape.rows > shape.columns;
  const size_t r = std::min(shape.rows, shape.columns), c = std::max(shape.rows, shape.columns);
  if (member.isFirst()) {
    current_ = x_.data();
    following_ = next_.data();
  }
  member.barrier();
  const auto place = [&](size_t i, size_t j) -> Real& {
    const size_t row = isTall ? j : i, column = isTall ? i : j, width = table.panelWidth;
    return current_[(column / width * r + row) * width + column % width];
  };
  for (size_t i = rows.begin; i < rows.end; ++i)
    for (size_t j = 0; j < shape.columns; ++j) place(i, j) = scale * m[i * shape.columns + j];
  member.barrier();
  for (int step = 0; step < steps; ++step) iterate(kernels, member, r, c);
  for (size_t i = rows.begin; i < rows.end; ++i)
    for (size_t j = 0; j < shape.columns; ++j) m[i * shape.columns + j] = size * place(i, j);
  member.barrier();
}

/// X ← aX + (bXXᵀ + c(XXᵀ)²)X
template <typename Real>
void Orthogonalization<Real>::iterate(const Kernels& kernels, const Member& member, size_t r, size_t c) {
  const KernelsOf<Real>& table = kernels.of<Real>();
  const auto multiplied = [&](const Real* a, const Real* b, bool bIsTransposed, size_t depth, size_t columns,
                              Real* to) {
    const auto panels = [&]<typename T>(T* data) { return Panels<T>{data, r * table.panelWidth, table.panelWidth}; };
    Product<Real> product{};
    product.columns = columns;
    product.depth = depth;
    product.a = panels(a);
    product.b = panels(b);
    product.bIsTransposed = bIsTransposed;
    product.c = panels(to);
    multiply(product, kernels, member, r);
    member.barrier();
  };
  const auto blended = [&](Real weight, Real rest, const Real* values, Real* average, size_t columns) {
    const Range share = member.share(ceilingOf(columns, table.panelWidth) * table.panelWidth * r, 16);
    table.blend(weight, rest, values + share.begin, average + share.begin, share.end - share.begin);
    member.barrier();
  };
  multiplied(current_, current_, true, c, r, gram_.data());
  multiplied(gram_.data(), gram_.data(), false, r, r, polynomial_.data());
  blended(static_cast<Real>(kB), static_cast<Real>(kC), gram_.data(), polynomial_.data(), r);
  multiplied(polynomial_.data(), current_, false, r, c, following_);
  blended(static_cast<Real>(kA), 1, current_, following_, c);
  if (member.isFirst()) std::swap(current_, following_);
  member.barrier();
}

template class Orthogonalization<float>;
template class Orthogonalization<double>;

}  // namespace glissade

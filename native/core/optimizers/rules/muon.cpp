#include "optimizers/rules/muon.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
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
  const auto grow = []<typename Element>(Buffer<Element>& buffer, size_t size) {
    if (buffer.size() < size) buffer = Buffer<Element>(size);
  };
  const size_t most = std::max(shape.rows, shape.columns);
  for (Buffer<Real>* const buffer : {&x_, &next_}) grow(*buffer, panelSize(least, most));
  for (Buffer<Real>* const buffer : {&gram_, &polynomial_}) grow(*buffer, panelSize(least, least));
  if constexpr (std::is_same_v<Real, float>) {  // takes memory once it is written to
    grow(xColumns_, panelSize(least, pairDepth(most)));
    grow(squareColumns_, panelSize(least, pairDepth(least)));
    grow(xRows_, panelSize(pairDepth(least), most));
  }
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
    orthogonalize(kernels, member, s.newtonSchulzSteps, s.isRounded, shape, size, direction + i * shape.size());
}

/// m ← size · the orthogonal matrix nearest to m, approximately.
template <typename Real>
void Orthogonalization<Real>::orthogonalize(const Kernels& kernels, const Member& member, int steps, bool isRounded,
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
  for (int step = 0; step < steps; ++step) {
    if constexpr (std::is_same_v<Real, float>) {
      if (isRounded) {
        iterate<Pair>(kernels, member, r, c);
        continue;
      }
    }
    iterate<Real>(kernels, member, r, c);
  }
  for (size_t i = rows.begin; i < rows.end; ++i)
    for (size_t j = 0; j < shape.columns; ++j) m[i * shape.columns + j] = size * place(i, j);
  member.barrier();
}

/// The r × columns matrix `values`, in panels, as the first factor of a product or the transpose of the second: itself,
/// or rounded to pairs of adjacent columns, with zeros after them.
template <typename Real>
template <typename Element>
const Element* Orthogonalization<Real>::factor(const Kernels& kernels, const Member& member, const Real* values,
                                               size_t r, size_t columns, Buffer<Pair>& pairs) {
  if constexpr (std::is_same_v<Element, Real>) {
    return values;
  } else {
    const size_t width = kernels.of<Real>().panelWidth;
    const Range rows = member.share(r);
    const Panels<Pair> to{pairs.data(), r * width, width};
    kernels.bfloat16.pairColumns({values, r * width, width}, columns, rows.begin, rows.end, to);
    for (size_t i = rows.begin; i < rows.end; ++i)
      for (size_t k = ceilingOf(columns, 2); k < pairDepth(columns); ++k)
        pairs[(k / width * r + i) * width + k % width] = Pair{};
    return pairs.data();
  }
}

/// The same as the second factor: itself, or rounded to pairs of adjacent rows, with zeros below them.
template <typename Real>
template <typename Element>
const Element* Orthogonalization<Real>::secondFactor(const Kernels& kernels, const Member& member, const Real* values,
                                                     size_t r, size_t columns) {
  if constexpr (std::is_same_v<Element, Real>) {
    return values;
  } else {
    const size_t width = kernels.of<Real>().panelWidth, depth = ceilingOf(r, 2);
    const size_t padded = pairDepth(r);
    const Range rows = member.share(depth);
    const Panels<Pair> to{xRows_.data(), padded * width, width};
    kernels.bfloat16.pairRows({values, r * width, width}, r, columns, rows.begin, rows.end, to);
    const Range panels = member.share(ceilingOf(columns, width));
    for (size_t panel = panels.begin; panel < panels.end; ++panel)
      std::fill(&xRows_[(panel * padded + depth) * width], &xRows_[0] + (panel + 1) * padded * width, Pair{});
    return xRows_.data();
  }
}

/// X ← aX + (bXXᵀ + c(XXᵀ)²)X
template <typename Real>
template <typename Element>
void Orthogonalization<Real>::iterate(const Kernels& kernels, const Member& member, size_t r, size_t c) {
  const KernelsOf<Real>& table = kernels.of<Real>();
  constexpr bool kInPairs = !std::is_same_v<Element, Real>;
  const size_t width = table.panelWidth;
  const auto productOf = [&](const Element* a, const Element* b, size_t rowsOfB, size_t depth, size_t columns,
                             Real* to) {
    Product<Real, Element> product{};
    product.columns = columns;
    product.depth = kInPairs ? ceilingOf(depth, 2) : depth;
    product.a = {a, r * width, width};
    product.b = {b, rowsOfB * width, width};
    product.c = {to, r * width, width};
    return product;
  };
  // A·Aᵀ is its own transpose, to the bit: members compute panels down to the diagonal, and mirror them.
  const auto multipliedByTranspose = [&](const Element* a, size_t depth, Real* to) {
    Product<Real, Element> product = productOf(a, a, r, depth, r, to);
    product.bIsTransposed = true;
    const size_t panels = ceilingOf(r, width);
    for (size_t panel = member.index(); panel < panels; panel += member.count())
      multiplierOf<Real, Element>(kernels)(product, {0, std::min(r, (panel + 1) * width), panel, panel + 1});
    member.barrier();
    for (size_t right = member.index(); right < panels; right += member.count())
      for (size_t left = 0; left < right; ++left)
        for (size_t row = right * width; row < std::min(r, (right + 1) * width); ++row)
          for (size_t column = 0; column < width; ++column)
            to[(left * r + row) * width + column] = to[(right * r + left * width + column) * width + row % width];
    member.barrier();
  };
  const auto blended = [&](Real weight, Real rest, const Real* values, Real* average, size_t columns) {
    const Range share = member.share(ceilingOf(columns, width) * width * r, 16);
    table.blend(weight, rest, values + share.begin, average + share.begin, share.end - share.begin);
    member.barrier();
  };
  const auto whole = [&](auto* values) {
    if constexpr (kInPairs) member.barrier();
    return values;
  };
  const Element* const x = factor<Element>(kernels, member, current_, r, c, xColumns_);
  const Element* const second = whole(secondFactor<Element>(kernels, member, current_, r, c));
  multipliedByTranspose(x, c, gram_.data());
  const Element* const gram = whole(factor<Element>(kernels, member, gram_.data(), r, r, squareColumns_));
  multipliedByTranspose(gram, r, polynomial_.data());
  blended(static_cast<Real>(kB), static_cast<Real>(kC), gram_.data(), polynomial_.data(), r);
  const Element* const polynomial = whole(factor<Element>(kernels, member, polynomial_.data(), r, r, squareColumns_));
  multiply(productOf(polynomial, second, kInPairs ? pairDepth(r) : r, r, c, following_), kernels, member, r);
  member.barrier();
  blended(static_cast<Real>(kA), 1, current_, following_, c);
  if (member.isFirst()) std::swap(current_, following_);
  member.barrier();
}

template class Orthogonalization<float>;
template class Orthogonalization<double>;

}  // namespace glissade

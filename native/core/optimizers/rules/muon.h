#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "arch/real.h"
#include "optimizers/matrix_step.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

/// The factor of an orthogonal step: √(outputs/inputs), but at least 1; or one that makes it as large as AdamW's step.
enum class MuonSize { outputsInRows, outputsInColumns, matchingAdamW };

/// Muon (Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982, section 2): momentum whose matrix is made orthogonal.
/// `g` of `update` is that matrix.
template <typename Real>
struct Muon : UpdateRule {
  static constexpr const char* kName = "muon";
  static constexpr Traits kTraits{.replacement = Replacement::matrix};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, momentum, nesterov, newtonSchulzSteps, weightDecay, precision);
  };
  static constexpr State kStates[] = {{"b", Moment::signedMoment}};
  struct Scalars {
    Real learningRate, keep, momentum, rest;
    bool nesterov;
    MuonSize size;
    int newtonSchulzSteps;
    Precision precision;  // of factors in products
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) {
    return {Real(h.learningRate),
            Real(1 - h.learningRate * h.weightDecay),
            Real(h.momentum),
            Real(1 - h.momentum),
            h.nesterov != 0,
            MuonSize::outputsInRows,
            static_cast<int>(h.newtonSchulzSteps),
            h.precision != 0 ? Precision::bfloat16 : Precision::full};
  }

  static Real direction(const Scalars& s, Real g, Real, Real& b) {
    b = s.momentum * b + s.rest * g;
    return s.nesterov ? s.momentum * b + s.rest * g : b;
  }

  /// X is the matrix or its transpose, with no more rows than columns, so that XXᵀ is the smaller of XXᵀ and XᵀX.
  struct Workspace {
    Matrix<Real> x, next, gram, polynomial;
    double* rowSquares;

    explicit Workspace(WorkspaceMemory<Real>& memory) : rowSquares(memory.arena.template take<double>(memory.rows)) {
      const size_t r = std::min(memory.rows, memory.columns), c = std::max(memory.rows, memory.columns);
      x = memory.matrix(r, c), next = memory.matrix(r, c);
      gram = memory.matrix(r, r), polynomial = memory.matrix(r, r);
      if (sizeof(Real) != sizeof(float)) return;
      x.rounded = next.rounded = {memory.arena, memory.panelWidth, r, c, Pairing::both};
      gram.rounded = polynomial.rounded = {memory.arena, memory.panelWidth, r, r, Pairing::columns};
    }
  };

  /// Replaces the direction by the orthogonal matrix nearest to it, approximately, times the factor of the step.
  /// Newton–Schulz iterations X ← aX + (bXXᵀ + c(XXᵀ)²)X take singular values in (0, 1] to near 1; these coefficients
  /// do so in few iterations.
  static void after(const Scalars& s, MatrixStep<Real>& m) {
    constexpr double kLeastNorm = 1e-7;
    constexpr Real kA = Real(3.4445), kB = Real(-4.775), kC = Real(2.0315);
    const TeamAlgebra<Real> algebra = m.algebra(s.precision);
    auto [x, next, gram, polynomial, rowSquares] = Workspace(m.memory);
    const double norm = root(algebra.squares(m.direction, m.rows, m.columns, rowSquares));
    const auto inShape = [&](const Matrix<Real>& matrix) { return m.rows > m.columns ? transposed(matrix) : matrix; };
    algebra.pack(Real(1 / std::max(norm, kLeastNorm)), m.direction, inShape(x));
    for (int i = 0; i < s.newtonSchulzSteps; ++i) {
      algebra.gram(x, gram);
      algebra.gram(gram, polynomial);
      algebra.blend(kB, gram, kC, polynomial);
      algebra.multiply(polynomial, x, next);
      algebra.blend(kA, x, 1, next);
      std::swap(x, next);
    }
    algebra.unpack(Real(stepSize(s.size, double(m.rows), double(m.columns))), inShape(x), 0, m.direction);
  }

  static double stepSize(MuonSize size, double rows, double columns) {
    switch (size) {
      case MuonSize::outputsInRows: return root(std::max(1.0, rows / columns));
      case MuonSize::outputsInColumns: return root(std::max(1.0, columns / rows));
      case MuonSize::matchingAdamW: return 0.2 * root(std::max(rows, columns));
    }
    __builtin_unreachable();
  }

  static void update(const Scalars& s, Real g, Real& theta, Real) { theta = s.keep * theta - s.learningRate * g; }
};

template <typename Real, MuonSize kSize>
struct MuonOfSize : Muon<Real> {
  static typename Muon<Real>::Scalars prepare(const typename Muon<Real>::Hyperparameters& h, int64_t t) {
    typename Muon<Real>::Scalars s = Muon<Real>::prepare(h, t);
    s.size = kSize;
    return s;
  }
};

/// Muon for matrices whose columns stand for outputs and rows for inputs.
template <typename Real>
struct MuonByColumns : MuonOfSize<Real, MuonSize::outputsInColumns> {
  static constexpr const char* kName = "muon.byColumns";
};

/// Muon with steps as large as AdamW's (Liu et al. 2025, equation 4).
template <typename Real>
struct MuonMatchingAdamW : MuonOfSize<Real, MuonSize::matchingAdamW> {
  static constexpr const char* kName = "muon.matchingAdamW";
};

}  // namespace
}  // namespace glissade

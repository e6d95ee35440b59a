#include "layers/initializer.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace glissade {
namespace {

double varianceOf(Initializer initializer, const Fan& fan) {
  const auto in = static_cast<double>(fan.in), out = static_cast<double>(fan.out);
  switch (initializer) {
    case Initializer::heUniform:
    case Initializer::heNormal: return 2 / in;
    case Initializer::lecunUniform:
    case Initializer::lecunNormal: return 1 / in;
    default: return 2 / (in + out);
  }
}

bool isUniform(Initializer initializer) {
  return initializer == Initializer::heUniform || initializer == Initializer::glorotUniform ||
         initializer == Initializer::lecunUniform;
}

/// Makes the vectors orthonormal by Gram–Schmidt, applied twice to each vector to remove rounding errors.
void orthonormalize(std::vector<std::vector<double>>& vectors) {
  const auto dot = [](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  for (size_t k = 0; k < vectors.size(); ++k) {
    for (int time = 0; time < 2; ++time)
      for (size_t before = 0; before < k; ++before) {
        const double share = dot(vectors[k], vectors[before]);
        for (size_t i = 0; i < vectors[k].size(); ++i) vectors[k][i] -= share * vectors[before][i];
      }
    const double length = std::sqrt(dot(vectors[k], vectors[k]));
    for (double& x : vectors[k]) x /= length;
  }
}

template <typename Real>
void makeOrthogonal(size_t rows, size_t columns, Random& random, Real* weights) {
  const size_t count = std::min(rows, columns), length = std::max(rows, columns);
  std::vector<std::vector<double>> vectors(count, std::vector<double>(length));
  for (auto& vector : vectors)
    for (double& x : vector) x = random.normal();
  orthonormalize(vectors);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j)
      weights[i * columns + j] = static_cast<Real>(rows >= columns ? vectors[j][i] : vectors[i][j]);
}

}  // namespace

Initializer chosen(Initializer given, Activation activation) {
  if (given != Initializer::automatic) return given;
  switch (activation) {
    case Activation::relu:
    case Activation::leakyRelu:
    case Activation::elu:
    case Activation::gelu:
    case Activation::silu: return Initializer::heUniform;
    default: return Initializer::glorotUniform;
  }
}

template <typename Real>
void initialize(Initializer initializer, const Fan& fan, size_t columns, Random& random, Real* weights) {
  const size_t count = fan.in * columns;
  if (initializer == Initializer::zeros) {
    // Zeros are not written again, because pages that are never written take no physical memory.
    for (size_t i = 0; i < count; ++i)
      if (weights[i] != 0) weights[i] = 0;
    return;
  }
  if (initializer == Initializer::orthogonal) return makeOrthogonal(fan.in, columns, random, weights);
  const double deviation = std::sqrt(varianceOf(initializer, fan)), limit = std::sqrt(3 * varianceOf(initializer, fan));
  for (size_t i = 0; i < count; ++i)
    weights[i] =
        static_cast<Real>(isUniform(initializer) ? limit * (2 * random.uniform() - 1) : deviation * random.normal());
}

template void initialize(Initializer, const Fan&, size_t, Random&, float*);
template void initialize(Initializer, const Fan&, size_t, Random&, double*);

}  // namespace glissade

#include "regression/solution.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "kernels/regression_kernels.h"
#include "matrix/buffer.h"
#include "regression/blocks.h"

namespace glissade {
namespace {

/// An upper triangular matrix, a part of one whose rows have `stride` numbers.
struct Triangle {
  const double* numbers;
  size_t columns, stride;

  double at(size_t i, size_t j) const { return numbers[i * stride + j]; }
};

/// R·x = b, in place.
void solveUpper(const Triangle& r, double* x) {
  for (size_t i = r.columns; i-- > 0;) {
    double sum = x[i];
    for (size_t j = i + 1; j < r.columns; ++j) sum -= r.at(i, j) * x[j];
    x[i] = sum / r.at(i, i);
  }
}

/// Rᵀ·x = b, in place.
void solveLower(const Triangle& r, double* x) {
  for (size_t i = 0; i < r.columns; ++i) {
    x[i] /= r.at(i, i);
    for (size_t j = i + 1; j < r.columns; ++j) x[j] -= r.at(i, j) * x[i];
  }
}

double lengthOf(const std::vector<double>& x) {
  double most = 0, sum = 0;
  for (const double each : x) most = std::max(most, std::abs(each));
  if (most == 0 || !std::isfinite(most)) return most;
  for (const double each : x) sum += each / most * (each / most);
  return most * std::sqrt(sum);
}

/// The square root of the growth of a vector under repeated steps: power iterations.
template <typename Step>
double growthOf(size_t size, Step step) {
  constexpr int kMost = 50;
  std::vector<double> x(size);
  uint32_t state = 1;
  for (double& each : x) each = 0.5 + static_cast<double>((state = state * 1664525u + 1013904223u) >> 8) / (1 << 24);
  double growth = 0;
  for (int i = 0; i < kMost; ++i) {
    const double length = lengthOf(x);
    if (!(length > 0) || !std::isfinite(length)) return growth > 0 ? length : 0;
    for (double& each : x) each /= length;
    step(x);
    const double now = lengthOf(x);
    if (std::abs(now - growth) <= 1e-3 * now) return std::sqrt(now);
    growth = now;
  }
  return std::sqrt(growth);
}

/// The condition number, estimated from below by iterations with R and its inverse. Infinite if R is singular.
double conditionOf(const Triangle& r) {
  for (size_t i = 0; i < r.columns; ++i)
    if (r.at(i, i) == 0) return std::numeric_limits<double>::infinity();
  const double largest = growthOf(r.columns, [&](std::vector<double>& x) {
    std::vector<double> y(r.columns);
    for (size_t i = 0; i < r.columns; ++i)
      for (size_t j = i; j < r.columns; ++j) y[i] += r.at(i, j) * x[j];
    std::fill(x.begin(), x.end(), 0.0);
    for (size_t i = 0; i < r.columns; ++i)
      for (size_t j = i; j < r.columns; ++j) x[j] += r.at(i, j) * y[i];
  });
  const double inverse = growthOf(r.columns, [&](std::vector<double>& x) {
    solveLower(r, x.data());
    solveUpper(r, x.data());
  });
  return std::max(1.0, largest * inverse);
}

/// The solution by the singular values σ of R, with σ/(σ² + penalty) for 1/σ: without a penalty, that of minimum norm.
void solveByValues(const RegressionKernels& kernels, const Triangle& r, const double* right, double penalty,
                   Solution& solution) {
  constexpr int kMostSweeps = 60;
  const size_t size = r.columns, stride = strideFor(size);
  Buffer<double> numbers(checkedProduct(size, stride)), vectors(numbers.size());
  for (size_t i = 0; i < size; ++i) {
    for (size_t j = i; j < size; ++j) numbers[j * stride + i] = r.at(i, j);
    vectors[i * stride + i] = 1;
  }
  const DesignBlock matrix{numbers.data(), size, size, stride}, rotated{vectors.data(), size, size, stride};
  const double epsilon = std::numeric_limits<double>::epsilon();
  const double tolerance = epsilon * std::sqrt(static_cast<double>(size)) * 4;
  for (int sweep = 0; sweep < kMostSweeps; ++sweep)
    if (kernels.rotate(matrix, rotated, tolerance) == 0) break;
  std::vector<double> values(size);
  for (size_t j = 0; j < size; ++j) values[j] = lengthOf({&numbers[j * stride], &numbers[j * stride] + size});
  const double largest = size > 0 ? *std::max_element(values.begin(), values.end()) : 0;
  const double cutoff = 8 * epsilon * static_cast<double>(size) * largest;
  double smallest = largest;
  solution.rank = 0;
  std::fill(solution.coefficients.begin(), solution.coefficients.end(), 0.0);
  for (size_t j = 0; j < size; ++j) {
    if (!(values[j] > cutoff)) continue;
    ++solution.rank;
    smallest = std::min(smallest, values[j]);
    double along = 0;
    const double factor = 1 / (values[j] + penalty / values[j]);
    for (size_t i = 0; i < size; ++i) along += numbers[j * stride + i] / values[j] * right[i];
    for (size_t i = 0; i < size; ++i) solution.coefficients[i] += vectors[j * stride + i] * (along * factor);
  }
  solution.condition = smallest > 0 ? largest / smallest : 1;
}

}  // namespace

Solution solve(const Kernels& kernels, const double* factor, size_t size, bool hasIntercept, double penalty) {
  // Conditions below which the solution by R⁻¹ has seven digits. A penalty that hardly changes singular values leaves
  // large residuals, by which errors grow with the square of the condition.
  constexpr double kFarFromSingular = 1e9, kFarFromDependent = 1e4;
  const size_t first = hasIntercept ? 1 : 0, columns = size - first - 1;
  Solution solution{std::vector<double>(columns), std::vector<double>(columns + 1), columns, 1};
  if (hasIntercept && factor[0] != 0)
    for (size_t j = 0; j <= columns; ++j) solution.means[j] = factor[1 + j] / factor[0];
  if (columns == 0) return solution;
  // The rows below those of the ones: the factor of the centred columns, and of the target.
  std::vector<double> centred(checkedProduct(columns + 1, columns + 1));
  for (size_t i = 0; i <= columns; ++i)
    for (size_t j = i; j <= columns; ++j) centred[i * (columns + 1) + j] = factor[(first + i) * size + first + j];
  const auto rightOf = [&](const std::vector<double>& factorOfBoth) {
    std::vector<double> right(columns);
    for (size_t i = 0; i < columns; ++i) right[i] = factorOfBoth[i * (columns + 1) + columns];
    return right;
  };
  std::vector<double> penalized = centred;
  if (penalty > 0) {
    const size_t stride = strideFor(columns);
    Buffer<double> block(checkedProduct(columns + 1, stride));
    for (size_t j = 0; j < columns; ++j) block[j * stride + j] = std::sqrt(penalty);
    kernels.regression->addToFactor({block.data(), columns, columns + 1, stride}, {1, 1}, penalized.data());
  }
  const Triangle whole{penalized.data(), columns, columns + 1};
  solution.condition = conditionOf(whole);
  if (solution.condition < (penalty > 0 ? kFarFromDependent : kFarFromSingular)) {
    solution.coefficients = rightOf(penalized);
    solveUpper(whole, solution.coefficients.data());
    return solution;
  }
  const double ofWhole = solution.condition;
  const Triangle r{centred.data(), columns, columns + 1};
  solveByValues(*kernels.regression, r, rightOf(centred).data(), penalty, solution);
  if (penalty > 0) {
    solution.rank = columns;
    solution.condition = ofWhole;
  }
  return solution;
}

std::vector<double> definiteFactor(std::vector<double> matrix, size_t size) {
  for (size_t k = 0; k < size; ++k) {
    double* const row = matrix.data() + k * size;
    if (!(row[k] > 0) || !std::isfinite(row[k])) return {};
    const double root = std::sqrt(row[k]);
    for (size_t j = k; j < size; ++j) row[j] /= root;
    for (size_t i = k + 1; i < size; ++i) {
      const double factor = row[i];
      if (factor == 0) continue;
      double* const below = matrix.data() + i * size;
      for (size_t j = i; j < size; ++j) below[j] -= factor * row[j];
    }
  }
  return matrix;
}

}  // namespace glissade

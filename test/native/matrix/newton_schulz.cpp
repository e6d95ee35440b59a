// On a matrix with one number in each row and column, the iterations act on each number by itself: a closed form.
#include "matrix/newton_schulz.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "drawn.h"
#include "on_team.h"
#include "tables.h"

namespace glissade {
namespace {

constexpr int kIterations = 5;
constexpr double kFactor = 0.3;

template <typename Real>
std::vector<Real> orthogonalized(const Kernels& table, size_t members, size_t rows, size_t columns,
                                 std::vector<Real> matrix) {
  Buffer<std::byte> memory(size_t{1} << 20);
  onTeam(members, [&](const Member& member) {
    Arena arena(memory);
    NewtonSchulz<Real>(arena, table.of<Real>().panelWidth, rows, columns)
        .orthogonalize(TeamAlgebra<Real>(table, member), matrix.data(), kIterations, kFactor);
  });
  return matrix;
}

/// The value to which the iterations map a singular value.
double iterated(double x) {
  for (int i = 0; i < kIterations; ++i) x = 3.4445 * x - 4.775 * std::pow(x, 3) + 2.0315 * std::pow(x, 5);
  return x;
}

TEST_CASE_TEMPLATE("Newton–Schulz iterations map each singular value by their polynomial", Real, float, double) {
  for (const auto& [rows, columns] : {std::pair<size_t, size_t>{5, 9}, {40, 7}, {33, 33}}) {
    std::vector<Real> matrix(rows * columns);
    double squares = 0;
    for (size_t i = 0; i < std::min(rows, columns); ++i) {
      const size_t row = rows <= columns ? i : 3 * i % rows, column = rows <= columns ? (2 * i + 1) % columns : i;
      const double value = i % 2 == 0 ? 0.5 + double(i) : -0.25 * double(i);
      matrix[row * columns + column] = Real(value);
      squares += value * value;
    }
    for (const Kernels* table : tables()) {
      const std::vector<Real> found = orthogonalized(*table, 1, rows, columns, matrix);
      double worst = 0;
      for (size_t i = 0; i < found.size(); ++i)
        worst =
            std::max(worst, std::abs(double(found[i]) - kFactor * iterated(double(matrix[i]) / std::sqrt(squares))));
      CHECK(worst < (sizeof(Real) == sizeof(float) ? 1e-5 : 1e-13));
    }
  }
}

TEST_CASE_TEMPLATE("a transposed matrix has the transposed orthogonal matrix, for each size of team", Real, float,
                   double) {
  constexpr size_t kRows = 70, kColumns = 45;
  const auto numbers = drawn<Real>(kRows * kColumns, 3);
  std::vector<Real> matrix(numbers.data(), numbers.data() + numbers.size()), flipped(matrix.size());
  for (size_t i = 0; i < kRows; ++i)
    for (size_t j = 0; j < kColumns; ++j) flipped[j * kRows + i] = matrix[i * kColumns + j];
  for (const Kernels* table : tables()) {
    const std::vector<Real> once = orthogonalized(*table, 1, kRows, kColumns, matrix);
    CHECK(orthogonalized(*table, 3, kRows, kColumns, matrix) == once);
    const std::vector<Real> other = orthogonalized(*table, 2, kColumns, kRows, flipped);
    size_t different = 0;
    for (size_t i = 0; i < kRows; ++i)
      for (size_t j = 0; j < kColumns; ++j) different += other[j * kRows + i] != once[i * kColumns + j];
    CHECK(different == 0);
  }
}

}  // namespace
}  // namespace glissade

#include "regression/factor.h"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "../drawn.h"
#include "../tables.h"
#include "regression/solution.h"

namespace glissade {
namespace {

struct Rows {
  size_t rows, columns;
  Buffer<double> inputs, targets, weights;

  Rows(size_t rows, size_t columns)
      : rows(rows),
        columns(columns),
        inputs(drawn<double>(rows * columns, 1, -1, 3)),
        targets(drawn<double>(rows, 2)),
        weights(drawn<double>(rows, 3, 0, 2)) {}

  Design design() const {
    const auto table = [](const Buffer<double>& numbers, size_t count, size_t width) {
      return std::make_shared<const Table>(copyTable(Format::float64, numbers.data(), count, width, 1));
    };
    Dataset data;
    data.inputs.emplace_back(table(inputs, rows, columns));
    data.targets = table(targets, rows, 1);
    data.weights = table(weights, rows, 1);
    return Design(data);
  }

  /// Element (i, j) of √w · [1 | X | y].
  double at(size_t row, size_t column) const {
    const double x = column == 0 ? 1 : column <= columns ? inputs[row * columns + column - 1] : targets[row];
    return std::sqrt(weights[row]) * x;
  }
};

/// Works through all rows, chunk after chunk, as `members` members would.
void pass(RowWork& work, const PassShape& shape, size_t members) {
  for (size_t chunk = 0; chunk < shape.chunks; ++chunk) {
    const Range rows = shape.chunk(chunk);
    for (size_t begin = rows.begin; begin < rows.end; begin += shape.blockRows)
      work.addRows(chunk, {begin, std::min(rows.end, begin + shape.blockRows)}, chunk % members);
  }
  work.finish();
}

std::vector<double> factorOf(const Kernels& table, const Rows& rows, const std::vector<double>& centre) {
  const Design design = rows.design();
  FactorWork work(table, design, centre, true, 2);
  pass(work, work.shape(), 2);
  return {work.factor(), work.factor() + work.size() * work.size()};
}

TEST_SUITE_BEGIN("regression");

TEST_CASE("the triangular factor has the Gram matrix of the rows") {
  for (const Kernels* table : tables())
    for (const auto& [count, columns] : std::vector<std::pair<size_t, size_t>>{{3, 1}, {50, 4}, {700, 9}, {5000, 33}}) {
      const Rows rows(count, columns);
      const size_t size = columns + 2;
      const std::vector<double> factor = factorOf(*table, rows, std::vector<double>(columns + 1));
      double worst = 0;
      for (size_t i = 0; i < size; ++i)
        for (size_t j = i; j < size; ++j) {
          double expected = 0, found = 0;
          for (size_t row = 0; row < count; ++row) expected += rows.at(row, i) * rows.at(row, j);
          for (size_t k = 0; k <= i; ++k) found += factor[k * size + i] * factor[k * size + j];
          worst = std::max(worst, std::abs(found - expected) / static_cast<double>(count));
        }
      CAPTURE(nameOf(*table));
      CAPTURE(count);
      CHECK(worst < 1e-13);
    }
}

TEST_CASE("what is subtracted from the columns changes no solution") {
  const Rows rows(400, 5);
  const std::vector<double> zeros(6), others = rows.design().centre();
  const Kernels& table = *tables().back();
  for (const double penalty : {0.0, 3.0}) {
    const Solution plain = solve(table, factorOf(table, rows, zeros).data(), 7, true, penalty);
    const Solution centred = solve(table, factorOf(table, rows, others).data(), 7, true, penalty);
    for (size_t j = 0; j < 5; ++j) {
      CHECK(plain.coefficients[j] == doctest::Approx(centred.coefficients[j]).epsilon(1e-12));
      CHECK(plain.means[j] == doctest::Approx(centred.means[j] + others[j]).epsilon(1e-12));
    }
  }
}

TEST_CASE("a singular factor has the solution of minimum norm, by singular values") {
  // Rows [1, 1], so that all (a, b) with a + b = 2 are solutions.
  for (const Kernels* table : tables()) {
    const double factor[] = {2, 2, 4, 0, 0, 0, 0, 0, 0};
    const Solution solution = solve(*table, factor, 3, false, 0);
    CHECK(solution.rank == 1);
    CHECK(solution.coefficients[0] == doctest::Approx(1).epsilon(1e-14));
    CHECK(solution.coefficients[1] == doctest::Approx(1).epsilon(1e-14));
    const Solution none = solve(*table, std::vector<double>(9).data(), 3, false, 0);
    CHECK(none.rank == 0);
    CHECK(none.coefficients == std::vector<double>{0, 0});
  }
}

TEST_CASE("the condition is that of the singular values") {
  const double factor[] = {1000, 0, 1, 0, 0.5, 1, 0, 0, 0};
  CHECK(solve(*tables().back(), factor, 3, false, 0).condition == doctest::Approx(2000).epsilon(0.01));
}

TEST_CASE("definite matrices are factored, and others refused") {
  const std::vector<double> factor = definiteFactor({4, 2, 0, 3}, 2);
  REQUIRE(factor.size() == 4);
  CHECK(factor[0] == 2);
  CHECK(factor[1] == 1);
  CHECK(factor[3] == doctest::Approx(std::sqrt(2)).epsilon(1e-15));
  CHECK(definiteFactor({1, 2, 0, 1}, 2).empty());
  CHECK(definiteFactor({0, 0, 0, 0}, 2).empty());
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

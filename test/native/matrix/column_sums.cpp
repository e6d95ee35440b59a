#include <doctest/doctest.h>

#include <vector>

#include "bits.h"
#include "drawn.h"
#include "parallel/team.h"
#include "tables.h"

namespace glissade {
namespace {

TEST_SUITE_BEGIN("matrix");

TEST_CASE_TEMPLATE("column sums are plain sums in the order of rows, for any share of columns", Real, float, double) {
  constexpr Real kGuard = Real(-12345.5);
  for (const Kernels* table : tables())
    for (const size_t rows : {0, 1, 2, 33, 128})
      for (size_t columns = 1; columns <= 70; ++columns) {
        CAPTURE(nameOf(*table));
        CAPTURE(rows);
        CAPTURE(columns);
        const Buffer<Real> matrix = drawn<Real>(rows * columns, columns);
        std::vector<Real> expected(columns, Real(0));
        for (size_t i = 0; i < rows; ++i)
          for (size_t j = 0; j < columns; ++j) expected[j] += matrix[i * columns + j];
        for (const size_t members : {1, 2, 3}) {
          std::vector<Real> sums(columns + 32, kGuard);
          for (size_t i = 0; i < members; ++i) {
            const Range share = Member(i, members).share(columns);
            table->of<Real>().columnSums(matrix.data(), rows, columns, share.begin, share.end, sums.data());
          }
          CHECK(difference(sums.data(), expected.data(), columns) == "");
          CHECK(difference(std::vector<Real>(sums.begin() + columns, sums.end()), std::vector<Real>(32, kGuard)) == "");
        }
      }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

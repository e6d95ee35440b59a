// Compares the algebra of teams with plain loops. Its bits must not depend on the size of the team.
#include "matrix/team_algebra.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>
#include <vector>

#include "arch/bfloat16.h"
#include "bits.h"
#include "drawn.h"
#include "on_team.h"
#include "tables.h"

namespace glissade {
namespace {

/// A matrix of drawn numbers, row by row.
template <typename Real>
struct Drawn {
  size_t rows, columns;
  Buffer<Real> numbers;

  Drawn(size_t rows, size_t columns, uint64_t seed)
      : rows(rows), columns(columns), numbers(drawn<Real>(rows * columns, seed)) {}
};

enum class Stored { asIs, transposed };

/// Calls work(algebra, arena) on a team of this size, with memory for matrices.
template <typename Real, typename Work>
void withAlgebra(const Kernels& table, size_t members, Precision precision, Work work) {
  Buffer<std::byte> memory(size_t{1} << 22);
  onTeam(members, [&](const Member& member) {
    Arena arena(memory);
    work(TeamAlgebra<Real>(table, member, precision), arena);
  });
}

/// Room for a matrix, with pairs for all of its products in bfloat16.
template <typename Real>
Matrix<Real> matrixIn(Arena& arena, const Kernels& table, size_t rows, size_t columns, Stored stored) {
  if (stored == Stored::transposed) return transposed(matrixIn<Real>(arena, table, columns, rows, Stored::asIs));
  const size_t width = table.of<Real>().panelWidth;
  Matrix<Real> matrix(arena, width, rows, columns);
  if (std::is_same_v<Real, float>) matrix.rounded = {arena, width, rows, columns, Pairing::both};
  return matrix;
}

/// A·B by the team, row by row.
template <typename Real>
std::vector<Real> productOf(const Kernels& table, size_t members, Precision precision, const Drawn<Real>& a,
                            const Drawn<Real>& b, Stored storedA, Stored storedB) {
  std::vector<Real> c(a.rows * b.columns);
  withAlgebra<Real>(table, members, precision, [&](const TeamAlgebra<Real>& algebra, Arena& arena) {
    const auto x = matrixIn<Real>(arena, table, a.rows, a.columns, storedA),
               y = matrixIn<Real>(arena, table, b.rows, b.columns, storedB),
               z = matrixIn<Real>(arena, table, a.rows, b.columns, Stored::asIs);
    algebra.pack(1, a.numbers.data(), x);
    algebra.pack(1, b.numbers.data(), y);
    algebra.multiply(x, y, z);
    algebra.unpack(1, z, 0, c.data());
  });
  return c;
}

/// The largest error of a product, in units of its number of terms.
template <typename Real>
double errorOf(const std::vector<Real>& c, const Drawn<Real>& a, const Drawn<Real>& b, Precision precision) {
  const auto factor = [&](Real x) {
    return precision == Precision::bfloat16 ? double(__builtin_bit_cast(float, rounded(float(x)))) : double(x);
  };
  double worst = 0;
  for (size_t i = 0; i < a.rows; ++i)
    for (size_t j = 0; j < b.columns; ++j) {
      double sum = 0;
      for (size_t k = 0; k < a.columns; ++k)
        sum += factor(a.numbers[i * a.columns + k]) * factor(b.numbers[k * b.columns + j]);
      worst = std::max(worst, std::abs(sum - double(c[i * b.columns + j])));
    }
  return worst / double(a.columns);
}

const std::vector<std::pair<const char*, Precision>> kPrecisions{{"full", Precision::full},
                                                                 {"bfloat16", Precision::bfloat16}};
const std::vector<Stored> kStored{Stored::asIs, Stored::transposed};
const size_t kShapes[][3] = {{1, 1, 1}, {3, 5, 2}, {40, 70, 33}, {65, 7, 130}, {2, 300, 64}};

TEST_SUITE_BEGIN("matrix");

TEST_CASE_TEMPLATE("a team multiplies matrices, stored as they are or transposed, with the bits of one thread", Real,
                   float, double) {
  for (const Kernels* table : tables())
    for (const auto& [name, precision] : kPrecisions)
      for (const auto& [rows, columns, depth] : kShapes)
        for (const Stored storedA : kStored)
          for (const Stored storedB : kStored) {
            if (std::is_same_v<Real, double> && precision == Precision::bfloat16) continue;
            CAPTURE(nameOf(*table));
            CAPTURE(name);
            CAPTURE(rows);
            CAPTURE(int(storedA));
            CAPTURE(int(storedB));
            const Drawn<Real> a(rows, depth, 1), b(depth, columns, 2);
            const std::vector<Real> alone = productOf(*table, 1, precision, a, b, storedA, storedB);
            CHECK(errorOf(alone, a, b, precision) < (sizeof(Real) == sizeof(float) ? 1e-6 : 1e-15));
            for (const size_t members : {2, 3})
              CHECK(difference(productOf(*table, members, precision, a, b, storedA, storedB), alone) == "");
          }
}

TEST_CASE_TEMPLATE("a gram is its own transpose, and the product of its factors, to the bit", Real, float, double) {
  for (const Kernels* table : tables())
    for (const auto& [name, precision] : kPrecisions)
      for (const auto& [rows, columns, depth] : kShapes)
        for (const Stored stored : kStored)
          for (const size_t members : {1, 2, 3}) {
            if (std::is_same_v<Real, double> && precision == Precision::bfloat16) continue;
            CAPTURE(nameOf(*table));
            CAPTURE(name);
            CAPTURE(rows);
            CAPTURE(int(stored));
            CAPTURE(members);
            const Drawn<Real> a(rows, depth, 3);
            std::vector<Real> gram(rows * rows), product(rows * rows), flipped(rows * rows);
            withAlgebra<Real>(*table, members, precision, [&](const TeamAlgebra<Real>& algebra, Arena& arena) {
              const auto x = matrixIn<Real>(arena, *table, rows, depth, stored),
                         c = matrixIn<Real>(arena, *table, rows, rows, Stored::asIs),
                         d = matrixIn<Real>(arena, *table, rows, rows, Stored::asIs);
              algebra.pack(1, a.numbers.data(), x);
              algebra.gram(x, c);
              algebra.multiply(x, transposed(x), d);
              algebra.unpack(1, c, 0, gram.data());
              algebra.unpack(1, transposed(c), 0, flipped.data());
              algebra.unpack(1, d, 0, product.data());
            });
            CHECK(difference(gram, flipped) == "");
            CHECK(difference(gram, product) == "");
          }
}

TEST_CASE_TEMPLATE("a team scales and adds matrices, and sums their squares", Real, float, double) {
  for (const Kernels* table : tables())
    for (const Stored stored : kStored)
      for (const size_t members : {1, 2, 3}) {
        const Drawn<Real> a(40, 70, 4), b(40, 70, 5);
        std::vector<Real> sum(40 * 70, Real(0.25)), expected;
        for (size_t i = 0; i < sum.size(); ++i) {
          const Real blended = Real(0.5) * b.numbers[i] + Real(-3) * (Real(2) * a.numbers[i]);
          expected.push_back(Real(-1) * Real(0.25) + Real(4) * blended);
        }
        std::vector<double> byRow(40);
        std::atomic<double> squares = 0;  // each member writes the same number
        withAlgebra<Real>(*table, members, Precision::full, [&](const TeamAlgebra<Real>& algebra, Arena& arena) {
          const auto x = matrixIn<Real>(arena, *table, 40, 70, stored),
                     y = matrixIn<Real>(arena, *table, 40, 70, stored);
          algebra.pack(2, a.numbers.data(), x);
          algebra.pack(1, b.numbers.data(), y);
          algebra.blend(-3, x, Real(0.5), y);
          algebra.unpack(4, y, -1, sum.data());
          squares = algebra.squares(a.numbers.data(), 40, 70, byRow.data());
        });
        CHECK(difference(sum, expected) == "");
        double first = 0;
        for (size_t j = 0; j < 70; ++j) first += double(a.numbers[j]) * double(a.numbers[j]);
        CHECK(byRow[0] == doctest::Approx(first).epsilon(1e-12));
        double all = 0;
        for (const double row : byRow) all += row;
        CHECK(squares == all);
      }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

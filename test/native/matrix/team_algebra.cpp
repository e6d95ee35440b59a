// Compares the algebra of teams with plain loops. Its bits must not depend on the size of the team.
#include "matrix/team_algebra.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>
#include <vector>

#include "arch/bfloat16.h"
#include "bits.h"
#include "drawn.h"
#include "layers/tight_matrix.h"
#include "on_team.h"
#include "tables.h"

namespace glissade {
namespace {

/// A random matrix, row by row.
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

TEST_CASE_TEMPLATE("a team multiplies plain or transposed matrices with the bits of one thread", Real, float, double) {
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

/// A random matrix with tangents, row by row.
struct DrawnDual {
  Drawn<double> values, tangents;

  DrawnDual(size_t rows, size_t columns, uint64_t seed)
      : values(rows, columns, seed), tangents(rows, columns, seed + 50) {}

  double at(size_t i, size_t j) const { return values.numbers[i * values.columns + j]; }
  double tangentAt(size_t i, size_t j) const { return tangents.numbers[i * tangents.columns + j]; }
};

/// The matrix of the tangents.
template <typename Real>
Matrix<Real> tangentsIn(Matrix<Real> matrix) {
  matrix.numbers.data = {matrix.numbers.data.tangents, nullptr};
  return matrix;
}

/// The largest error of C = rest · before + A·B, and of its tangents.
double errorOf(const Numbers<double>& c, const DrawnDual& a, const DrawnDual& b, double rest, const DrawnDual& before) {
  double worst = 0;
  for (size_t i = 0; i < a.values.rows; ++i)
    for (size_t j = 0; j < b.values.columns; ++j) {
      double value = rest * before.at(i, j), tangent = rest * before.tangentAt(i, j);
      for (size_t k = 0; k < a.values.columns; ++k) {
        value += a.at(i, k) * b.at(k, j);
        tangent += a.tangentAt(i, k) * b.at(k, j) + a.at(i, k) * b.tangentAt(k, j);
      }
      const size_t place = i * b.values.columns + j;
      worst = std::max({worst, std::abs(c.values[place] - value), std::abs(c.tangents[place] - tangent)});
    }
  return worst;
}

TEST_CASE("products, sums of products and grams have the tangents of their factors") {
  for (const Kernels* table : tables())
    for (const auto& [rows, columns, depth] : kShapes)
      for (const Stored storedA : kStored)
        for (const Stored storedB : kStored)
          for (const size_t members : {1, 3}) {
            CAPTURE(nameOf(*table));
            CAPTURE(rows);
            CAPTURE(members);
            const DrawnDual a(rows, depth, 1), b(depth, columns, 2), c(rows, columns, 3);
            DrawnDual turned(depth, rows, 1);
            for (size_t i = 0; i < rows; ++i)
              for (size_t k = 0; k < depth; ++k) {
                turned.values.numbers[k * rows + i] = a.at(i, k);
                turned.tangents.numbers[k * rows + i] = a.tangentAt(i, k);
              }
            const auto numbers = [](size_t size) {
              return Numbers<double>{std::vector<double>(size), std::vector<double>(size)};
            };
            Numbers<double> product = numbers(rows * columns), sum = product, gram = numbers(rows * rows);
            withAlgebra<double>(*table, members, Precision::full, [&](const auto& algebra, Arena& arena) {
              const auto room = [&](size_t n, size_t m) {
                return Matrix<double>(arena, table->of<double>().panelWidth, n, m, Tangents::alongside);
              };
              const auto packed = [&](const DrawnDual& from, Stored stored) {
                const size_t n = from.values.rows, m = from.values.columns;
                const auto to = stored == Stored::asIs ? room(n, m) : transposed(room(m, n));
                algebra.pack(1, from.values.numbers.data(), to);
                algebra.pack(1, from.tangents.numbers.data(), tangentsIn(to));
                return to;
              };
              const auto unpack = [&](const Matrix<double>& from, Numbers<double>& to) {
                algebra.unpack(1, from, 0, to.values.data());
                algebra.unpack(1, tangentsIn(from), 0, to.tangents.data());
              };
              const auto x = packed(a, storedA), y = packed(b, storedB), z = packed(c, Stored::asIs),
                         g = room(rows, rows);
              algebra.addProduct(x, y, z);
              unpack(z, sum);
              algebra.multiply(x, y, z);
              algebra.blend(2, z, 0, z);
              algebra.blend(0.25, z, 0.25, z);
              unpack(z, product);
              algebra.gram(x, g);
              unpack(g, gram);
            });
            const double bound = 1e-14 * double(depth + 1);
            CHECK(errorOf(sum, a, b, 1, c) < bound);
            CHECK(errorOf(product, a, b, 0, c) < bound);
            CHECK(errorOf(gram, a, turned, 0, DrawnDual(rows, rows, 4)) < bound);
          }
}

TEST_CASE_TEMPLATE("a team sums rows and columns, and their tangents, with the bits of one thread", Real, float,
                   double) {
  for (const Kernels* table : tables())
    for (const auto& [rows, columns, depth] : kShapes)
      for (const Stored stored : kStored) {
        CAPTURE(nameOf(*table));
        CAPTURE(rows);
        CAPTURE(int(stored));
        const Drawn<Real> a(rows, columns, 1), tangents(rows, columns, 2);
        const auto sumsBy = [&](size_t members) {
          const auto numbers = [](size_t size) {
            return Numbers<Real>{std::vector<Real>(size), std::vector<Real>(size)};
          };
          std::array<Numbers<Real>, 2> sums{numbers(columns), numbers(rows)};
          withAlgebra<Real>(*table, members, Precision::full, [&](const TeamAlgebra<Real>& algebra, Arena& arena) {
            const auto room = [&](size_t n, size_t m) {
              return Matrix<Real>(arena, table->of<Real>().panelWidth, n, m, Tangents::alongside);
            };
            const auto x = stored == Stored::asIs ? room(rows, columns) : transposed(room(columns, rows));
            algebra.pack(1, a.numbers.data(), x);
            algebra.pack(1, tangents.numbers.data(), tangentsIn(x));
            algebra.sumColumns(x, sums[0].track());
            algebra.sumColumns(transposed(x), sums[1].track());
          });
          return sums;
        };
        const auto alone = sumsBy(1);
        for (const size_t members : {2, 3}) {
          const auto together = sumsBy(members);
          for (const size_t by : {0, 1}) {
            CHECK(difference(together[by].values, alone[by].values) == "");
            CHECK(difference(together[by].tangents, alone[by].tangents) == "");
          }
        }
        std::array<Numbers<double>, 2> expected{
            Numbers<double>{std::vector<double>(columns), std::vector<double>(columns)},
            Numbers<double>{std::vector<double>(rows), std::vector<double>(rows)}};
        for (size_t i = 0; i < rows; ++i)
          for (size_t j = 0; j < columns; ++j)
            for (const size_t by : {0, 1}) {
              expected[by].values[by == 0 ? j : i] += double(a.numbers[i * columns + j]);
              expected[by].tangents[by == 0 ? j : i] += double(tangents.numbers[i * columns + j]);
            }
        const double bound = 1e-6 * double(rows + columns);
        for (const size_t by : {0, 1})
          for (size_t i = 0; i < expected[by].values.size(); ++i) {
            CHECK(std::abs(double(alone[by].values[i]) - expected[by].values[i]) < bound);
            CHECK(std::abs(double(alone[by].tangents[i]) - expected[by].tangents[i]) < bound);
          }
      }
}

TEST_CASE_TEMPLATE("products of stacks equal those of their matrices bit for bit", Real, float, double) {
  constexpr size_t kRows = 7, kDepth = 19, kColumns = 37;
  for (const Kernels* table : tables())
    for (const size_t count : {1, 2, 5})
      for (const size_t members : {1, 2, 3}) {
        CAPTURE(nameOf(*table));
        CAPTURE(count);
        CAPTURE(members);
        const Drawn<Real> a(count * kRows, kDepth, 1), b(count * kDepth, kColumns, 2), c(count * kRows, kColumns, 3);
        std::vector<Real> ab(count * kRows * kColumns), ac(count * kDepth * kColumns), bc(count * kDepth * kRows);
        withAlgebra<Real>(*table, members, Precision::full, [&](const TeamAlgebra<Real>& algebra, Arena& arena) {
          const auto room = [&](size_t rows, size_t columns) {
            return matrixIn<Real>(arena, *table, count * rows, columns, Stored::asIs);
          };
          const auto x = room(kRows, kDepth), y = room(kDepth, kColumns), z = room(kRows, kColumns),
                     xy = room(kRows, kColumns), xz = room(kDepth, kColumns), yz = room(kDepth, kRows);
          algebra.pack(1, a.numbers.data(), x);
          algebra.pack(1, b.numbers.data(), y);
          algebra.pack(1, c.numbers.data(), z);
          algebra.multiplyEach({count, kRows}, x, y, xy);
          algebra.multiplyEach({count, kRows}, transposed(x), z, xz);
          algebra.multiplyEach({count, kDepth}, y, transposed(z), yz);
          algebra.unpack(1, xy, 0, ab.data());
          algebra.unpack(1, xz, 0, ac.data());
          algebra.unpack(1, yz, 0, bc.data());
        });
        for (size_t item = 0; item < count; ++item) {
          const auto of = [&](const Drawn<Real>& stack, Stored stored) {
            const size_t rows = stack.rows / count, columns = stack.columns;
            Drawn<Real> matrix(stored == Stored::asIs ? rows : columns, stored == Stored::asIs ? columns : rows, 0);
            for (size_t i = 0; i < rows; ++i)
              for (size_t j = 0; j < columns; ++j)
                matrix.numbers[stored == Stored::asIs ? i * columns + j : j * rows + i] =
                    stack.numbers[(item * rows + i) * columns + j];
            return matrix;
          };
          const auto check = [&](const std::vector<Real>& found, const Drawn<Real>& left, const Drawn<Real>& right) {
            const auto expected = productOf(*table, 1, Precision::full, left, right, Stored::asIs, Stored::asIs);
            const Real* const from = &found[item * expected.size()];
            CHECK(difference(std::vector<Real>(from, from + expected.size()), expected) == "");
          };
          check(ab, of(a, Stored::asIs), of(b, Stored::asIs));
          check(ac, of(a, Stored::transposed), of(c, Stored::asIs));
          check(bc, of(b, Stored::asIs), of(c, Stored::transposed));
        }
      }
}

TEST_CASE_TEMPLATE("a gram equals its own transpose and the product of its factors bit for bit", Real, float, double) {
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

TEST_CASE_TEMPLATE("matrices stored row by row, such as weights, are right factors that are only read, and are blended",
                   Real, float, double) {
  constexpr size_t kRows = 21, kInner = 37, kColumns = 41;
  for (const Kernels* table : tables())
    for (const size_t members : {1, 3}) {
      const Drawn<Real> a(kRows, kInner, 4), b(kInner, kColumns, 5);
      const auto rowByRow = [&](const Drawn<Real>& matrix) {
        const Track<const Real> numbers{matrix.numbers.data(), nullptr};
        return Matrix<const Real>(matrix.rows, matrix.columns, {numbers, table->of<Real>().panelWidth, matrix.columns});
      };
      std::vector<Real> product(kRows * kColumns), blended(kRows * kInner), expected;
      for (size_t i = 0; i < blended.size(); ++i) {
        blended[i] = Real(0.5);
        expected.push_back(Real(-2) * a.numbers[i] + Real(3) * Real(0.5));
      }
      withAlgebra<Real>(*table, members, Precision::full, [&](const TeamAlgebra<Real>& algebra, Arena& arena) {
        const auto c = matrixIn<Real>(arena, *table, kRows, kColumns, Stored::asIs),
                   left = matrixIn<Real>(arena, *table, kRows, kInner, Stored::asIs);
        algebra.pack(1, a.numbers.data(), left);
        algebra.multiply(left, rowByRow(b), c);
        algebra.unpack(1, c, 0, product.data());
        const Flow<Real> numbers{{blended.data(), nullptr}, table->of<Real>().panelWidth, kInner};
        algebra.blend(-2, rowByRow(a), 3, Matrix<Real>(kRows, kInner, numbers));
      });
      CHECK(errorOf(product, a, b, Precision::full) < 1e-6);
      CHECK(difference(blended, expected) == "");
    }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

#include "kernels/kernels.h"

#include <doctest/doctest.h>

#include <cmath>

#include <cstdlib>
#include <cstring>
#include <limits>

#include "drawn.h"
#include "element_states.h"
#include "error.h"
#include "kernels/layer_kernels.h"
#include "losses/rows.h"
#include "matrix/product.h"
#include "optimizers/rule.h"
#include "tables.h"

namespace glissade {
namespace {

/// Checks a struct that consists of pointers to functions: none is null.
template <typename Pointers>
void checkNoneIsMissing(const Pointers& pointers) {
  using Function = void (*)();
  static_assert(sizeof pointers % sizeof(Function) == 0);
  Function functions[sizeof pointers / sizeof(Function)];
  std::memcpy(functions, &pointers, sizeof pointers);
  for (const Function function : functions) CHECK(function);
}

template <typename Real>
void checkComplete(const KernelsOf<Real>& table) {
  CHECK(table.ruleCount > 0);
  for (int i = 0; i < table.ruleCount; ++i) {
    const Rule<Real>& rule = table.rules[i];
    CAPTURE(rule.name);
    CHECK(rule.prepare);
    CHECK(rule.update);
    CHECK(rule.hyperparameterCount > 0);
    CHECK(elementStateCount(rule) <= kMaxStates);
  }
  checkNoneIsMissing(table.gather);
  checkNoneIsMissing(*table.layers);
  CHECK(table.magnitude);
  CHECK(table.magnitudeOfRows);
  CHECK(table.multiply);
  CHECK(table.activationBackward);
  CHECK(table.loss);
  // A tile may read a panel's row beyond B's last element, so panelSize() must include whole panels.
  CHECK(table.panelWidth * sizeof(Real) <= kReadBeyond);
  CHECK(panelSize(1, 1) % table.panelWidth == 0);
}

TEST_SUITE_BEGIN("kernels");

TEST_CASE("every supported set has a complete table") {
  for (const InstructionSet set : supportedInstructionSets()) {
    CAPTURE(nameOf(set));
    const Kernels& table = kernelsFor(set);
    CHECK(table.instructionSet == set);
    CHECK(&table == &kernelsFor(set));
    checkComplete(table.float32);
    checkComplete(table.float64);
    CHECK(&table.of<float>() == &table.float32);
    CHECK(&table.of<double>() == &table.float64);
  }
}

TEST_CASE("tables list the same rules in the same order") {
  const KernelsOf<float>& first = tables().front()->float32;
  for (const Kernels* table : tables())
    for (int i = 0; i < first.ruleCount; ++i) {
      CHECK(std::strcmp(table->float32.rules[i].name, first.rules[i].name) == 0);
      CHECK(std::strcmp(table->float64.rules[i].name, first.rules[i].name) == 0);
    }
}

TEST_CASE("the best set is the default") {
  unsetenv("GLISSADE_ISA");
  CHECK(kernels().instructionSet == supportedInstructionSets().back());
}

TEST_CASE("GLISSADE_ISA chooses a set at load") {
  setenv("GLISSADE_ISA", std::string(nameOf(supportedInstructionSets().front())).c_str(), 1);
  CHECK(kernels().instructionSet == supportedInstructionSets().front());
}

TEST_CASE("GLISSADE_ISA with an unknown name is an error") {
  setenv("GLISSADE_ISA", "sse9", 1);
  CHECK_THROWS_AS(kernels(), Error);
}

TEST_CASE("useInstructionSet changes the table in use") {
  for (const InstructionSet set : supportedInstructionSets()) {
    useInstructionSet(nameOf(set));
    CHECK(&kernels() == &kernelsFor(set));
  }
}

TEST_CASE("useInstructionSet lists the available sets when it refuses a name") {
  const Kernels& before = kernels();
  std::string known;
  for (const InstructionSet set : supportedInstructionSets())
    known += (known.empty() ? "" : ", ") + std::string(nameOf(set));
  try {
    useInstructionSet("sse9");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.code()) == "ERR_INVALID_ARGUMENT");
    CHECK(error.what() == "the instruction set \"sse9\" is not available here; this machine has: " + known);
  }
  CHECK(&kernels() == &before);
}

TEST_CASE_TEMPLATE("the magnitude of some rows of a matrix is that of their largest number", Real, float, double) {
  const std::vector<uint32_t> rows = {1, 2, 5, 7, 8, 9, 11, 12, 13, 14, 17};
  for (const Kernels* table : tables())
    for (const size_t columns : {1, 7, 8, 16, 17, 50, 130}) {
      const auto largest = [&](const std::vector<Real>& matrix) {
        return table->of<Real>().magnitudeOfRows(matrix.data(), columns, rows.data(), rows.size());
      };
      std::vector<Real> matrix(18 * columns, Real(0.5));
      for (const uint32_t other : {0, 6, 16}) std::fill_n(matrix.begin() + other * columns, columns, Real(9));
      CHECK(largest(matrix) == Real(0.5));
      size_t wrong = 0;
      for (const uint32_t row : rows)
        for (size_t j = 0; j < columns; ++j) {
          Real& place = matrix[row * columns + j];
          place = -7;
          wrong += largest(matrix) == 7 ? 0 : 1;
          place = std::numeric_limits<Real>::quiet_NaN();
          wrong += std::isinf(largest(matrix)) ? 0 : 1;
          place = Real(0.5);
        }
      CHECK(wrong == 0);
    }
}

TEST_CASE_TEMPLATE("magnitude finds a single NaN or infinity anywhere", Real, float, double) {
  using Limits = std::numeric_limits<Real>;
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    for (size_t count = 0; count < 70; ++count) {
      Buffer<Real> values = drawn<Real>(count, count, -1e30, 1e30);
      CHECK(std::isfinite(table->of<Real>().magnitude(values.data(), count)));
      for (size_t i = 0; i < count; ++i)
        for (const Real bad : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
          const Real saved = std::exchange(values[i], bad);
          if (std::isfinite(table->of<Real>().magnitude(values.data(), count)))
            FAIL_CHECK("missed ", bad, " at ", i, " of ", count);
          values[i] = saved;
        }
    }
    const Real extremes[] = {Limits::max(), -Limits::max(), Limits::min(), Limits::denorm_min(), Real(0), -Real(0)};
    CHECK(std::isfinite(table->of<Real>().magnitude(extremes, 6)));
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

#include "optimizers/sparse/sparse_updates.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "optimizers/optimizer.h"

namespace glissade {
namespace {

template <typename Real>
const Rule<Real>& ruleNamed(const std::string& name) {
  const Rule<Real>* rule = kernels().of<Real>().rules;
  while (rule->name != name) ++rule;
  return *rule;
}

/// An array of the state, by its name and its array of parameters.
template <typename Number>
Number* at(const StateLayout& layout, std::string_view name, std::byte* state, size_t array = 0) {
  for (const StateEntry& entry : layout.entries())
    if (entry.name == name && (entry.array == array || entry.array == StateEntry::kOfAll))
      return reinterpret_cast<Number*>(state + entry.offset);
  FAIL("the state has no such array");
  return nullptr;
}

/// Hyperparameters of step t, which all change from step to step.
std::vector<double> changing(const std::string& rule, int64_t t) {
  const double wave = std::sin(0.01 * static_cast<double>(t));
  if (rule == "sgd") return {0.1 + 0.05 * wave, 0.01 + 0.005 * wave};
  if (rule == "sgd.momentum")
    return {0.1 + 0.05 * wave, 0.8 + 0.1 * wave, 0.1, t % 3 == 0 ? 1.0 : 0.0, 0.02 + 0.01 * wave};
  return {0.01 + 0.005 * wave, 0.8 + 0.1 * wave, 0.9 + 0.05 * wave, 1e-8, 0.02 + 0.01 * wave};
}

/// One matrix with gradients of a few rows, under a schedule.
template <typename Real>
struct Matrix {
  size_t rows, columns;
  std::string rule;
  Optimizer<Real> optimizer;
  Buffer<Real> theta;
  Buffer<std::byte> state;
  std::vector<uint32_t> touched;
  Buffer<Real> values;
  size_t perStep = 8;
  std::vector<double> (*hyperparametersAt)(const std::string& rule, int64_t t) = changing;

  Matrix(size_t rows, size_t columns, std::string rule, bool rowsRest = false)
      : rows(rows),
        columns(columns),
        rule(rule),
        optimizer({.rules = {rule}, .scheduled = true, .rowsRest = rowsRest},
                  {{.shape = {rows, columns}, .mayBeSparse = true}}),
        theta(drawn<Real>(rows * columns, 1)),
        state(optimizer.layout().bytes()) {}

  void step(int64_t t) {
    touched.clear();
    for (size_t k = 0; k < perStep; ++k)
      touched.push_back(static_cast<uint32_t>((static_cast<size_t>(t) * 7919 + k * k * 104729) % rows));
    values = drawn<Real>(touched.size() * columns, static_cast<uint64_t>(t));
    std::vector<double> row(4);
    for (const double x : hyperparametersAt(rule, t)) row.push_back(x);
    const Gradient gradient{values.data(), false, &touched};
    Real* const parameters = theta.data();
    optimizer.sparse().reserve(&gradient);
    optimizer.step(kernels(), Member(0, 1), row.data(), 1, true, {&gradient, &parameters, state.data()});
  }
  void stepDense(int64_t t) {
    values = drawn<Real>(rows * columns, static_cast<uint64_t>(t));
    std::vector<double> row(4);
    for (const double x : hyperparametersAt(rule, t)) row.push_back(x);
    const Gradient gradient{values.data()};
    Real* const parameters = theta.data();
    optimizer.step(kernels(), Member(0, 1), row.data(), 1, true, {&gradient, &parameters, state.data()});
  }
  size_t catchUp() {
    Real* const parameters = theta.data();
    typename SparseUpdates<Real>::Progress progress;
    const int64_t t = optimizer.stepsOf(state.data());
    size_t parts = 1;
    while (optimizer.sparse().catchUp(kernels(), Member(0, 1), {nullptr, &parameters, state.data()}, t, progress))
      ++parts;
    return parts;
  }
  const uint64_t* table() { return at<uint64_t>(optimizer.layout(), "lastStep", state.data()); }
  double* counters() { return &optimizer.counters(state.data()).steps; }
};

TEST_SUITE_BEGIN("optimizers");

TEST_CASE("the joint effect of steps equals that of single steps, for all remembered steps") {
  for (const std::string name : {"sgd", "sgd.momentum", "adam", "adamw"}) {
    CAPTURE(name);
    const Rule<double>& rule = ruleNamed<double>(name);
    IdleSteps<double> steps(rule), recalled(rule);
    std::vector<double> record(steps.historyLength());
    for (int64_t t = 1; t <= 9001; ++t) steps.remember(rule, t, changing(name, t).data(), record.data());
    recalled.recall(rule, 9001, record.data());
    for (const int64_t first : {4906, 4907, 5000, 6143, 6144, 8191, 8192, 8193, 8999, 9001})
      for (const int64_t last : {4906, 5001, 6144, 8191, 8192, 9000, 9001}) {
        if (last < first) continue;
        double matrix[2][2] = {{1, 0}, {0, 1}}, second = 1, slowest = 0;
        for (int64_t t = first; t <= last; ++t) {
          const Idle idle = rule.idle(changing(name, t).data());
          double next[2][2];
          for (int j = 0; j < 2; ++j) {
            next[0][j] = idle.factors[0] * matrix[0][j] + idle.thetaFromState * matrix[1][j];
            next[1][j] = idle.stateFromTheta * matrix[0][j] + idle.factors[1] * matrix[1][j];
          }
          std::copy_n(&next[0][0], 4, &matrix[0][0]);
          second *= idle.factors[2];
          slowest = std::max(slowest, idle.fading);
        }
        for (const IdleSteps<double>* ours : {&steps, &recalled}) {
          const Idle all = ours->over(first, last);
          CHECK(all.fading == slowest);
          CHECK(all.factors[0] == doctest::Approx(matrix[0][0]).epsilon(1e-12));
          CHECK(all.thetaFromState == doctest::Approx(matrix[0][1]).epsilon(1e-12));
          CHECK(all.stateFromTheta == doctest::Approx(matrix[1][0]).epsilon(1e-12));
          if (rule.stateCount > 0) CHECK(all.factors[1] == doctest::Approx(matrix[1][1]).epsilon(1e-12));
          if (rule.stateCount > 1) CHECK(all.factors[2] == doctest::Approx(second).epsilon(1e-12));
        }
      }
  }
}

TEST_CASE("no step catches up more than a share of the rows, and no row lags beyond the remembered steps") {
  for (const std::string rule : {"adamw", "sgd"}) {
    CAPTURE(rule);
    Matrix<float> matrix(20'000, 2, rule);
    std::vector<uint64_t> before(matrix.table(), matrix.table() + matrix.rows);
    size_t most = 0;
    for (int64_t t = 1; t <= 8'300; ++t) {
      matrix.step(t);
      size_t moved = 0;
      for (size_t row = 0; row < matrix.rows; ++row) moved += matrix.table()[row] != before[row];
      std::copy_n(matrix.table(), matrix.rows, before.data());
      most = std::max(most, moved);
    }
    CHECK(most <= matrix.perStep + 20'000 / 64 + 1 + 20'000 / 2'000 + 1);
    const auto oldest = *std::min_element(before.begin(), before.end()) >> 16;
    CHECK(8'300 - static_cast<int64_t>(oldest) <= LazyRows<float>::kLongestLag);
  }
}

TEST_CASE("resting rows take turns again when weight decay begins, also if it was there before they started to rest") {
  for (const bool fromTheStart : {false, true}) {
    CAPTURE(fromTheStart);
    Matrix<float> matrix(2'000, 2, "adam");
    matrix.hyperparametersAt =
        fromTheStart ? [](const std::string&, int64_t) { return std::vector<double>{0.01, 0.9, 0.999, 1e-8, 0.1}; }
                     : [](const std::string&, int64_t t) {
                         return std::vector<double>{0.01, 0.9, 0.999, 1e-8, t <= 500 ? 0 : 0.1};
                       };
    matrix.step(1);
    matrix.catchUp();
    for (int64_t t = 2; t <= 600; ++t) matrix.step(t);
    const auto oldest = *std::min_element(matrix.table(), matrix.table() + matrix.rows) >> 16;
    CHECK(600 - static_cast<int64_t>(oldest) <= 2 * 16);
  }
}

TEST_CASE("steps in which rows without a gradient grow are recognised") {
  for (const double rate : {0.1, 1.0, 3.0})
    for (const double momentum : {0.0, 0.5, 0.99})
      for (const double dampening : {0.0, 0.3})
        for (const double nesterov : {0.0, 1.0})
          for (const double decay : {0.0, 0.5, 1.5, 4.0}) {
            CAPTURE(rate);
            CAPTURE(momentum);
            CAPTURE(dampening);
            CAPTURE(nesterov);
            CAPTURE(decay);
            const std::vector<double> hyperparameters{rate, momentum, dampening, nesterov, decay};
            const Idle idle = ruleNamed<double>("sgd.momentum").idle(hyperparameters.data());
            double theta = 1, m = 0.7;
            for (int step = 0; step < 20'000 && std::isfinite(theta); ++step) {
              const double next = idle.factors[0] * theta + idle.thetaFromState * m;
              m = idle.stateFromTheta * theta + idle.factors[1] * m;
              theta = next;
            }
            CHECK(movesApart(idle) == !(std::abs(theta) < 1e6));
          }
  const std::vector<double> hyperparameters{0.01, 0.9, 0.999, 1e-8, 300};
  CHECK(movesApart(ruleNamed<double>("adamw").idle(hyperparameters.data())));
  CHECK(!movesApart(ruleNamed<double>("adam").idle(hyperparameters.data())));
}

TEST_CASE("rows catch up a part at a time") {
  Matrix<float> matrix(50'000, 8, "adamw");
  for (int64_t t = 1; t <= 3; ++t) matrix.step(t);
  CHECK(matrix.catchUp() >= 50'000 * 8 / 8192);
  CHECK(matrix.catchUp() == 1);
}

TEST_CASE_TEMPLATE("a restored state continues to the same bits, whatever moves rows first", Real, float, double) {
  for (const std::string rule : {"sgd", "sgd.momentum", "adam", "adamw"})
    for (const int64_t at : {1, 2, 70, 5'000}) {
      CAPTURE(rule);
      CAPTURE(at);
      Matrix<Real> straight(50, 3, rule), broken(50, 3, rule);
      for (int64_t t = 1; t <= at + 200; ++t) straight.step(t);
      for (int64_t t = 1; t <= at; ++t) broken.step(t);
      Matrix<Real> again(50, 3, rule);
      std::copy_n(broken.theta.data(), broken.theta.size(), again.theta.data());
      std::copy_n(broken.state.data(), broken.state.size(), again.state.data());
      CHECK(again.optimizer.faultOf(kernels(), again.state.data()) == "");
      again.optimizer.recall(kernels(), again.state.data());
      for (int64_t t = at + 1; t <= at + 200; ++t) again.step(t);
      straight.catchUp();
      again.catchUp();
      CHECK(difference(again.theta, straight.theta) == "");
    }
}

TEST_CASE("alternating sparse and dense steps equal dense steps with zeros") {
  for (const std::string rule : {"sgd", "sgd.momentum", "adam", "adamw"}) {
    CAPTURE(rule);
    Matrix<double> sparse(30, 3, rule), dense(30, 3, rule);
    for (int64_t t = 1; t <= 400; ++t) {
      if (t % 97 == 0) {
        sparse.stepDense(t);
        dense.stepDense(t);
        continue;
      }
      sparse.step(t);
      Buffer<double> whole(30 * 3);
      for (size_t k = 0; k < sparse.touched.size(); ++k)
        for (size_t j = 0; j < 3; ++j) whole[sparse.touched[k] * 3 + j] += sparse.values[k * 3 + j];
      std::vector<double> row(4);
      for (const double x : changing(rule, t)) row.push_back(x);
      const Gradient gradient{whole.data()};
      double* const parameters = dense.theta.data();
      dense.optimizer.step(kernels(), Member(0, 1), row.data(), 1, true, {&gradient, &parameters, dense.state.data()});
    }
    sparse.catchUp();
    for (size_t i = 0; i < 90; ++i) CHECK(sparse.theta[i] == doctest::Approx(dense.theta[i]).epsilon(1e-12));
  }
}

TEST_CASE("steps beyond 2^32 work like those before") {
  for (const int64_t start : {int64_t{1} << 32, int64_t{1} << 40}) {
    CAPTURE(start);
    Matrix<double> near(40, 2, "sgd.momentum"), far(40, 2, "sgd.momentum");
    // Hyperparameters that don't depend on the step, so that both take the same steps.
    const auto take = [](Matrix<double>& matrix, int64_t from, int64_t offset) {
      *matrix.counters() = static_cast<double>(offset);
      for (int64_t t = from; t < from + 300; ++t) {
        std::vector<double> row{0, 0, 0, 0, 0.1, 0.9, 0, 0, 0.01};
        matrix.touched.assign(t % 50 == 0 ? 2 : 0, 3);
        matrix.values = drawn<double>(4, static_cast<uint64_t>(t));
        const Gradient gradient{matrix.values.data(), false, &matrix.touched};
        double* const parameters = matrix.theta.data();
        matrix.optimizer.sparse().reserve(&gradient);
        matrix.optimizer.step(kernels(), Member(0, 1), row.data(), 1, true,
                              {&gradient, &parameters, matrix.state.data()});
      }
      matrix.catchUp();
    };
    take(near, 1, 10);
    take(far, 1, start - 150);
    for (size_t i = 0; i < 80; ++i) CHECK(far.theta[i] == doctest::Approx(near.theta[i]).epsilon(1e-12));
  }
}

TEST_CASE("lazy rows take part only in steps that touch them") {
  for (const std::string rule : {"sgd.momentum", "adam", "adamw"}) {
    CAPTURE(rule);
    Matrix<float> matrix(1'000, 3, rule, true);
    const Buffer<float> initial = drawn<float>(3'000, 1);
    for (int64_t t = 1; t <= 20; ++t) matrix.step(t);
    std::vector<bool> isTouched(1'000);
    for (int64_t t = 1; t <= 20; ++t)
      for (size_t k = 0; k < matrix.perStep; ++k)
        isTouched[(static_cast<size_t>(t) * 7919 + k * k * 104729) % 1'000] = true;
    matrix.catchUp();
    for (size_t row = 0; row < 1'000; ++row) CHECK((matrix.theta[3 * row] != initial[3 * row]) == isTouched[row]);
  }
}

TEST_CASE("a state with impossible numbers is recognised") {
  Matrix<float> matrix(40, 2, "adam");
  for (int64_t t = 1; t <= 100; ++t) matrix.step(t);
  const auto faultAfter = [&](auto change) {
    Buffer<std::byte> state(matrix.state.size());
    std::copy_n(matrix.state.data(), state.size(), state.data());
    change(matrix.optimizer, state.data());
    return matrix.optimizer.faultOf(kernels(), state.data());
  };
  CHECK(faultAfter([](auto&, std::byte*) {}) == "");
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const double steps : {21'474'836'480.0, -1.0, 0.5, 1e300, kNan, 99.0})
    CHECK(faultAfter([&](auto& optimizer, std::byte* state) { optimizer.counters(state).steps = steps; }) != "");
  for (const double count : {-1.0, 0.5, kNan})
    CHECK(faultAfter([&](auto& optimizer, std::byte* state) { optimizer.counters(state).skipped = count; }) != "");
  for (const double weight : {-1.0, kNan})
    CHECK(faultAfter([&](auto& optimizer, std::byte* state) { optimizer.counters(state).accumulated = weight; }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) { optimizer.counters(state).gradientNorm = -1; }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) {
          at<uint64_t>(optimizer.layout(), "lastStep", state)[3] = uint64_t{101} << 16;
        }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) {
          at<uint64_t>(optimizer.layout(), "lastStep", state)[40] = 102;
        }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) {
          at<uint64_t>(optimizer.layout(), "lastStep", state)[40] = 0;
        }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) {
          at<uint64_t>(optimizer.layout(), "lastStep", state)[41] = 40;
        }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) {
          at<uint64_t>(optimizer.layout(), "lastStep", state)[42] = 40;
        }) != "");
  for (const double since : {101.0, -1.0, 0.5, kNan})
    CHECK(faultAfter([&](auto& optimizer, std::byte* state) {
            at<double>(optimizer.layout(), "history.0", state)[0] = since;
          }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) {
          at<double>(optimizer.layout(), "history.0", state)[9] = kNan;
        }) != "");
  CHECK(faultAfter([](auto& optimizer, std::byte* state) { at<float>(optimizer.layout(), "v", state)[5] = -1; }) != "");
}

TEST_CASE("an impossible state is recognised after arrays without states") {
  for (const Encoding encoding : {Encoding::plain, Encoding::bfloat16, Encoding::uint8}) {
    CAPTURE(int(encoding));
    const Optimizer<float> optimizer({.rules = {"adam", "adam"}, .state = encoding},
                                     {{.shape = {8192}, .group = 0, .frozen = true}, {.shape = {8192}, .group = 1}});
    Buffer<std::byte> state(optimizer.layout().bytes());
    CHECK(optimizer.faultOf(kernels(), state.data()) == "");
    std::byte* const number =
        at<std::byte>(optimizer.layout(), encoding == Encoding::uint8 ? "v.scale" : "v", state.data(), 1);
    const float negative = -1;
    const uint16_t upper = 0xbf80;  // the upper half of -1.0f
    if (encoding == Encoding::bfloat16)
      std::memcpy(number, &upper, sizeof upper);
    else
      std::memcpy(number, &negative, sizeof negative);
    CHECK(optimizer.faultOf(kernels(), state.data()) != "");
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

#include "regression/likelihood.h"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "../drawn.h"
#include "../on_team.h"
#include "../tables.h"

namespace glissade {
namespace {

constexpr size_t kRows = 3000, kColumns = 4;

Design designOf(size_t classes) {
  const Buffer<double> inputs = drawn<double>(kRows * kColumns, 1), weights = drawn<double>(kRows, 2, 0, 2);
  Buffer<double> targets(kRows);
  for (size_t row = 0; row < kRows; ++row)
    targets[row] = classes == 0 ? inputs[row * kColumns] : static_cast<double>((row * row + row / 7) % classes);
  const auto table = [](const Buffer<double>& numbers, size_t width) {
    return std::make_shared<const Table>(copyTable(Format::float64, numbers.data(), kRows, width, 1));
  };
  Dataset data;
  data.inputs.emplace_back(table(inputs, kColumns));
  data.targets = table(targets, 1);
  data.weights = table(weights, 1);
  return Design(data);
}

LinearModel modelAt(LinearLoss loss, size_t outputs, uint64_t seed) {
  const Buffer<double> drawnOnes = drawn<double>((kColumns + 1) * outputs, seed);
  return {loss, outputs, true, {}, {drawnOnes.data(), drawnOnes.data() + drawnOnes.size()}};
}

struct Passed {
  double loss;
  std::vector<double> gradient, hessian;
};

Passed evaluate(const Kernels& table, const Design& design, const LinearModel& model, size_t threads = 2) {
  Engine::instance().configure(threads, {});
  const auto work = std::make_shared<LikelihoodWork>(table, design, model, LinearDerivatives::hessian, threads);
  const auto job = std::make_shared<RowPass>(work->shape(), threads, work, [] {});
  Engine::instance().submit(job);
  Engine::instance().wait(*job);
  const Buffer<double>& gradient = work->gradient();
  return {work->loss(), {gradient.data(), gradient.data() + gradient.size()}, work->hessian()};
}

TEST_SUITE_BEGIN("regression");

TEST_CASE("gradients and Hessians of likelihoods agree with differences") {
  const struct {
    LinearLoss loss;
    size_t outputs, classes;
  } cases[] = {{LinearLoss::squared, 1, 0}, {LinearLoss::logistic, 1, 2}, {LinearLoss::softmax, 3, 3}};
  for (const Kernels* table : tables())
    for (const auto& [loss, outputs, classes] : cases) {
      const Design design = designOf(classes);
      LinearModel model = modelAt(loss, outputs, 5);
      const Passed at = evaluate(*table, design, model);
      const size_t size = model.coefficients.size();
      double worst = 0;
      for (size_t i = 0; i < size; ++i) {
        constexpr double kStep = 1e-5;
        LinearModel above = model, below = model;
        above.coefficients[i] += kStep;
        below.coefficients[i] -= kStep;
        const Passed high = evaluate(*table, design, above), low = evaluate(*table, design, below);
        worst = std::max(worst, std::abs((high.loss - low.loss) / (2 * kStep) - at.gradient[i]));
        for (size_t j = i; j < size; ++j)
          worst =
              std::max(worst, std::abs((high.gradient[j] - low.gradient[j]) / (2 * kStep) - at.hessian[i * size + j]));
      }
      CAPTURE(nameOf(*table));
      CAPTURE(outputs);
      CHECK(worst < 1e-4);  // of a Hessian of about 1000
    }
}

TEST_CASE("a likelihood has the same bits for each number of threads") {
  const Design design = designOf(3);
  const LinearModel model = modelAt(LinearLoss::softmax, 3, 6);
  const Passed one = evaluate(*tables().back(), design, model, 1), three = evaluate(*tables().back(), design, model, 3);
  CHECK(one.loss == three.loss);
  CHECK(one.gradient == three.gradient);
  CHECK(one.hessian == three.hessian);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

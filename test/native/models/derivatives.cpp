// Compares gradients and Hessian-vector products of whole networks with differences of losses and gradients, in double.
#include "training/evaluation/derivatives.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "bits.h"
#include "last_page.h"
#include "layers/activated.h"
#include "models/architectures.h"
#include "on_team.h"
#include "tables.h"
#include "training/evaluation/evaluation.h"

namespace glissade {
namespace {

template <typename Real>
struct Found {
  double loss;
  Buffer<Real> gradient, product;
};

template <typename Real>
struct Example {
  std::shared_ptr<const Network<Real>> network;
  Dataset data;
  Loss loss = Loss::crossEntropy;
  Mode mode = Mode::training;

  Found<Real> at(const Buffer<Real>& parameters, const Buffer<Real>* direction = nullptr) const {
    Found<Real> found{0, Buffer<Real>(parameters.size()), Buffer<Real>(direction ? parameters.size() : 0)};
    found.loss = differentiate(
        network, parameters.data(), data, {loss, false}, {mode, 5},
        {found.gradient.data(), direction ? direction->data() : nullptr, direction ? found.product.data() : nullptr});
    return found;
  }
};

/// A direction with zeros for statistics.
template <typename Real>
Buffer<Real> directionFor(const Network<Real>& network, uint64_t seed) {
  Buffer<Real> direction = drawn<Real>(network.parameterCount(), seed, -0.1, 0.1);
  for (const NetworkTensor& tensor : network.tensors())
    if (!tensor.trains) std::fill_n(direction.data() + tensor.offset, tensor.size, Real(0));
  return direction;
}

Buffer<double> moved(const Buffer<double>& from, double distance, const Buffer<double>& direction) {
  Buffer<double> to = copyOf(from);
  for (size_t i = 0; i < to.size(); ++i) to[i] += distance * direction[i];
  return to;
}

double dot(const Buffer<double>& a, const Buffer<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void check(const Example<double>& example) {
  constexpr double h = 1e-5;
  const Buffer<double> parameters = initialParameters(*example.network, 3);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    const Buffer<double> u = directionFor(*example.network, 1), v = directionFor(*example.network, 2);
    const auto along = example.at(parameters, &u), across = example.at(parameters, &v), plain = example.at(parameters);
    const auto above = example.at(moved(parameters, h, u)), below = example.at(moved(parameters, -h, u));
    CHECK(along.loss == doctest::Approx(plain.loss).epsilon(1e-13));
    CHECK(std::abs(dot(plain.gradient, u) - (above.loss - below.loss) / (2 * h)) < 1e-7);
    double worst = 0, worstGradient = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
      const double slope = (above.gradient[i] - below.gradient[i]) / (2 * h);
      worst = std::max(worst, std::abs(along.product[i] - slope) / std::max(1.0, std::abs(slope)));
      worstGradient = std::max(worstGradient, std::abs(along.gradient[i] - plain.gradient[i]));
    }
    CHECK(worst < 1e-7);
    CHECK(worstGradient < 1e-12);
    CHECK(dot(along.product, v) == doctest::Approx(dot(across.product, u)).epsilon(1e-10));
  }
}

TEST_SUITE_BEGIN("models");

TEST_CASE("derivatives of a network with every layer are correct, in training and in evaluation") {
  for (const Activation activation : {Activation::gelu, Activation::silu, Activation::tanh, Activation::softplus})
    for (const Mode mode : {Mode::training, Mode::evaluation})
      for (const Loss loss : {Loss::crossEntropy, Loss::squared}) {
        CAPTURE(int(activation));
        CAPTURE(int(mode));
        CAPTURE(int(loss));
        Dataset data = images(9, 1);
        if (loss == Loss::squared) data.targets = regressed(9, 3, 4, 1).targets;
        check({everyLayer<double>(activation), data, loss, mode});
      }
}

TEST_CASE("derivatives are correct for every activation of the last layer") {
  for (const Activation last : kActivations) {
    CAPTURE(int(last));
    check({chain<double>({5, 7, 4}, {Activation::tanh, last}), regressed(9, 5, 4, 1), Loss::squared});
  }
}

TEST_CASE("derivatives are correct for every kind of last layer") {
  const Shape image{3, 2, 5};
  const Windows whole = windowsOver(image, {{3, 2}, {1, 1}, {0, 0}}),
                one = windowsOver(image, {{1, 1}, {1, 1}, {0, 0}});
  const auto behind = [&](auto addLast) {
    Architecture<double> a(image);
    a.add<Conv2d>({0}, image, one, Conv2dOptions{5, Activation::tanh, true, {}});
    addLast(a);
    check({a.network(), regressed(9, image.size(), a.shape(0).channels, 1), Loss::squared});
  };
  SUBCASE("a convolution") {
    behind([&](auto& a) { a.template add<Conv2d>({1}, image, whole, Conv2dOptions{5, Activation::gelu, true, {}}); });
  }
  SUBCASE("a pooling") {
    behind([&](auto& a) { a.template add<Pool>({1}, image, Pooling::average, whole); });
  }
  SUBCASE("a join") {
    behind([&](auto& a) {
      const size_t left = a.template add<Pool>({1}, image, Pooling::average, whole),
                   right = a.template add<Pool>({1}, image, Pooling::max, whole);
      a.template add<Join>({left, right}, std::vector{a.shape(left), a.shape(right)}, Joining::sum, Activation::silu);
    });
  }
  SUBCASE("layer normalisation") {
    behind([&](auto& a) {
      const size_t pool = a.template add<Pool>({1}, image, Pooling::average, whole);
      a.template add<LayerNorm>({pool}, a.shape(pool), 1e-3, Activation::gelu);
    });
  }
  SUBCASE("batch normalisation") {
    behind([&](auto& a) {
      const size_t pool = a.template add<Pool>({1}, image, Pooling::average, whole);
      a.template add<BatchNorm>({pool}, a.shape(pool), BatchNormOptions{1e-3, 0.1, Activation::gelu});
    });
  }
  SUBCASE("a softmax") {
    behind([&](auto& a) {
      const size_t pool = a.template add<Pool>({1}, image, Pooling::average, whole);
      a.template add<Softmax>({pool}, a.shape(pool));
    });
  }
}

TEST_CASE("one join can use a layer twice") {
  Architecture<double> a(numbers(5));
  a.add<Dense>({0}, numbers(5), DenseOptions{4, Activation::tanh});
  a.add<Join>({1, 1}, std::vector{numbers(4), numbers(4)}, Joining::sum, Activation::silu);
  check({a.network(), regressed(9, 5, 4, 1), Loss::squared});
}

TEST_CASE_TEMPLATE("derivatives have equal bits in teams of any size", Real, float, double) {
  const Example<Real> example{everyLayer<Real>(Activation::silu), images(21, 1)};
  const Buffer<Real> parameters = initialParameters(*example.network, 3), direction = directionFor(*example.network, 1);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    Engine::instance().configure(1, {});
    const auto alone = example.at(parameters, &direction), plainly = example.at(parameters);
    for (const size_t members : {2, 3, 24}) {
      CAPTURE(members);
      Engine::instance().configure(members, {});
      const auto together = example.at(parameters, &direction);
      CHECK(together.loss == alone.loss);
      CHECK(difference(together.gradient, alone.gradient) == "");
      CHECK(difference(together.product, alone.product) == "");
      CHECK(difference(example.at(parameters).gradient, plainly.gradient) == "");
    }
  }
}

TEST_CASE_TEMPLATE("nothing is read beyond the end of a direction", Real, float, double) {
  const Example<Real> example{chain<Real>({5, 7, 4}, {Activation::tanh, Activation::identity}), regressed(9, 5, 4, 1),
                              Loss::squared};
  const Buffer<Real> parameters = initialParameters(*example.network, 3), direction = directionFor(*example.network, 1);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    const auto expected = example.at(parameters, &direction);
    const LastPage<Real> last(direction.data(), direction.size());
    Found<Real> found{0, Buffer<Real>(parameters.size()), Buffer<Real>(parameters.size())};
    differentiate(example.network, parameters.data(), example.data, {example.loss, false}, {example.mode, 5},
                  {found.gradient.data(), last.data(), found.product.data()});
    CHECK(difference(found.product, expected.product) == "");
  }
}

TEST_CASE("in evaluation the derivatives are means over all rows, computed in parts") {
  const auto network = everyLayer<double>(Activation::gelu);
  const Buffer<double> parameters = initialParameters(*network, 3);
  Example<double> example{network, images(2 * network->forwardRows() + 77, 1), Loss::crossEntropy, Mode::evaluation};
  const auto whole = example.at(parameters);
  const size_t rows = example.data.rows();
  Buffer<double> mean(parameters.size());
  const Dataset all = example.data;
  for (uint32_t i = 0; i < rows; ++i) {
    example.data = all.select({i});
    const auto one = example.at(parameters);
    for (size_t j = 0; j < mean.size(); ++j) mean[j] += one.gradient[j] / double(rows);
  }
  for (size_t j = 0; j < mean.size(); ++j)
    if (!(std::abs(whole.gradient[j] - mean[j]) <= 1e-13)) FAIL_CHECK("gradient ", j);
  const std::shared_ptr<const Network<double>> shared = network;
  CHECK(whole.loss == doctest::Approx(evaluate(shared, static_cast<const double*>(parameters.data()), all,
                                               {Loss::crossEntropy, false}, Precision::full)
                                          .tally.meanLoss())
                          .epsilon(1e-14));
}

TEST_CASE("errors of a mean over a dataset hardly grow with its size") {
  constexpr size_t rows = 400000;
  const Buffer<float> numbers = drawn<float>(rows, 7, 0);
  const std::vector<float> x(numbers.data(), numbers.data() + rows), y(rows, -1.0f);  // all residuals are positive
  const Dataset data{{tableOf(Format::float32, x, 1)}, tableOf(Format::float32, y, 1), nullptr, nullptr};
  const auto found = [&]<typename Real>(Real) {
    Buffer<Real> parameters(2), direction(2);
    parameters[0] = direction[0] = direction[1] = Real(0.5);
    const Example<Real> example{chain<Real>({1, 1}, {Activation::identity}), data, Loss::squared, Mode::evaluation};
    return example.at(parameters, &direction);
  };
  const Found<float> fast = found(0.0f);
  const Found<double> exact = found(0.0);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(std::abs(double(fast.gradient[i]) / exact.gradient[i] - 1) < 4e-7);
    CHECK(std::abs(double(fast.product[i]) / exact.product[i] - 1) < 4e-7);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

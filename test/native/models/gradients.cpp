// Compares every gradient with finite differences of the loss, in double.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "bits.h"
#include "examples.h"
#include "layers/activated.h"
#include "layers/dense.h"
#include "layers/dropout.h"
#include "layers/embedding.h"
#include "on_team.h"
#include "tables.h"
#include "training/plain.h"

namespace glissade {
namespace {

constexpr size_t kRows = 9;

Dataset dataFor(Loss loss, size_t inputs, size_t outputs, bool classes) {
  Dataset data = classes ? classified(kRows, inputs, outputs, 1) : regressed(kRows, inputs, outputs, 1);
  if (classes || loss == Loss::squared) return data;
  std::vector<double> probabilities;  // of each row, adding up to 1
  for (size_t i = 0; i < kRows; ++i) {
    double sum = 0;
    for (size_t j = 0; j < outputs; ++j) sum += std::exp(data.targets->at(i, j));
    for (size_t j = 0; j < outputs; ++j) probabilities.push_back(std::exp(data.targets->at(i, j)) / sum);
  }
  data.targets = tableOf(Format::float64, probabilities, outputs);
  return data;
}

/// A network, data and a loss, to be evaluated at any parameters.
struct Example {
  std::shared_ptr<const Network<double>> network;
  Dataset data;
  Loss loss;
  std::vector<uint32_t> rows = [] {
    std::vector<uint32_t> rows(kRows);
    std::iota(rows.begin(), rows.end(), 0u);
    return rows;
  }();

  double meanLoss(const Kernels& table, const Buffer<double>& parameters) {
    Minibatch<double> minibatch(*network, table, {loss, false}, kRows, Use::forward, Precision::full);
    minibatch.gather(Member(0, 1), data, rows.data(), kRows);
    minibatch.forward(Member(0, 1), {kRows}, {parameters.data(), nullptr}, data);
    return minibatch.tally(kRows).meanLoss();
  }

  Buffer<double> gradient(const Kernels& table, const Buffer<double>& parameters, size_t members) {
    Minibatch<double> minibatch(*network, table, {loss, false}, kRows, Use::training, Precision::full);
    Buffer<double> gradient(network->parameterCount());
    onTeam(members, [&](const Member& member) {
      findGradient(*network, minibatch, member, {kRows}, parameters.data(), data, rows.data(), gradient.data());
    });
    return gradient;
  }

  /// The slope of the loss at `parameters` along `direction`, by differences of fourth order.
  double slope(const Kernels& table, const Buffer<double>& parameters, const Buffer<double>& direction) {
    constexpr double h = 1e-3;
    const auto at = [&](double distance) {
      Buffer<double> there = copyOf(parameters);
      for (size_t i = 0; i < there.size(); ++i) there[i] += distance * direction[i];
      return meanLoss(table, there);
    };
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
  }
};

/// |a − b| relative to the larger magnitude, or to 1e-4: rounding hides the differences of smaller gradients.
double relativeError(double a, double b) { return std::abs(a - b) / std::max({std::abs(a), std::abs(b), 1e-4}); }

/// Parameters without arguments of a ReLU so close to its kink that a difference would straddle it.
Buffer<double> smoothPoint(Example& example, const Network<double>& identities) {
  for (uint64_t seed = 1;; ++seed) {
    Buffer<double> parameters = initialParameters(*example.network, seed);
    Random random(seed, Draw::weights, 99);
    for (double& x : std::span(parameters.data(), parameters.size())) x += 0.2 * random.uniform() - 0.1;  // biases too
    // Only the first layer's arguments are checked: enough for networks with one ReLU layer.
    Workspace<double> workspace(identities, *tables().front(), kRows, Use::forward, Precision::full);
    std::vector<uint32_t> rows(kRows);
    std::iota(rows.begin(), rows.end(), 0u);
    workspace.gather(Member(0, 1), example.data, rows.data(), kRows);
    std::vector<double> arguments(kRows * identities.outputs());
    workspace.forward(Member(0, 1), {kRows}, {parameters.data(), nullptr}, {arguments.data(), nullptr});
    if (std::ranges::all_of(arguments, [](double x) { return std::abs(x) > 0.01; })) return parameters;
  }
}

struct LossKind {
  const char* name;
  Loss loss;
  bool classes;
};
constexpr LossKind kLosses[] = {{"squared", Loss::squared, false},
                                {"logistic", Loss::logistic, false},
                                {"crossEntropy of classes", Loss::crossEntropy, true},
                                {"crossEntropy of distributions", Loss::crossEntropy, false},
                                {"focal", Loss::focal, false},
                                {"focal of classes", Loss::focal, true}};

TEST_SUITE_BEGIN("models");

TEST_CASE("the gradient of every parameter agrees with finite differences to 1e-7") {
  for (const LossKind& kind : kLosses)
    for (const Activation activation : kActivations)
      for (const Activation last : {Activation::identity, Activation::tanh, Activation::sigmoid, Activation::gelu,
                                    Activation::silu, Activation::softplus}) {
        CAPTURE(kind.name);
        CAPTURE(int(activation));
        CAPTURE(int(last));
        // Activations with a kink have one hidden layer, with kinks that are easily avoided; others have two.
        const bool kinked =
            activation == Activation::relu || activation == Activation::leakyRelu || activation == Activation::elu;
        auto network = kinked ? chain<double>({5, 7, 3}, {activation, last})
                              : chain<double>({5, 7, 6, 3}, {activation, activation, last});
        Example example{network, dataFor(kind.loss, 5, 3, kind.classes), kind.loss};
        const auto firstLayer = chain<double>({5, 7}, {Activation::identity});
        const Buffer<double> parameters = smoothPoint(example, *firstLayer);
        for (const Kernels* table : tables()) {
          CAPTURE(nameOf(*table));
          const Buffer<double> gradient = example.gradient(*table, parameters, 1);
          double worst = 0;
          for (size_t i = 0; i < gradient.size(); ++i) {
            Buffer<double> axis(gradient.size());
            axis[i] = 1;
            worst = std::max(worst, relativeError(gradient[i], example.slope(*table, parameters, axis)));
          }
          CHECK(worst < 1e-7);
        }
      }
}

TEST_CASE("gradients of wide layers agree with finite differences along random directions") {
  // Rows of 600 doubles are more than a page apart, so that B is packed.
  Example example{chain<double>({40, 600, 530, 3}, {Activation::tanh, Activation::gelu, Activation::identity}),
                  dataFor(Loss::crossEntropy, 40, 3, true), Loss::crossEntropy};
  const Buffer<double> parameters = initialParameters(*example.network, 1);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const Buffer<double> gradient = example.gradient(*table, parameters, 2);
    for (uint64_t seed = 0; seed < 4; ++seed) {
      const Buffer<double> direction = drawn<double>(gradient.size(), seed, -0.02, 0.02);
      const double product =
          std::inner_product(gradient.data(), gradient.data() + gradient.size(), direction.data(), 0.0);
      CHECK(relativeError(product, example.slope(*table, parameters, direction)) < 1e-7);
    }
  }
}

TEST_CASE_TEMPLATE("outputs, losses and gradients have equal bits in teams of any size", Real, float, double) {
  for (const size_t width : {size_t(3), size_t(70), size_t(1100)})
    for (const Activation activation : {Activation::relu, Activation::tanh, Activation::sigmoid, Activation::gelu}) {
      CAPTURE(width);
      CAPTURE(int(activation));
      const auto network = chain<Real>({13, width, 21, 4}, {activation, activation, Activation::identity});
      const Buffer<Real> parameters = initialParameters(*network, 5);
      for (const size_t count : {45, 11, 5})
        for (const Kernels* table : tables()) {
          CAPTURE(nameOf(*table));
          const Dataset data = classified(count, 13, 4, 2);
          std::vector<uint32_t> rows(count);
          std::iota(rows.begin(), rows.end(), 0u);
          struct Outcome {
            double loss, correct;
            Buffer<Real> gradient;
          };
          const auto inTeam = [&](size_t members) {
            Minibatch<Real> minibatch(*network, *table, {Loss::crossEntropy, true}, count, Use::training,
                                      Precision::full);
            minibatch.setTeamSize(members);
            Buffer<Real> gradient(network->parameterCount());
            onTeam(members, [&](const Member& member) {
              findGradient(*network, minibatch, member, {count}, parameters.data(), data, rows.data(), gradient.data());
            });
            const Tally tally = minibatch.tally(count);
            return Outcome{tally.loss, tally.correct, std::move(gradient)};
          };
          const Outcome alone = inTeam(1);
          for (const size_t members : {2, 3, 4, 6, 7}) {
            const Outcome together = inTeam(members);
            CHECK(together.loss == alone.loss);
            CHECK(together.correct == alone.correct);
            CHECK(difference(together.gradient, alone.gradient) == "");
          }
        }
    }
}

/// The rows of a dataset of one dense input, `positions` of them as an example.
Dataset inExamples(const Dataset& rows, size_t positions) {
  const auto grouped = [&](const Table& table) {
    return std::make_shared<Table>(
        Table{table.format, table.rows / positions, table.columns * positions, table.scale, table.data});
  };
  return {{InputBlock(grouped(*rows.inputs[0].table))}, grouped(*rows.targets), nullptr, nullptr};
}

/// Dense layers with a dropout between them, applied at each position of the shape.
template <typename Real>
std::shared_ptr<const Network<Real>> positionwise(const Shape& shape) {
  std::vector<Node<Real>> nodes;
  const Shape hidden{shape.height, shape.width, 33};
  nodes.push_back({"0", std::make_unique<Dense<Real>>(shape, DenseOptions{33, Activation::gelu}), {0}});
  nodes.push_back({"1", std::make_unique<Dropout<Real>>(hidden, 0.25), {1}});
  nodes.push_back({"2", std::make_unique<Dense<Real>>(hidden, DenseOptions{4}), {2}});
  return std::make_shared<const Network<Real>>(shape, std::move(nodes));
}

TEST_CASE_TEMPLATE("losses and gradients of positions equal those of rows, without padding", Real, float, double) {
  constexpr size_t kExamples = 9, kPositions = 6, kRows = kExamples * kPositions;
  const Dataset rows = classified(kRows, 13, 4, 2), examples = inExamples(rows, kPositions);
  const auto flat = positionwise<Real>({1, 1, 13}), inSequence = positionwise<Real>({kPositions, 1, 13});
  CHECK(inSequence->positions() == kPositions);
  const Buffer<Real> parameters = initialParameters(*flat, 5);
  std::vector<uint32_t> order(kRows);
  std::iota(order.begin(), order.end(), 0u);
  std::vector<uint32_t> lengths;
  std::vector<double> weights;
  for (size_t i = 0; i < kExamples; ++i) {
    lengths.push_back(uint32_t(i % (kPositions + 1)));
    for (size_t p = 0; p < kPositions; ++p) weights.push_back(p < lengths[i] ? 1 : 0);
  }
  Dataset weighted = rows;
  weighted.weights = tableOf(Format::float64, weights, 1);
  for (const Kernels* table : tables())
    for (const bool isPadded : {false, true})
      for (const size_t members : {1, 3}) {
        CAPTURE(nameOf(*table));
        CAPTURE(isPadded);
        CAPTURE(members);
        const auto run = [&](const Network<Real>& network, const Dataset& data, const Batch& batch) {
          Minibatch<Real> minibatch(network, *table, {Loss::crossEntropy, true}, batch.count, Use::training,
                                    Precision::full);
          minibatch.setTeamSize(members);
          Buffer<Real> gradient(network.parameterCount());
          onTeam(members, [&](const Member& member) {
            findGradient(network, minibatch, member, batch, parameters.data(), data, order.data(), gradient.data());
          });
          return std::pair(minibatch.tally(batch.count), std::move(gradient));
        };
        Batch batch{kExamples, Mode::training, 3};
        if (isPadded) batch.lengths = lengths.data();
        const auto [expected, gradient] = run(*flat, isPadded ? weighted : rows, {kRows, Mode::training, 3});
        const auto [tally, ofPositions] = run(*inSequence, examples, batch);
        CHECK(tally.loss == expected.loss);
        CHECK(tally.lossWeight == expected.lossWeight);
        CHECK(tally.correct == expected.correct);
        CHECK(tally.examples == kExamples);
        CHECK(difference(ofPositions, gradient) == "");
      }
}

/// Embeddings of two columns at each position, followed by a dense layer.
template <typename Real>
std::shared_ptr<const Network<Real>> embedded(size_t positions) {
  NetworkInput input;
  input.kind = InputBlock::Kind::categorical;
  for (size_t p = 0; p < positions; ++p) input.cardinalities.insert(input.cardinalities.end(), {5u, 7u});
  std::vector<Node<Real>> nodes;
  nodes.push_back(
      {"0",
       std::make_unique<Embedding<Real>>(std::vector<uint32_t>{5, 7}, std::vector<size_t>{3, 30}, positions),
       {0}});
  nodes.push_back({"1", std::make_unique<Dense<Real>>(Shape{positions, 1, 33}, DenseOptions{4}), {1}});
  return std::make_shared<const Network<Real>>(std::vector{std::move(input)}, std::move(nodes));
}

TEST_CASE_TEMPLATE("embeddings look up at each position", Real, float, double) {
  constexpr size_t kExamples = 8, kPositions = 3, kRows = kExamples * kPositions;
  std::vector<uint32_t> codes;
  std::vector<uint8_t> targets;
  for (uint32_t i = 0; i < kRows; ++i) {
    codes.insert(codes.end(), {i * i % 5, (i * i + i / 3) % 7});
    targets.push_back(uint8_t(i % 4));
  }
  const auto dataOf = [&](size_t positions) {
    std::vector<uint32_t> cardinalities;
    for (size_t p = 0; p < positions; ++p) cardinalities.insert(cardinalities.end(), {5u, 7u});
    return Dataset{{InputBlock(std::make_shared<CodeTable>(codes, cardinalities), "inputs")},
                   tableOf(Format::uint8, targets, positions),
                   nullptr,
                   nullptr};
  };
  std::vector<uint32_t> order(kRows);
  std::iota(order.begin(), order.end(), 0u);
  const auto gradientOf = [&](size_t positions, size_t members) {
    const auto network = embedded<Real>(positions);
    const Buffer<Real> parameters = initialParameters(*network, 5);
    const Dataset data = dataOf(positions);
    const size_t count = kRows / positions;
    Minibatch<Real> minibatch(*network, kernels(), {Loss::crossEntropy, true}, count, Use::training, Precision::full);
    minibatch.setTeamSize(members);
    minibatch.workspace().reserveTouched(data, order.data(), count);
    Buffer<Real> gradient(network->parameterCount());
    onTeam(members, [&](const Member& member) {
      findGradient(*network, minibatch, member, {count}, parameters.data(), data, order.data(), gradient.data());
    });
    return gradient;
  };
  const Buffer<Real> ofRows = gradientOf(1, 1);
  for (const size_t members : {1, 2, 3}) CHECK(difference(gradientOf(kPositions, members), ofRows) == "");
}

TEST_CASE_TEMPLATE("weights that stay with their owners change no bit", Real, float, double) {
  // The second layer has a bias that forms a block; the third one belongs to its owners in the backward pass only.
  const auto network = chain<Real>({300, 256, 260, 128, 4},
                                   {Activation::gelu, Activation::tanh, Activation::relu, Activation::identity});
  const Buffer<Real> parameters = drawn<Real>(network->parameterCount(), 5, -0.1, 0.1);  // biases included
  constexpr size_t kExamples = 21;
  const Dataset data = classified(kExamples, 300, 4, 2);
  std::vector<uint32_t> rows(kExamples);
  std::iota(rows.rbegin(), rows.rend(), 0u);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Minibatch<Real> minibatch(*network, *table, {Loss::crossEntropy, true}, kExamples, Use::training, Precision::full);
    const auto gradientOf = [&](size_t members, size_t teamSize) {
      minibatch.setTeamSize(teamSize);
      Buffer<Real> gradient(network->parameterCount());
      onTeam(members, [&](const Member& member) {
        findGradient(*network, minibatch, member, {kExamples}, parameters.data(), data, rows.data(), gradient.data());
      });
      return gradient;
    };
    const Buffer<Real> alone = gradientOf(1, 1);
    CHECK(difference(gradientOf(2, 2), alone) == "");
    CHECK(minibatch.workspace().divisionOf(0) == Division::depth);
    CHECK(minibatch.workspace().divisionOf(1) == Division::depth);
    for (const size_t members : {3, 4, 5, 16, 64}) {
      CAPTURE(members);
      CHECK(difference(gradientOf(members, members), alone) == "");
    }
    for (const size_t members : {1, 2, 3}) CHECK(difference(gradientOf(members, 4), alone) == "");  // some are omitted
  }
}

TEST_CASE("nothing is computed for frozen matrices or below them, and other gradients have the same bits") {
  const auto network =
      chain<float>({30, 20, 40, 50, 4}, {Activation::gelu, Activation::tanh, Activation::relu, Activation::identity});
  const Buffer<float> parameters = initialParameters(*network, 5);
  const Dataset data = classified(17, 30, 4, 2);
  std::vector<uint32_t> rows(17);
  std::iota(rows.begin(), rows.end(), 0u);
  constexpr float kUntouched = -12345.5f;
  for (const Precision precision : {Precision::full, Precision::bfloat16})
    for (const std::vector<bool>& frozen : {std::vector<bool>{true, true, false, false}, {true, false, true, false}}) {
      const auto gradientOf = [&](size_t members, const std::vector<bool>& left) {
        Minibatch<float> minibatch(*network, kernels(), {Loss::crossEntropy, true}, 17, Use::training, precision);
        minibatch.workspace().freeze(left);
        minibatch.setTeamSize(members);
        Buffer<float> gradient(network->parameterCount());
        std::fill_n(gradient.data(), gradient.size(), kUntouched);
        onTeam(members, [&](const Member& member) {
          findGradient(*network, minibatch, member, {17}, parameters.data(), data, rows.data(), gradient.data());
        });
        CHECK(minibatch.workspace().isVisitedBackward(0) != left[0]);
        CHECK(minibatch.workspace().isVisitedBackward(1) != (left[0] && left[1]));
        return gradient;
      };
      Buffer<float> expected = gradientOf(1, {false, false, false, false});
      for (size_t i = 0; i < frozen.size(); ++i) {
        const auto& m = network->matrices()[i];
        if (frozen[i]) std::fill_n(expected.data() + m.offset, m.rows * m.columns, kUntouched);
      }
      for (const size_t members : {1, 2, 3}) CHECK(difference(gradientOf(members, frozen), expected) == "");
    }
}

TEST_CASE("gradients in bfloat16 are close to those in float, with equal bits in teams of any size") {
  const auto network = chain<float>({45, 70, 33, 4}, {Activation::gelu, Activation::relu, Activation::identity});
  const Buffer<float> parameters = initialParameters(*network, 5);
  for (const size_t count : {45, 11, 5}) {
    const Dataset data = classified(count, 45, 4, 2);
    std::vector<uint32_t> rows(count);
    std::iota(rows.begin(), rows.end(), 0u);
    for (const Kernels* table : tables()) {
      CAPTURE(nameOf(*table));
      const auto inTeam = [&](size_t members, Precision precision) {
        Minibatch<float> minibatch(*network, *table, {Loss::crossEntropy, true}, 64, Use::training, precision);
        Buffer<float> gradient(network->parameterCount());
        onTeam(members, [&](const Member& member) {
          findGradient(*network, minibatch, member, {count}, parameters.data(), data, rows.data(), gradient.data());
        });
        return gradient;
      };
      const Buffer<float> exact = inTeam(1, Precision::full), alone = inTeam(1, Precision::bfloat16);
      double error = 0, size = 0;
      for (size_t i = 0; i < exact.size(); ++i) {
        error += std::pow(double(alone[i]) - double(exact[i]), 2);
        size += std::pow(double(exact[i]), 2);
      }
      const double relative = std::sqrt(error / size);  // numbers are rounded by at most 2⁻⁹ of their size
      CHECK(relative > 1e-4);
      CHECK(relative < 1e-2);
      for (const size_t members : {2, 3, 6}) CHECK(difference(inTeam(members, Precision::bfloat16), alone) == "");
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

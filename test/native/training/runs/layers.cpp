// Runs of networks with every kind of layer. If layers do not bound their gradient, the whole gradient is computed
// first.
#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <optional>

#include "bits.h"
#include "drawn.h"
#include "models/architectures.h"
#include "on_team.h"
#include "tables.h"
#include "training/followed.h"
#include "training/plain.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

constexpr int64_t kSteps = 12;  // 4 minibatches, the last of 5 rows, in each of 3 epochs
const std::vector<double> kAdamW = recordOf({1e-2, 0.9, 0.999, 1e-8, 0.1, 1e-2, 0.9, 0.999, 1e-8, 0});

/// Dense layers, two of them behind dropout, and a join, from the numbers of images to four logits.
template <typename Real>
std::shared_ptr<const Network<Real>> withDropout() {
  Architecture<Real> a(numbers(kImage.size()));
  a.template add<Dropout>({0}, numbers(kImage.size()), 0.1);
  a.template add<Dense>({1}, numbers(kImage.size()), DenseOptions{37, Activation::elu, false});
  a.template add<Dropout>({2}, numbers(37), 0.3);
  a.template add<Dense>({3}, numbers(37), DenseOptions{37, Activation::leakyRelu});
  a.template add<Join>({3, 4}, std::vector{numbers(37), numbers(37)}, Joining::sum, Activation::relu);
  a.template add<Dense>({5}, numbers(37), DenseOptions{4});
  return a.network();
}

/// Normalisations, which do not bound gradients, between layers that compute in bfloat16.
template <typename Real>
std::shared_ptr<const Network<Real>> normalized() {
  Architecture<Real> a(numbers(kImage.size()));
  a.template add<Dense>({0}, numbers(kImage.size()), DenseOptions{37, Activation::identity, false});
  a.template add<BatchNorm>({1}, numbers(37), BatchNormOptions{1e-5, 0.1, Activation::silu});
  a.template add<Dense>({2}, numbers(37), DenseOptions{21, Activation::identity});
  a.template add<LayerNorm>({3}, numbers(21), 1e-5, Activation::relu);
  a.template add<Dense>({4}, numbers(21), DenseOptions{4});
  return a.network();
}

template <typename Real>
struct Example {
  std::shared_ptr<const Network<Real>> network;
  Dataset data = images(53, 1), held = images(20, 2);
  Buffer<Real> parameters = initialParameters(*network, 3);
  std::shared_ptr<Snapshot<Real>> snapshot = std::make_shared<Snapshot<Real>>();
  PlainOptions options{
      .trainer = {.scoring = {Loss::crossEntropy, true},
                  .optimizer = {.rules = {"adamw", "adamw"}},
                  .tensors = treatmentsFor(*network),
                  .seed = 11},
      .run = {.batchSize = 16, .epochs = 3, .seed = 7, .order = Sampler::Order::permuted, .scheduled = false}};

  std::shared_ptr<Run> run(bool validates = false) {
    auto run = runOf(network, parameters, snapshot, data, options, validates ? std::optional(held) : std::nullopt);
    run->supply(kAdamW);
    return run;
  }
};

template <typename Real>
void checkRuns(const std::shared_ptr<const Network<Real>>& network, Precision precision) {
  CAPTURE(int(precision));
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    Example<Real> plain{network};
    plain.options.trainer.precision = precision;
    const PlainReport expected = trainPlainly(
        *network, plain.parameters, plain.data, plain.options, [](int64_t) { return kAdamW; }, kSteps);
    for (const size_t members : {1, 2, 3}) {
      CAPTURE(members);
      Engine::instance().configure(members, {});
      Example<Real> example{network};
      example.options.trainer.precision = precision;
      Followed followed(example.run());
      CHECK(followed.end().status == Status::completed);
      CHECK(difference(example.parameters, plain.parameters) == "");
      REQUIRE(followed.epochs().size() == 3);
      for (size_t i = 0; i < 3; ++i) {
        CHECK(followed.epochs()[i].training.loss == expected.epochs[i].loss);
        CHECK(followed.epochs()[i].training.correct == expected.epochs[i].correct);
      }
    }
  }
}

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("a run of a network with every layer equals the plain loop bit for bit, in teams of any size", Real,
                   float, double) {
  CHECK_FALSE(everyLayer<Real>(Activation::gelu)->boundsGradient());
  for (const Activation activation : {Activation::gelu, Activation::relu})
    checkRuns(everyLayer<Real>(activation), Precision::full);
}

TEST_CASE_TEMPLATE("a run of dense layers with dropout between them equals the plain loop bit for bit", Real, float,
                   double) {
  CHECK(withDropout<Real>()->boundsGradient());
  checkRuns(withDropout<Real>(), Precision::full);
}

TEST_CASE("runs in bfloat16 equal the plain loop too, with and without a bounded gradient") {
  CHECK_FALSE(normalized<float>()->boundsGradient());
  for (const auto& network : {withDropout<float>(), normalized<float>()}) checkRuns(network, Precision::bfloat16);
}

TEST_CASE("validations change nothing, and use running statistics and no dropout") {
  const auto network = everyLayer<double>(Activation::gelu);
  Example<double> without{network}, with{network};
  Followed first(without.run()), second(with.run(true));
  CHECK(first.end().status == Status::completed);
  CHECK(second.end().status == Status::completed);
  CHECK(difference(with.parameters, without.parameters) == "");
  const Tally tally = evaluate(network, static_cast<const double*>(with.parameters.data()), with.held,
                               with.options.trainer.scoring, Precision::full)
                          .tally;
  CHECK(second.epochs().back().validation->loss == tally.loss);
}

TEST_CASE("statistics follow the data, and neither the rule nor neighbours of a frozen tensor move them") {
  const auto network = everyLayer<float>(Activation::gelu);
  Example<float> example{network};
  const Buffer<float> before = copyOf(example.parameters);
  CHECK(Followed(example.run()).end().status == Status::completed);
  Example<float> stopped{network};
  stopped.options.trainer.optimizer.rules = {"sgd", "sgd"};
  auto run = runOf(network, stopped.parameters, stopped.snapshot, stopped.data, stopped.options);
  run->supply(recordOf({0, 0, 0, 0}));  // only statistics change
  CHECK(Followed(run).end().status == Status::completed);
  size_t statistics = 0;
  for (const NetworkTensor& tensor : network->tensors()) {
    CAPTURE(tensor.name);
    const bool moves = difference(&example.parameters[tensor.offset], &before[tensor.offset], tensor.size) != "";
    const bool moved = difference(&stopped.parameters[tensor.offset], &before[tensor.offset], tensor.size) != "";
    CHECK(moves);
    CHECK(moved == !tensor.trains);
    statistics += !tensor.trains;
  }
  CHECK(statistics == 2);
}

TEST_CASE("a non-finite minibatch ends a run with the statistics as before it") {
  for (const size_t members : {1, 2, 3}) {
    CAPTURE(members);
    Engine::instance().configure(members, {});
    const auto network = everyLayer<float>(Activation::gelu);
    Example<float> example{network};
    example.options.run.order = Sampler::Order::sequential;
    Buffer<float> plain = copyOf(example.parameters);
    trainPlainly(
        *network, plain, example.data, example.options, [](int64_t) { return kAdamW; }, 2);
    std::vector<float> inputs;
    for (size_t i = 0; i < example.data.rows(); ++i)
      for (size_t j = 0; j < kImage.size(); ++j) inputs.push_back(float(example.data.dense().at(i, j)));
    inputs[40 * kImage.size()] = std::numeric_limits<float>::quiet_NaN();  // in the third minibatch
    example.data.inputs = {InputBlock(tableOf(Format::float32, inputs, kImage.size()))};
    const auto outcome = Followed(example.run()).end();
    CHECK(outcome.status == Status::failed);
    CHECK(outcome.code == "ERR_NON_FINITE");
    CHECK(difference(example.parameters, plain) == "");
  }
}

/// The members that took part, as bits, and the largest team.
struct Attendants {
  std::atomic<uint64_t> members{0};
  std::atomic<size_t> most{0};
};

/// A convolution that records which members compute gradients of its weights.
class WatchedConv2d : public Conv2d<float> {
 public:
  WatchedConv2d(const Shape& image, const Windows& windows, const Conv2dOptions& options, Attendants& attendants)
      : Conv2d(image, windows, options), attendants_(attendants) {}

  void parameterGradient(const Pass<float>& pass, const MatrixRows& block,
                         const Track<float>& gradient) const override {
    attendants_.members |= uint64_t{1} << pass.member.index();
    if (pass.member.isFirst()) attendants_.most = std::max(attendants_.most.load(), pass.member.count());
    Conv2d::parameterGradient(pass, block, gradient);
  }

 private:
  Attendants& attendants_;
};

TEST_CASE("all members of a team compute gradients of convolutions") {
  const Shape image{9, 9, 16};  // so many channels that each member has rows of the convolution
  const Windows windows = windowsOver(image, {{3, 3}, {1, 1}, {0, 0}});
  std::optional<Buffer<float>> expected;
  for (const size_t members : {1, 2, 3, 8}) {
    CAPTURE(members);
    Attendants attendants;
    std::vector<Node<float>> nodes;
    nodes.push_back(
        {"layers.0",
         std::make_unique<WatchedConv2d>(image, windows, Conv2dOptions{8, Activation::relu, true, {}}, attendants),
         {0}});
    nodes.push_back({"layers.1", std::make_unique<Flatten<float>>(nodes[0].layer->outputs()), {1}});
    nodes.push_back(
        {"layers.2", std::make_unique<Dense<float>>(nodes[1].layer->outputs(), DenseOptions{.outputs = 4}), {2}});
    const auto network = std::make_shared<const Network<float>>(image, std::move(nodes));
    Buffer<float> parameters = initialParameters(*network, 3);
    const PlainOptions options{
        .trainer = {.scoring = {Loss::crossEntropy, true},
                    .optimizer = {.rules = {"adamw", "adamw"}},
                    .tensors = weightsAndBiases(2)},
        .run = {.batchSize = 16, .epochs = 2, .seed = 7, .order = Sampler::Order::permuted, .scheduled = false}};
    Engine::instance().configure(members + 1, {});
    Engine::instance().configure(members, {});
    const auto run =
        runOf(network, parameters, std::make_shared<Snapshot<float>>(), classified(40, image.size(), 4, 1), options);
    run->supply(recordOf({1e-2, 0.9, 0.999, 1e-8, 0.1, 1e-2, 0.9, 0.999, 1e-8, 0}));
    CHECK(Followed(run).end().status == RunOutcome::Status::completed);
    CHECK(attendants.most.load() == members);
    CHECK(attendants.members.load() == (uint64_t{1} << members) - 1);
    if (!expected) expected = copyOf(parameters);
    CHECK(difference(parameters, *expected) == "");
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

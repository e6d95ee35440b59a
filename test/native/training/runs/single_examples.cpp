// Runs that take steps on single examples: they equal the plain loop on minibatches of one, except for rounding.
#include "training/runs/single_examples.h"

#include <doctest/doctest.h>

#include <cmath>

#include "bits.h"
#include "examples.h"
#include "layers/sparse_dense.h"
#include "on_team.h"
#include "training/evaluation/evaluation.h"
#include "training/followed.h"
#include "training/plain.h"
#include "training/steps/linear_steps.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

constexpr int64_t kSteps = 3 * 150;

PlainOptions oneRowAtATime(bool scheduled) {
  return {.trainer = {.scoring = {Loss::squared, false},
                      .optimizer = {.rules = {"sgd", "sgd"}, .scheduled = scheduled},
                      .tensors = weightsAndBiases(1)},
          .run = {.batchSize = 1, .epochs = 3, .seed = 1, .order = Sampler::Order::permuted, .scheduled = scheduled}};
}

struct Example {
  explicit Example(bool scheduled) : options(oneRowAtATime(scheduled)) {}

  PlainOptions options;
  Dataset data = regressed(150, 5, 2, 1);
  std::shared_ptr<const Network<double>> network = chain<double>({5, 2}, {Activation::identity});
  Buffer<double> parameters = initialParameters(*network, 3);
  std::shared_ptr<Snapshot<double>> snapshot = std::make_shared<Snapshot<double>>();

  /// Runs under a schedule, with records that arrive a few at a time.
  RunOutcome run(const Schedule& schedule) {
    const auto run = runOf(network, parameters, snapshot, data, options);
    CHECK(run->totalSteps() == kSteps);
    const int64_t count = options.run.scheduled ? kSteps : 1;
    for (int64_t begin = 0; begin < count; begin += 7) {
      std::vector<double> records;
      for (int64_t step = begin; step < std::min(begin + 7, count); ++step)
        for (const double number : schedule(step)) records.push_back(number);
      run->supply(records);
    }
    return Followed(run).end();
  }

  double distanceToPlain(const Schedule& schedule) const {
    Buffer<double> plain = initialParameters(*network, 3);
    trainPlainly(*network, plain, data, options, schedule, kSteps);
    double largest = 0, size = 0;
    for (size_t i = 0; i < plain.size(); ++i) {
      largest = std::max(largest, std::abs(plain[i] - parameters[i]));
      size = std::max(size, std::abs(plain[i]));
    }
    return largest / size;
  }
};

const Schedule kConstant = [](int64_t) { return recordOf({0.02, 0, 0.02, 0}); };
const Schedule kDecaying = [](int64_t step) {
  const double rate = 0.1 / double(5 + step);
  return recordOf({rate, 0, rate, 0});
};

TEST_SUITE_BEGIN("training");

TEST_CASE("a run on single examples follows the plain loop, with one record or one for each step") {
  for (const bool scheduled : {false, true}) {
    CAPTURE(scheduled);
    const Schedule& schedule = scheduled ? kDecaying : kConstant;
    Example first(scheduled);
    CHECK(first.run(schedule).status == Status::completed);
    CHECK(first.distanceToPlain(schedule) < 1e-12);
    for (const size_t members : {2, 3}) {
      Engine::instance().configure(members, {});
      Example example(scheduled);
      CHECK(example.run(schedule).status == Status::completed);
      CHECK(difference(example.parameters, first.parameters) == "");
    }
  }
}

TEST_CASE("examples and hyperparameters too large for a plain step are taken as minibatches between others") {
  const Schedule leaping = [](int64_t step) {
    return step % 50 == 20 ? recordOf({1e-14, 0, 1e13, 0}) : kDecaying(step);  // the biases' rate is not moderate
  };
  Example example(true);
  example.options.trainer.tensors[1].frozen = true;
  CHECK(example.run(leaping).status == Status::completed);
  CHECK(example.distanceToPlain(leaping) < 1e-12);

  Example one(false);
  std::vector<double> inputs(150 * 5, 0.5), targets(150 * 2, 0.25);
  for (size_t row : {40, 41, 149}) targets[row * 2] = 1e13;
  one.data = {{tableOf(Format::float64, inputs, 5)}, tableOf(Format::float64, targets, 2), nullptr, nullptr};
  CHECK(one.run(kConstant).status == Status::completed);
  CHECK(one.distanceToPlain(kConstant) < 1e-9);
}

TEST_CASE("a run on single examples ends before the one with a non-finite loss") {
  Example example(false);
  std::vector<double> inputs(150 * 5, 0.5), targets(150 * 2, 0.25);
  targets[40 * 2] = 1e200;
  example.options.run.order = Sampler::Order::sequential;
  example.data = {{tableOf(Format::float64, inputs, 5)}, tableOf(Format::float64, targets, 2), nullptr, nullptr};
  const RunOutcome outcome = example.run(kConstant);
  CHECK(outcome.status == Status::failed);
  CHECK(outcome.message.starts_with("the loss became infinite at step 41 (epoch 1)"));
  CHECK(example.snapshot->read()->step == 40);
}

template <typename Real>
std::shared_ptr<const Network<Real>> sparseLinear(uint32_t columns, size_t outputs) {
  NetworkInput words;
  words.kind = InputBlock::Kind::sparse;
  words.columns = columns;
  std::vector<Node<Real>> nodes;
  nodes.push_back({"layers.0", std::make_unique<SparseDense<Real>>(columns, DenseOptions{outputs}), {0}});
  return std::make_shared<const Network<Real>>(std::vector{words}, std::move(nodes));
}

TEST_CASE("ftrl under a schedule takes single examples, and touched rows follow the last hyperparameters") {
  constexpr uint32_t kColumns = 60, kRows = 300;
  constexpr int64_t kCount = 3 * kRows;
  for (const size_t outputs : {1, 3}) {
    CAPTURE(outputs);
    const auto network = sparseLinear<double>(kColumns, outputs);
    std::vector<uint32_t> columns;
    std::vector<double> offsets{0}, targets;
    for (uint32_t i = 0; i < kRows; ++i) {
      for (const uint32_t column : {i * i % kColumns, (7 * i + i / 9 + 3) % kColumns}) columns.push_back(column);
      offsets.push_back(double(columns.size()));
      for (size_t j = 0; j < outputs; ++j) targets.push_back(std::sin(double(i * i % kColumns + j)));
    }
    SparseBuilder builder(kColumns);
    builder.append<float>(offsets.data(), kRows, columns.data(), nullptr, columns.size());
    const Dataset data{
        {InputBlock(builder.build(), "inputs")}, tableOf(Format::float64, targets, outputs), nullptr, nullptr};

    PlainOptions options = oneRowAtATime(true);
    options.trainer.optimizer.rules = {"ftrl", "ftrl"};
    options.trainer.tensors = {{0, false, true}, {1, false}};
    const Schedule schedule = [](int64_t step) {
      const double rate = 0.5 / (1 + double(std::min<int64_t>(step, 400)) / 40);
      const double beta = step % 70 == 30 ? 1e13 : 1;  // too large for a plain step: taken as a minibatch
      return recordOf({rate, 1, 0.01, 0.02, 0.1, rate, beta, 0, 0, 0.1});
    };
    Buffer<double> plain = initialParameters(*network, 3), first;
    Buffer<double> slab = initialParameters(*network, 3);
    Trainer<double> trainer(network, slab.data(), options.trainer);
    CHECK(trainer.singleSteps(schedule(0).data()));
    trainPlainly(*network, plain, data, options, schedule, kCount);
    double size = 0;
    for (size_t i = 0; i < plain.size(); ++i) size = std::max(size, std::abs(plain[i]));
    CHECK(size > 0.1);
    for (const size_t records : {1, 7, 200}) {
      CAPTURE(records);
      Buffer<double> parameters = initialParameters(*network, 3);
      const auto run = runOf(network, parameters, std::make_shared<Snapshot<double>>(), data, options);
      for (int64_t begin = 0; begin < kCount; begin += int64_t(records)) {
        std::vector<double> some;
        for (int64_t step = begin; step < std::min(begin + int64_t(records), kCount); ++step)
          for (const double number : schedule(step)) some.push_back(number);
        run->supply(some);
      }
      CHECK(Followed(run).end().status == Status::completed);
      double largest = 0;
      for (size_t i = 0; i < plain.size(); ++i) largest = std::max(largest, std::abs(plain[i] - parameters[i]));
      CHECK(largest < 1e-12 * size);
      if (first.size() == 0)
        first = std::move(parameters);
      else
        CHECK(difference(parameters, first) == "");
    }
  }
}

// The thread sanitizer checks this: members read and write weights and biases at the same time.
TEST_CASE("hogwild members learn from all sparse examples") {
  constexpr uint32_t kColumns = 40, kRows = 800;
  const auto network = sparseLinear<float>(kColumns, 1);
  std::vector<uint32_t> columns;
  std::vector<double> offsets{0};
  std::vector<float> targets;
  for (uint32_t i = 0; i < kRows; ++i) {
    for (const uint32_t column : {i % kColumns, (7 * i + i / kColumns + 3) % kColumns}) columns.push_back(column);
    offsets.push_back(double(columns.size()));
    targets.push_back(0.3f + float(std::sin(columns[2 * i]) + std::sin(columns[2 * i + 1])));
  }
  SparseBuilder builder(kColumns);
  builder.append<float>(offsets.data(), kRows, columns.data(), nullptr, columns.size());
  const Dataset data{{InputBlock(builder.build(), "inputs")}, tableOf(Format::float32, targets, 1), nullptr, nullptr};
  PlainOptions options = oneRowAtATime(false);
  options.trainer.tensors = {{0, false, true}, {1, false}};
  options.run.hogwild = true;
  options.run.epochs = 30;
  for (const size_t members : {1, 2, 3}) {
    CAPTURE(members);
    Engine::instance().configure(members, {});
    Buffer<float> parameters = initialParameters(*network, 3);
    const auto run = runOf(network, parameters, std::make_shared<Snapshot<float>>(), data, options);
    run->supply(recordOf({0.1, 0, 0.1, 0}));
    CHECK(Followed(run).end().status == Status::completed);
    CHECK(evaluate(network, static_cast<const float*>(parameters.data()), data, {Loss::squared, false}, Precision::full)
              .tally.loss < 1e-4);
  }
}

TEST_CASE("a share of single examples knows the record of the step before it") {
  const double numbers[] = {0, 1, 2, 3, 4, 5};
  const uint32_t rows[] = {9, 8, 7, 6, 5, 4};
  const Singles all{nullptr, rows, {numbers, 6, 1}};
  CHECK(all.from(0, 3).before == nullptr);
  const Singles last = all.from(2, 6);
  CHECK(last.count() == 4);
  CHECK(last.rows[0] == 7);
  CHECK(*last.before == 1);
  CHECK(*last.from(0, 2).before == 1);
  CHECK(*last.from(3, 4).before == 4);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

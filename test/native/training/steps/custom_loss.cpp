// Losses that another thread computes while the run waits.
#include "training/steps/custom_loss.h"

#include <doctest/doctest.h>

#include <atomic>
#include <new>
#include <numeric>
#include <thread>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/plain.h"
#include "training/steps/online.h"

namespace glissade {
namespace {

using Status = RunOutcome::Status;

constexpr size_t kBatch = 10;
constexpr int64_t kSteps = 24;  // 6 minibatches in each of 4 epochs

const std::vector<double> kRecord = recordOf({0.1, 0.01, 0.1, 0});

/// Half the squared distance between outputs and targets, as a mean over rows.
double halfSquare(const CustomMinibatch<double>& minibatch) {
  double sum = 0;
  for (size_t i = 0; i < minibatch.rows * minibatch.columns; ++i) {
    const double difference = minibatch.outputs[i] - minibatch.targets[i];
    sum += difference * difference / 2;
    if (minibatch.gradient) minibatch.gradient[i] = difference / static_cast<double>(minibatch.rows);
  }
  return sum / static_cast<double>(minibatch.rows);
}

PlainOptions options() {
  return {.trainer = {.scoring = {Loss::custom, false},
                      .optimizer = {.rules = {"sgd", "sgd"}},
                      .tensors = weightsAndBiases(2),
                      .mayResume = true},
          .run = {.batchSize = kBatch, .epochs = 4, .seed = 1, .order = Sampler::Order::sequential, .scheduled = true}};
}

/// A run under a custom loss, which the thread of the test computes.
struct Example {
  Dataset data = regressed(6 * kBatch, 3, 2, 1);
  std::shared_ptr<const Network<double>> network = chain<double>({3, 8, 2}, {Activation::tanh, Activation::identity});
  Buffer<double> parameters = initialParameters(*network, 3);
  std::shared_ptr<TrainingRun<double>> run = std::static_pointer_cast<TrainingRun<double>>(
      runOf(network, parameters, std::make_shared<Snapshot<double>>(), data, options()));
  std::atomic<bool> isOver{false};
  std::atomic<int> asked{0};
  RunOutcome outcome;
  std::vector<StepAnswer> answers;

  void start() {
    const auto listen = [this](bool isLast) {
      RunNews news = run->takeNews();
      for (StepAnswer& answer : news.answers) answers.push_back(std::move(answer));
      if (isLast) outcome = news.outcome;
      isOver = isLast;
    };
    run->start(listen, [this] { ++asked; });
  }

  /// Waits until a loss is awaited. Returns false if the run ends instead.
  bool reachLoss() {
    while (!run->awaitsLoss())
      if (isOver)
        return false;
      else
        std::this_thread::yield();
    return true;
  }

  void answerLoss() { run->takeLoss(halfSquare(run->awaited())); }

  void supply() {
    std::vector<double> records;
    for (int64_t step = 0; step < kSteps; ++step) records.insert(records.end(), kRecord.begin(), kRecord.end());
    run->supply(std::move(records));
  }

  void end() {
    while (reachLoss()) answerLoss();
    Engine::instance().wait(*run);
  }

  /// Compares with steps on these minibatches, one call per minibatch.
  std::string differenceTo(const std::vector<uint32_t>& minibatches) const {
    Buffer<double> alone = initialParameters(*network, 3);
    Trainer<double> trainer(network, alone.data(), options().trainer);
    for (const uint32_t minibatch : minibatches) {
      std::vector<uint32_t> rows(kBatch);
      std::iota(rows.begin(), rows.end(), minibatch * kBatch);
      stepOnline<double>(trainer, data.select(rows), kRecord.data(), halfSquare);
    }
    return difference(parameters, alone);
  }
};

/// The minibatches of the first steps of a run.
std::vector<uint32_t> inOrder(int64_t steps) {
  std::vector<uint32_t> minibatches;
  for (int64_t step = 0; step < steps; ++step) minibatches.push_back(static_cast<uint32_t>(step % 6));
  return minibatches;
}

TEST_SUITE_BEGIN("training");

TEST_CASE("a run under a custom loss has the bits of single steps, for any team") {
  for (const size_t members : {1, 2, 3}) {
    CAPTURE(members);
    Engine::instance().configure(members, {});
    Example example;
    example.supply();
    example.start();
    example.end();
    CHECK(example.outcome.status == Status::completed);
    CHECK(example.asked == kSteps);
    CHECK(example.differenceTo(inOrder(kSteps)) == "");
  }
}

TEST_CASE("a run that awaits a loss is not resumed by anything else") {
  Example example;
  example.run->supply(kRecord);
  example.start();
  int64_t supplied = 1;
  while (example.reachLoss()) {
    if (supplied < kSteps) {
      example.run->supply(kRecord);
      ++supplied;
    }
    static_cast<Run&>(*example.run).goOn(1);
    example.run->noteCheckpoint();
    passBy();  // a slice of the engine, in which the run would continue
    CHECK(example.run->awaitsLoss());
    example.answerLoss();
  }
  Engine::instance().wait(*example.run);
  CHECK(example.outcome.status == Status::completed);
  CHECK(example.differenceTo(inOrder(kSteps)) == "");
}

TEST_CASE("a stop ends the wait for a loss after the last step, and a late loss has no effect") {
  for (const int64_t steps : {0, 1, 7}) {
    CAPTURE(steps);
    Example example;
    example.supply();
    example.start();
    for (int64_t step = 0; step < steps; ++step) {
      REQUIRE(example.reachLoss());
      example.answerLoss();
    }
    REQUIRE(example.reachLoss());
    example.run->stop();
    Engine::instance().wait(*example.run);
    CHECK_FALSE(example.run->awaitsLoss());
    example.run->takeLoss(1);
    CHECK(example.outcome.status == Status::stopped);
    CHECK(example.run->progress().steps == steps);
    CHECK(example.differenceTo(inOrder(steps)) == "");
  }
}

TEST_CASE("requested steps await their losses between those of the run, and one can be dropped") {
  std::vector<uint32_t> first(kBatch);
  std::iota(first.begin(), first.end(), 0u);
  Example example;
  example.supply();
  example.start();
  REQUIRE(example.reachLoss());
  CHECK_FALSE(example.run->dropRequest().has_value());  // it belongs to the run
  CHECK(example.run->awaitsLoss());
  for (const uint64_t id : {1, 2, 3}) CHECK(example.run->request({id, example.data.select(first)}));
  example.answerLoss();
  REQUIRE(example.reachLoss());
  example.answerLoss();  // of request 1
  REQUIRE(example.reachLoss());
  CHECK(example.run->dropRequest() == 2);
  for (int i = 0; i < 3; ++i) example.run->supply(kRecord);
  example.end();
  CHECK(example.outcome.status == Status::completed);
  REQUIRE(example.answers.size() == 2);
  CHECK(example.answers[0].id == 1);
  CHECK(example.answers[0].steps == 2);
  CHECK(example.answers[1].id == 3);
  std::vector<uint32_t> taken = inOrder(kSteps);
  taken.insert(taken.begin() + 1, {0, 0});
  CHECK(example.differenceTo(taken) == "");
}

TEST_CASE("a run without memory to request a loss fails, and a later stop has no effect") {
  Example example;
  example.supply();
  std::atomic<int> ends{0};
  const auto listen = [&](bool isLast) {
    if (isLast) example.outcome = example.run->takeNews().outcome;
    ends += isLast;
  };
  example.run->start(listen, [] { throw std::bad_alloc(); });
  Engine::instance().wait(*example.run);
  CHECK(example.outcome.status == Status::failed);
  CHECK_FALSE(example.run->awaitsLoss());
  example.run->stop();
  for (int i = 0; i < 3; ++i) passBy();
  CHECK(ends == 1);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

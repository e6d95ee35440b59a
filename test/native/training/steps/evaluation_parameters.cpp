// EvaluationParameters in isolation: averages, lagging rows, pauses, and evaluations during training.
#include "training/steps/evaluation_parameters.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "bits.h"
#include "examples.h"
#include "layers/sparse_dense.h"
#include "on_team.h"
#include "training/plain.h"
#include "training/steps/rollback.h"

namespace glissade {
namespace {

const std::vector<double> kAdam = recordOf({1e-2, 0.9, 0.999, 1e-8, 0, 1e-2, 0.9, 0.999, 1e-8, 0});
constexpr uint32_t kRows = 3000;  // of a sparse matrix: a pass over it takes several calls

TrainerOptions optionsOf(bool averages, bool isSparse) {
  return {.scoring = {Loss::squared, false},
          .optimizer = {.rules = {"adam", "adam"}, .averages = averages},
          .tensors = {{0, false, isSparse}, {1, false}},
          .mayResume = true};
}

template <typename Real>
std::shared_ptr<const Network<Real>> networkOf(bool isSparse) {
  if (!isSparse) return chain<Real>({4, 3}, {Activation::identity});
  NetworkInput words;
  words.kind = InputBlock::Kind::sparse;
  words.columns = kRows;
  std::vector<Node<Real>> nodes;
  nodes.push_back({"layers.0", std::make_unique<SparseDense<Real>>(kRows, DenseOptions{3}), {0}});
  return std::make_shared<const Network<Real>>(std::vector{words}, std::move(nodes));
}

enum class Kind { plain, averaged, sparse };

/// A model that takes steps with random gradients. Those of sparse matrices are for a few rows.
template <typename Real>
struct Evaluated {
  explicit Evaluated(Kind kind)
      : isSparse(kind == Kind::sparse), averages(kind == Kind::averaged), options(optionsOf(averages, isSparse)) {}

  const bool isSparse, averages;
  TrainerOptions options;
  std::shared_ptr<const Network<Real>> network = networkOf<Real>(isSparse);
  Buffer<Real> parameters = initialParameters(*network, 3);
  TrainedModel<Real> model{network, parameters.data(), options};
  EvaluationParameters<Real> evaluation{model, options};

  Buffer<Real> weights, biases;
  std::vector<uint32_t> rows;
  std::vector<Gradient> gradients;
  std::vector<double> record;
  Buffer<Real> average{parameters.size()};  // the expected average

  void prepare() {
    const auto next = static_cast<uint64_t>(model.counts.steps + 1);
    rows.clear();
    for (uint32_t k = 0; isSparse && k < 5; ++k) rows.push_back(static_cast<uint32_t>(next * 500 + k * 7) % kRows);
    weights = drawn<Real>(3 * (isSparse ? rows.size() : 4), 100 * next);
    biases = drawn<Real>(3, 200 * next);
    gradients = {{weights.data(), false, isSparse ? &rows : nullptr}, {biases.data()}};
    if (isSparse) model.optimizer.sparse().reserve(rows.size());
    record = kAdam;
    record[1] = next == 1 ? 1 : 0.5;  // the weight of the average
  }

  void update(const Member& member) {
    model.optimizer.step(model.kernels, member, record.data(), 1, true, model.stepArrays(gradients.data()));
  }

  void step() {
    prepare();
    update(Member(0, 1));
    model.countSteps(1, record.data());
    const auto weight = static_cast<Real>(record[1]);
    for (size_t i = 0; i < parameters.size(); ++i) average[i] = (1 - weight) * average[i] + weight * parameters[i];
  }

  void steps(int count) {
    for (int i = 0; i < count; ++i) step();
  }

  std::vector<char> state() const {
    const auto* const bytes = reinterpret_cast<const char*>(model.state.data());
    return {bytes, bytes + model.state.size()};
  }
};

template <typename Real>
Buffer<Real> copyOf(const Real* values, size_t count) {
  Buffer<Real> copy(count);
  std::copy_n(values, count, copy.data());
  return copy;
}

template <typename Real>
Buffer<Real> currentOf(Evaluated<Real>& one) {
  return copyOf(one.evaluation.current(), one.parameters.size());
}

template <typename Real>
double distance(const Real* values, const Buffer<Real>& expected) {
  double largest = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    largest = std::max(largest, std::abs(double(values[i]) - double(expected[i])));
  return largest;
}

void forEachTeam(const std::function<void(size_t)>& check) {
  for (const size_t members : {1, 2, 3}) {
    CAPTURE(members);
    check(members);
  }
}

template <typename Real>
Buffer<Real> caughtUpCopy(Evaluated<Real>& one, size_t members, typename EvaluationParameters<Real>::Copied kind) {
  onTeam(members, [&](const Member& member) {
    if (member.isFirst()) one.evaluation.beginCopy(kind);
    member.barrier();
    while (one.evaluation.catchUp(member)) member.barrier();
  });
  return copyOf(one.evaluation.copy(), one.parameters.size());
}

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("a model with equal evaluation and trained parameters does not change", Real, float, double) {
  Evaluated<Real> one(Kind::plain);
  one.steps(3);
  const Buffer<Real> trained = copyOf(one.parameters);
  CHECK_FALSE(one.evaluation.lags());
  CHECK(one.evaluation.current() == one.parameters.data());
  one.evaluation.pause();
  CHECK(difference(one.parameters, trained) == "");
  one.parameters[2] = 7;
  one.evaluation.resume();
  CHECK(one.parameters[2] == 7);
}

TEST_CASE_TEMPLATE("an averaged model is evaluated with its average", Real, float, double) {
  Evaluated<Real> one(Kind::averaged);
  CHECK(one.evaluation.current() == one.parameters.data());  // before the first step
  for (int i = 0; i < 4; ++i) {
    one.step();
    const Real* const current = one.evaluation.current();
    CHECK(current != one.parameters.data());
    CHECK(distance(current, one.average) < 1e-6);
    CHECK(distance(current, one.parameters) > (i == 0 ? -1 : 1e-3));
  }
}

TEST_CASE_TEMPLATE("a pause shows the evaluation parameters, and training continues from the trained ones", Real, float,
                   double) {
  Evaluated<Real> one(Kind::averaged), undisturbed(Kind::averaged);
  for (int i = 0; i < 4; ++i) {
    one.step();
    undisturbed.step();
    const Buffer<Real> shown = currentOf(one);
    one.evaluation.pause();
    CHECK(difference(one.parameters, shown) == "");
    one.evaluation.pause();  // a second pause changes nothing
    CHECK(difference(one.parameters, shown) == "");
    one.evaluation.resume();
    CHECK(difference(one.parameters, undisturbed.parameters) == "");
    one.evaluation.resume();
    CHECK(difference(one.parameters, undisturbed.parameters) == "");
  }
}

TEST_CASE_TEMPLATE("parameters written in a pause are trained and evaluated from then on", Real, float, double) {
  Evaluated<Real> one(Kind::averaged);
  one.steps(3);
  one.evaluation.pause();
  one.parameters[14] = 7;
  const Buffer<Real> written = copyOf(one.parameters);
  one.evaluation.resume();
  CHECK(difference(one.parameters, written) == "");
  CHECK(one.evaluation.current() == one.parameters.data());
  one.step();
  CHECK(one.evaluation.current() != one.parameters.data());
}

TEST_CASE_TEMPLATE("non-finite evaluation parameters are not shown", Real, float, double) {
  Evaluated<Real> one(Kind::averaged);
  one.step();
  one.parameters[3] = std::numeric_limits<Real>::infinity();
  one.step();
  one.parameters[3] = 1;
  const Buffer<Real> trained = copyOf(one.parameters);
  one.evaluation.pause();
  CHECK(difference(one.parameters, trained) == "");
}

TEST_CASE_TEMPLATE("a copy during training has the evaluation parameters, and changes nothing", Real, float, double) {
  using Copied = typename EvaluationParameters<Real>::Copied;
  forEachTeam([](size_t members) {
    for (const Kind kind : {Kind::plain, Kind::averaged, Kind::sparse}) {
      CAPTURE(int(kind));
      Evaluated<Real> one(kind), caughtUp(kind);
      one.steps(12);
      caughtUp.steps(12);
      CHECK(one.evaluation.lags() == one.isSparse);
      const Buffer<Real> before = copyOf(one.parameters);
      const auto state = one.state();
      if (!one.isSparse) currentOf(one);  // the copy must not change this result
      const Buffer<Real> evaluated = caughtUpCopy(one, members, Copied::evaluated);
      const Buffer<Real> trained = caughtUpCopy(one, members, Copied::trained);
      CHECK(difference(one.parameters, before) == "");
      CHECK(one.state() == state);

      const Buffer<Real> expected = currentOf(caughtUp);
      CHECK_FALSE(caughtUp.evaluation.lags());
      CHECK(difference(trained, caughtUp.parameters) == "");
      CHECK(difference(evaluated, expected) == "");
      CHECK(difference(currentOf(one), expected) == "");
    }
  });
}

TEST_CASE_TEMPLATE("lagging rows catch up, by teams of any size", Real, float, double) {
  Evaluated<Real> expected(Kind::sparse);
  expected.steps(12);
  const Buffer<Real> lagging = copyOf(expected.parameters);
  CHECK(expected.evaluation.current() == expected.parameters.data());
  CHECK(difference(lagging, expected.parameters) != "");
  forEachTeam([&](size_t members) {
    Evaluated<Real> one(Kind::sparse);
    one.steps(12);
    onTeam(members, [&](const Member& member) {
      if (member.isFirst()) one.evaluation.beginCatchUp();
      member.barrier();
      while (one.evaluation.catchUp(member)) member.barrier();
    });
    CHECK_FALSE(one.evaluation.lags());
    CHECK(difference(one.parameters, expected.parameters) == "");
    CHECK(one.state() == expected.state());
  });
}

TEST_CASE_TEMPLATE("within a step parameters are evaluated as after it, and after a rollback as before it", Real, float,
                   double) {
  forEachTeam([](size_t members) {
    for (const Kind kind : {Kind::plain, Kind::averaged, Kind::sparse}) {
      CAPTURE(int(kind));
      Evaluated<Real> one(kind), next(kind);
      one.steps(3);
      next.steps(3);
      const Buffer<Real> before = currentOf(one);
      currentOf(next);
      next.step();
      const Buffer<Real> expected = currentOf(next);

      Rollback<Real> rollback(one.model);
      rollback.reserve(Member(0, 1));
      one.prepare();
      const Real* found = nullptr;
      onTeam(members, [&](const Member& member) {
        rollback.save(member);
        member.barrier();
        one.update(member);
        member.barrier();
        const Real* const ours = one.evaluation.withinStep(member, one.record.data());
        if (member.isFirst()) found = ours;
      });
      CHECK((found == nullptr) == !one.averages);
      CHECK(difference(found ? found : one.parameters.data(), expected.data(), expected.size()) == "");
      CHECK_FALSE(one.evaluation.lags());
      onTeam(members, [&](const Member& member) { rollback.restore(member); });
      CHECK(difference(currentOf(one), before) == "");
    }
  });
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

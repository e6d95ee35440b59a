// The overflow guard in isolation: which numbers it calls moderate, in the share of any member, and what a rollback
// restores.
#include "training/steps/overflow_guard.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string>

#include "bits.h"
#include "examples.h"
#include "on_team.h"
#include "training/plain.h"
#include "training/steps/exploding.h"
#include "training/steps/rollback.h"

namespace glissade {
namespace {

const std::vector<double> kAdam = recordOf({1e-3, 0.9, 0.999, 1e-8, 0, 1e-3, 0.9, 0.999, 1e-8, 0});
const double kInfinity = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();
const Tally kTwoRows{.loss = 1, .lossWeight = 2, .weight = 2, .examples = 2};

TrainerOptions optionsOf(size_t accumulate) {
  return {.scoring = {Loss::squared, false},
          .optimizer = {.rules = {"adam", "adam"}, .accumulates = accumulate > 1},
          .tensors = weightsAndBiases(1),
          .accumulate = accumulate};
}

/// A model of 4 × 3 weights and 3 biases, with its guard.
template <typename Real>
struct Guarded {
  explicit Guarded(size_t accumulate = 1) : options(optionsOf(accumulate)) {}

  TrainerOptions options;
  std::shared_ptr<const Network<Real>> network = chain<Real>({4, 3}, {Activation::identity});
  Buffer<Real> parameters = initialParameters(*network, 3);
  TrainedModel<Real> model{network, parameters.data(), options};
  OverflowGuard<Real> guard{model, options};

  using Factors = typename OverflowGuard<Real>::Factors;

  /// Whether a fused step is allowed to a team with these factors in its last member; all members must agree.
  bool allows(size_t members, const Factors& factors, const std::vector<double>& record = kAdam,
              const Tally& tally = kTwoRows) {
    typename OverflowGuard<Real>::KnownBounds known;
    std::vector<char> found(members);
    onTeam(members, [&](const Member& member) {
      if (member.isFirst()) known = guard.begin(member.count(), record.data());
      member.barrier();
      guard.measure(member, known, member.index() + 1 == member.count() ? factors : Factors{1, 1});
      member.barrier();
      found[member.index()] = guard.allowsFusedStep(known, tally, guard.largestFactors());
    });
    for (const char each : found) CHECK(each == found[0]);
    return found[0];
  }

  /// The fault that the guard finds in a minibatch with these numbers in the last member of a team, or null.
  const char* faultOf(size_t members, double gradient, double parameter, const Tally& tally = kTwoRows) {
    const char* fault = nullptr;
    onTeam(members, [&](const Member& member) {
      if (member.isFirst()) guard.begin(member.count(), kAdam.data());
      member.barrier();
      const bool isLast = member.index() + 1 == member.count();
      guard.measureGradient(member, isLast ? Real(gradient) : Real(1), isLast ? Real(parameter) : Real(1));
      member.barrier();
      if (member.isFirst()) fault = guard.findFault(tally);
    });
    return fault;
  }

  bool needsRollback(size_t members, double gradient, double parameter, const std::vector<double>& record = kAdam) {
    CHECK(faultOf(members, gradient, parameter) == nullptr);
    return guard.needsRollback(record.data());
  }
};

void forEachTeam(const std::function<void(size_t)>& check) {
  for (const size_t members : {1, 2, 3}) {
    CAPTURE(members);
    check(members);
  }
}

std::vector<double> with(size_t place, double number) {
  std::vector<double> record = kAdam;
  record[sizeof(StepSettings) / sizeof(double) + place] = number;
  return record;
}

TEST_SUITE_BEGIN("training");

TEST_CASE_TEMPLATE("a fused step is allowed if rows × input × delta bound the gradient", Real, float, double) {
  forEachTeam([](size_t members) {
    Guarded<Real> one;
    CHECK(one.allows(members, {1, 1}));
    CHECK(one.allows(members, {Real(1e6), Real(5e5)}));  // 10¹² with two rows
    CHECK_FALSE(one.allows(members, {Real(1e6), Real(5.01e5)}));
    CHECK_FALSE(one.allows(members, {Real(5.01e5), Real(1e6)}));
    CHECK_FALSE(one.allows(members, {Real(kInfinity), 0}));
    CHECK_FALSE(one.allows(members, {1, Real(kInfinity)}));
    CHECK(one.allows(members, {1, 1}));
  });
}

TEST_CASE_TEMPLATE("no fused step is allowed with a large parameter anywhere", Real, float, double) {
  forEachTeam([](size_t members) {
    for (size_t i = 0; i < 15; ++i) {
      CAPTURE(i);
      Guarded<Real> one;
      one.parameters[i] = Real(-9e11);
      CHECK(one.allows(members, {1, 1}));
      one.parameters[i] = Real(-1.1e12);
      CHECK_FALSE(one.allows(members, {1, 1}));
      one.parameters[i] = Real(kNaN);
      CHECK_FALSE(one.allows(members, {1, 1}));
    }
  });
}

TEST_CASE_TEMPLATE("no fused step is allowed with a loss or a hyperparameter that is not moderate", Real, float,
                   double) {
  Guarded<Real> one;
  for (const double loss : {kInfinity, -kInfinity, kNaN}) {
    Tally tally = kTwoRows;
    tally.loss = loss;
    CHECK_FALSE(one.allows(1, {1, 1}, kAdam, tally));
  }
  CHECK(one.allows(1, {1, 1}, with(5, 9e11)));
  CHECK_FALSE(one.allows(1, {1, 1}, with(5, 1.1e12)));
  CHECK(one.allows(1, {1, 1}, with(3, 1e-30)));
  CHECK_FALSE(one.allows(1, {1, 1}, with(3, 0)));  // ε
}

TEST_CASE_TEMPLATE("a fused step measures the parameters for the next one, until others write them", Real, float,
                   double) {
  forEachTeam([](size_t members) {
    Guarded<Real> one;
    const auto fused = [&](double largest) {
      typename OverflowGuard<Real>::KnownBounds known;
      onTeam(members, [&](const Member& member) {
        if (member.isFirst()) known = one.guard.begin(member.count(), kAdam.data());
        member.barrier();
        const auto ours = known;
        one.guard.measure(member, ours, {1, 1});
        member.barrier();
        one.guard.noteUpdated(member, ours, member.index() + 1 == member.count() ? Real(largest) : Real(1));
        CHECK(one.guard.allowsFusedStep(ours, kTwoRows,
                                        one.guard.largestFactors()));  // records are for the next step
        member.barrier();
        if (!member.isFirst()) return;
        one.model.countSteps(1, kAdam.data());
        one.guard.noteFusedStep();
      });
    };
    fused(1);
    CHECK(one.guard.begin(members, kAdam.data()).knowsParameters);
    CHECK(one.allows(members, {1, 1}));
    fused(1.1e12);
    CHECK_FALSE(one.allows(members, {1, 1}));
    one.guard.forget();
    CHECK_FALSE(one.guard.begin(members, kAdam.data()).knowsParameters);
    CHECK(one.allows(members, {1, 1}));

    fused(1);
    CHECK_FALSE(one.guard.begin(members + 1, kAdam.data()).knowsParameters);  // members have different shares
    fused(1);
    one.model.countSteps(1, kAdam.data());  // another kind of step
    CHECK_FALSE(one.guard.begin(members, kAdam.data()).knowsParameters);
  });
}

TEST_CASE_TEMPLATE("a large gradient or parameter requires a rollback point, and so do large hyperparameters", Real,
                   float, double) {
  forEachTeam([](size_t members) {
    Guarded<Real> one;
    CHECK_FALSE(one.needsRollback(members, 9e11, 9e11));
    CHECK(one.needsRollback(members, 1.1e12, 1));
    CHECK(one.needsRollback(members, 1, 1.1e12));
    CHECK(one.needsRollback(members, 1, kInfinity));
    CHECK_FALSE(one.needsRollback(members, 1, 1, with(0, 9e11)));
    CHECK(one.needsRollback(members, 1, 1, with(0, 1.1e12)));
    CHECK(one.needsRollback(members, 1, 1, with(8, 0)));
  });
}

TEST_CASE_TEMPLATE("states are measured in the step after one that needed a rollback", Real, float, double) {
  forEachTeam([](size_t members) {
    Guarded<Real> one;
    auto* const states = reinterpret_cast<Real*>(one.model.state.data());
    for (size_t i = 0; i < one.model.state.size() / sizeof(Real); ++i) states[i] = Real(1e13);
    CHECK_FALSE(one.needsRollback(members, 1, 1));
    one.guard.noteRollback();
    CHECK(one.guard.statesMayBeLarge());
    CHECK_FALSE(one.allows(members, {1, 1}));
    CHECK(one.needsRollback(members, 1, 1));
    one.model.countSteps(1, kAdam.data());
    CHECK_FALSE(one.guard.statesMayBeLarge());
    CHECK_FALSE(one.needsRollback(members, 1, 1));
  });
}

TEST_CASE_TEMPLATE("a non-finite loss or gradient is a fault", Real, float, double) {
  forEachTeam([](size_t members) {
    Guarded<Real> one;
    const auto faultOf = [&](double loss, double gradient) {
      Tally tally = kTwoRows;
      tally.loss = loss;
      const char* const fault = one.faultOf(members, gradient, 1, tally);
      return std::string(fault ? fault : "");
    };
    CHECK(faultOf(1, std::numeric_limits<Real>::max()) == "");
    CHECK(faultOf(kNaN, 1) == "the loss became NaN");
    CHECK(faultOf(kInfinity, 1) == "the loss became infinite");
    CHECK(faultOf(-kInfinity, 1) == "the loss became infinite");
    CHECK(faultOf(1, kInfinity) == "the gradient became non-finite");
  });
}

TEST_CASE("accumulated gradients count with their weights, without skipped minibatches") {
  Guarded<float> one(4);
  const float largest = std::numeric_limits<float>::max();
  Tally heavy = kTwoRows;
  CHECK(one.faultOf(1, 0.4 * largest, 1, heavy) == nullptr);
  CHECK(one.guard.needsRollback(kAdam.data()));
  heavy.lossWeight = 3;
  CHECK(std::string(one.faultOf(1, 0.4 * largest, 1, heavy)) == "the gradient became non-finite");
  one.guard.ignoreGradient();
  CHECK_FALSE(one.guard.needsRollback(kAdam.data()));  // no gradient is waiting
}

TEST_CASE_TEMPLATE("parameters that overflow are found, and a rollback restores every bit", Real, float, double) {
  forEachTeam([](size_t members) {
    for (size_t i = 0; i < 15; ++i) {
      for (const bool elsewhere : {false, true}) {
        CAPTURE(i);
        CAPTURE(elsewhere);
        Guarded<Real> one;
        Rollback<Real> rollback(one.model);
        Buffer<Real> evaluated = copyOf(one.parameters);
        for (size_t k = 0; k < one.model.state.size(); ++k) one.model.state[k] = std::byte(k * 37);
        const Buffer<Real> parameters = copyOf(one.parameters);
        const Buffer<std::byte> state = copyOf(one.model.state);
        std::vector<char> before(members), after(members);
        onTeam(members, [&](const Member& member) {
          if (member.isFirst()) {
            one.guard.begin(member.count(), kAdam.data());
            rollback.reserve(Member(0, 1));
          }
          member.barrier();
          rollback.save(member);
          member.barrier();
          before[member.index()] = one.guard.staysFinite(member, elsewhere ? evaluated.data() : nullptr);
          member.barrier();
          if (member.isFirst()) {
            (elsewhere ? evaluated : one.parameters)[i] = Real(kInfinity);
            one.parameters[(i + 1) % 15] = 5;
            one.model.state[one.model.state.size() - 1 - i] ^= std::byte(1);
          }
          member.barrier();
          after[member.index()] = one.guard.staysFinite(member, elsewhere ? evaluated.data() : nullptr);
          rollback.restore(member);
        });
        for (size_t m = 0; m < members; ++m) {
          CHECK(before[m]);
          CHECK_FALSE(after[m]);
        }
        CHECK(difference(one.parameters, parameters) == "");
        for (size_t k = 0; k < state.size(); ++k) REQUIRE(one.model.state[k] == state[k]);
      }
    }
  });
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

#include "design.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "addon.h"
#include "dataset.h"
#include "parallel/engine.h"
#include "regression/factor.h"
#include "regression/likelihood.h"
#include "regression/solution.h"

namespace glissade {
namespace {

constexpr Words<LinearLoss, 3> kLinearLosses = {
    {"squared", LinearLoss::squared}, {"logistic", LinearLoss::logistic}, {"crossEntropy", LinearLoss::softmax}};
constexpr Words<LinearDerivatives, 2> kDerivatives = {{"gradient", LinearDerivatives::gradient},
                                                      {"hessian", LinearDerivatives::hessian}};

/// A promise of `result` after a job. `make(done)` makes the job, which calls done() at its end; `stop` ends it early.
template <typename JobOf, typename Make>
Napi::Value promised(Napi::Env env, Make make, std::function<void(JobOf&)> stop,
                     std::function<Napi::Value(Napi::Env)> result) {
  auto promise = std::make_shared<Napi::Promise::Deferred>(env);
  Addon& addon = Addon::of(env);
  const auto ticket = std::make_shared<Addon::Ticket>();
  const auto letter = std::make_shared<Addon::Letter>(
      Addon::letter([&addon, ticket, promise, result = std::move(result)](Napi::Env env) {
        addon.release(*ticket);
        try {
          guarded(env, [&] { promise->Resolve(result(env)); });
        } catch (const Napi::Error& error) {
          promise->Reject(error.Value());
        }
      }));
  const std::shared_ptr<JobOf> job = make([&addon, letter] { addon.post(std::move(*letter)); });
  *ticket = addon.follow({job, [job, stop] { stop(*job); }}, [&] { Engine::instance().submit(job); });
  return promise->Promise();
}

/// A promise of the result of a pass over rows.
template <typename Work>
Napi::Value afterPass(Napi::Env env, std::shared_ptr<const Design> design, std::shared_ptr<Work> work, size_t members,
                      std::function<Napi::Value(Napi::Env, const Work&)> result) {
  return promised<RowPass>(
      env,
      [&](std::function<void()> done) {
        return std::make_shared<RowPass>(work->shape(), members, work, std::move(done));
      },
      [](RowPass& pass) { pass.abandon(); },
      [design, work, result = std::move(result)](Napi::Env env) { return result(env, *work); });
}

/// A promise of what `work` returns, done on the engine's thread.
template <typename Value>
Napi::Value afterWork(Napi::Env env, std::function<Value()> work,
                      std::function<Napi::Value(Napi::Env, const Value&)> result) {
  const auto made = std::make_shared<Value>();
  const auto thrown = std::make_shared<std::exception_ptr>();
  return promised<SliceJob>(
      env,
      [&](std::function<void()> done) {
        return std::make_shared<SliceJob>([made, thrown, work, done](Team&) {
          try {
            *made = work();
          } catch (...) {
            *thrown = std::current_exception();
          }
          done();
        });
      },
      [](SliceJob&) {},
      [made, thrown, result](Napi::Env env) {
        if (*thrown) std::rethrow_exception(*thrown);
        return result(env, *made);
      });
}

Napi::Value numbersOf(Napi::Env env, const std::vector<double>& numbers) {
  return newArrayOf<Napi::Float64Array>(env, numbers);
}

// solveFactor(factor: Float64Array, size, hasIntercept, penalty): Promise<{ coefficients, means, rank, condition }>
Napi::Value solveFactor(const Napi::CallbackInfo& info) {
  const size_t size = Argument(info, 1, "size").size();
  const bool hasIntercept = Argument(info, 2, "hasIntercept").flag();
  const double penalty = Argument(info, 3, "penalty").number();
  if (size < (hasIntercept ? 2u : 1u)) throw Error("ERR_SHAPE", "the factor has too few columns");
  auto factor = copyOf(Argument(info, 0, "factor").array<double>(Count::exactly(size * size)));
  return afterWork<Solution>(
      info.Env(),
      [factor = std::move(factor), size, hasIntercept, penalty] {
        return solve(kernels(), factor.data(), size, hasIntercept, penalty);
      },
      [](Napi::Env env, const Solution& solution) -> Napi::Value {
        return objectOf(env, "coefficients", numbersOf(env, solution.coefficients), "means",
                        numbersOf(env, solution.means), "rank", solution.rank, "condition", solution.condition);
      });
}

// definiteFactor(matrix: Float64Array, size): Promise<Float64Array>, which is empty if the matrix is not positive
// definite
Napi::Value definiteFactorOf(const Napi::CallbackInfo& info) {
  const size_t size = Argument(info, 1, "size").size();
  auto matrix = copyOf(Argument(info, 0, "matrix").array<double>(Count::exactly(size * size)));
  return afterWork<std::vector<double>>(
      info.Env(), [matrix = std::move(matrix), size] { return definiteFactor(matrix, size); }, numbersOf);
}

}  // namespace

Napi::Function DesignBinding::define(Napi::Env env) {
  return defineClass(env,
                     {method<&DesignBinding::Rows>("rows"), method<&DesignBinding::Columns>("columns"),
                      method<&DesignBinding::ClassWeights>("classWeights"), method<&DesignBinding::Centre>("centre"),
                      method<&DesignBinding::Factor>("factor"), method<&DesignBinding::Likelihood>("likelihood")});
}

void DesignBinding::defineSolvers(Napi::Object exports) {
  defineFunction<solveFactor>(exports, "solveFactor");
  defineFunction<definiteFactorOf>(exports, "definiteFactor");
}

// new Design(dataset)
DesignBinding::DesignBinding(const Napi::CallbackInfo& info) : Handle(info) {
  guarded(info.Env(), [&] {
    const DatasetBinding& data = DatasetBinding::from({info, 0, "data"});
    design_ = std::make_shared<const Design>(data.data());
    memory_ = data.memory();
  });
}

size_t DesignBinding::classes() {
  if (classes_ == 0) classes_ = design_->classWeights().size();
  return classes_;
}

// classWeights(): the sum of the weights of each class
Napi::Value DesignBinding::ClassWeights(const Napi::CallbackInfo& info) {
  const std::vector<double> weights = design_->classWeights();
  classes_ = weights.size();
  return numbersOf(info.Env(), weights);
}

// centre(): the means of the columns and of the target over some rows
Napi::Value DesignBinding::Centre(const Napi::CallbackInfo& info) { return numbersOf(info.Env(), design_->centre()); }

// factor(centre: Float64Array, hasIntercept): Promise<Float64Array>, the triangular factor row by row
Napi::Value DesignBinding::Factor(const Napi::CallbackInfo& info) {
  const bool hasIntercept = Argument(info, 1, "hasIntercept").flag();
  auto centre = copyOf(Argument(info, 0, "centre").array<double>(Count::exactly(design_->columns() + 1)));
  const size_t members = Engine::instance().threads();
  const auto work = std::make_shared<FactorWork>(kernels(), *design_, std::move(centre), hasIntercept, members);
  return afterPass<FactorWork>(info.Env(), design_, work, members, [](Napi::Env env, const FactorWork& done) {
    const std::span numbers(done.factor(), done.size() * done.size());
    return newArrayOf<Napi::Float64Array>(env, numbers);
  });
}

// likelihood({ loss, outputs, hasIntercept, centre, coefficients }, derivatives): Promise<{ loss, weight, gradient,
// hessian }>
Napi::Value DesignBinding::Likelihood(const Napi::CallbackInfo& info) {
  const Argument given(info, 0, "model");
  LinearModel model;
  model.loss = given["loss"].word(kLinearLosses);
  model.outputs = given["outputs"].size();
  model.hasIntercept = given["hasIntercept"].flag();
  const LinearDerivatives derivatives = Argument(info, 1, "derivatives").word(kDerivatives);
  const size_t columns = design_->columns() + (model.hasIntercept ? 1 : 0);
  if (model.outputs == 0 || (model.loss != LinearLoss::softmax && model.outputs != 1))
    throw Error("ERR_SHAPE", "model.outputs does not fit the loss");
  model.coefficients = copyOf(given["coefficients"].array<double>(Count::exactly(columns * model.outputs)));
  if (const Argument centre = given["centre"]; centre.isGiven())
    model.centre = copyOf(centre.array<double>(Count::exactly(design_->columns() + 1)));
  if (model.loss == LinearLoss::softmax && classes() > model.outputs)
    throw Error("ERR_OUT_OF_RANGE", "a target is not one of the classes");
  const size_t members = Engine::instance().threads();
  const auto work = std::make_shared<LikelihoodWork>(kernels(), *design_, std::move(model), derivatives, members);
  return afterPass<LikelihoodWork>(
      info.Env(), design_, work, members, [](Napi::Env env, const LikelihoodWork& done) -> Napi::Value {
        const std::span gradient(done.gradient().data(), done.gradient().size());
        return objectOf(env, "loss", done.loss(), "weight", done.weight(), "gradient",
                        newArrayOf<Napi::Float64Array>(env, gradient), "hessian", numbersOf(env, done.hessian()));
      });
}

}  // namespace glissade

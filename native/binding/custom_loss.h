#pragma once

#include <algorithm>
#include <optional>

#include "arguments.h"
#include "training/steps/custom_loss.h"

namespace glissade {

/// Calls a loss of lib/losses: (outputs, targets, rows, weights or undefined, gradient or undefined) → number. It gets
/// copies, which it may keep. Returns nothing if `isStillWanted()` is false afterwards: the minibatch may be gone.
/// @throws Napi::Error what the loss throws; Error ERR_DETACHED if it has transferred the gradient's buffer.
template <typename Real, typename IsStillWanted>
std::optional<double> callLoss(const Napi::Function& loss, const CustomMinibatch<Real>& minibatch,
                               IsStillWanted isStillWanted) {
  const Napi::Env env = loss.Env();
  const Napi::HandleScope scope(env);
  const auto copy = [&]<typename Number>(const Number* numbers, size_t count) {
    auto array = newArray<Napi::TypedArrayOf<Number>>(env, count);
    std::copy_n(numbers, count, array.Data());
    return array;
  };
  const size_t size = minibatch.rows * minibatch.columns;
  Napi::Value weights = env.Undefined(), gradient = env.Undefined();
  if (minibatch.weights) weights = copy(minibatch.weights, minibatch.rows);
  if (minibatch.gradient) gradient = newArray<Napi::TypedArrayOf<Real>>(env, size);
  const Napi::Value result =
      loss.Call({copy(minibatch.outputs, size), copy(minibatch.targets, minibatch.rows * minibatch.targetColumns),
                 Napi::Number::New(env, static_cast<double>(minibatch.rows)), weights, gradient});
  const double value = Argument(result, "the loss").number();
  if (!isStillWanted()) return {};
  if (minibatch.gradient)
    std::copy_n(borrow<Real>(env, gradient, "the gradient of the loss", Count::exactly(size)).data(), size,
                minibatch.gradient);
  return value;
}

/// A loss of lib/losses that is computed while its caller waits.
template <typename Real>
CustomLoss<Real> customLossOf(const Argument& loss) {
  return [function = loss.function()](const CustomMinibatch<Real>& minibatch) {
    return *callLoss(function, minibatch, [] { return true; });
  };
}

}  // namespace glissade

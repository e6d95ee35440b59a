#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "arguments.h"
#include "optimizers/optimizer.h"

namespace glissade {

/// An optimizer over `Real` with memory that it borrows from JavaScript. Calls read the items of all lists first,
/// because a getter may detach memory that is already borrowed.
template <typename Real>
class BoundOptimizer {
 public:
  explicit BoundOptimizer(Optimizer<Real> optimizer);

  Optimizer<Real>& optimizer() { return optimizer_; }

  /// Binds the memory of the state, which is shared and zeroed, and the parameters.
  void bind(Napi::Env env, napi_value slab, napi_value parameters);
  bool isBound() const { return state_ != nullptr; }
  std::byte* state() const { return state_; }

  /// Borrows the parameters and a gradient for each; `rows` lists the rows of sparse gradients. `checkIdle()` is called
  /// once no further JavaScript can run. After an exception, nothing counts as borrowed.
  template <typename CheckIdle>
  void borrowAll(Napi::Env env, napi_value parameters, napi_value gradients, napi_value rows, Memory memory,
                 CheckIdle checkIdle) {
    const Items items{itemsOf(env, parameters, "parameters"), itemsOf(env, gradients, "gradients"),
                      itemsOf(env, rows, "rows")};
    checkIdle();
    borrowAll(env, items, memory);
  }
  StepArrays<Real> stepArrays() const { return {gradients_.data(), parameters_.data(), state_}; }
  const Gradient* gradients() const { return gradients_.data(); }

  /// The items of a list that is as long as the parameters. Reading them may run JavaScript (getters).
  std::vector<napi_value> itemsOf(Napi::Env env, napi_value list, const char* name) const;
  /// The memory of arrays like the parameters, for the time of the call.
  std::vector<Real*> borrowLike(Napi::Env env, const std::vector<napi_value>& items, const char* name,
                                Memory memory = Memory::any) const;
  /// The record of one step, for the time of the call.
  const double* borrowRecord(Napi::Env env, napi_value record) const;

 private:
  struct Items {
    std::vector<napi_value> parameters, gradients, rows;
  };

  /// Memory that steps write to: a parameter, or the state.
  struct Written {
    const void *begin, *end;
    size_t parameter;
    static constexpr size_t kState = ~size_t{0};
  };

  void borrowAll(Napi::Env env, const Items& items, Memory memory);
  static std::string nameOf(const Written& array);
  std::vector<Written> writtenBy(const std::byte* state, const std::vector<Real*>& parameters) const;
  void checkApart(size_t array, size_t length) const;
  void readRows(Napi::Env env, size_t array, napi_value list);
  const Parameter& parameter(size_t array) const { return optimizer_.parameters()[array]; }
  size_t lengthOf(size_t array) const { return optimizer_.parameters().lengthOf(array); }

  Optimizer<Real> optimizer_;
  std::byte* state_ = nullptr;  // shared memory, which is never detached
  std::vector<Real*> parameters_;
  std::vector<Gradient> gradients_;
  std::vector<std::vector<uint32_t>> rows_;  // of sparse gradients
  std::vector<Written> written_;             // in the order of addresses
};

}  // namespace glissade

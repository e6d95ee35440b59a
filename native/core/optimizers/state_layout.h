#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "optimizers/parameters.h"
#include "record.h"

namespace glissade {

enum class NumberType { float32, float64, bfloat16, uint8, uint32 };

template <typename Real>
inline constexpr NumberType kNumberType = sizeof(Real) == sizeof(double) ? NumberType::float64 : NumberType::float32;

/// A named array of the state: where it lies in the slab that holds all of it.
struct StateEntry {
  std::string name;
  size_t array;  // of the parameters that it belongs to, or kOfAll
  NumberType type;
  size_t offset, length;  // in bytes; in numbers

  static constexpr size_t kOfAll = ~size_t{0};
};

/// How the state lies in its slab. Each piece of an optimizer adds the arrays that it keeps there, and remembers their
/// offsets. Saved states hold them by name, so that their order may change.
class StateLayout {
 public:
  /// Adds an array of the state and returns its offset.
  size_t add(std::string name, size_t array, NumberType type, size_t length);

  /// Adds an array as long as each of the parameters, but an empty one for those that are frozen.
  std::vector<size_t> addLike(const Parameters& parameters, const char* name, NumberType type);

  const std::vector<StateEntry>& entries() const { return entries_; }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<StateEntry> entries_;
  size_t bytes_ = 0;
};

/// What an optimizer remembers beside the states of its rule: how many steps were taken, how many gradients were
/// skipped since they were not finite, the weight of the gradients that wait for their step, and the norm of the last
/// ones.
struct Counters {
  GLISSADE_RECORD(steps, skipped, accumulated, gradientNorm);
};

}  // namespace glissade

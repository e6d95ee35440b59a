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

/// A named array of the state, and where it lies in the slab.
struct StateEntry {
  std::string name;
  size_t array;  // the array of parameters that it belongs to, or kOfAll
  NumberType type;
  size_t offset, length;  // in bytes; in numbers

  static constexpr size_t kOfAll = ~size_t{0};
};

/// The layout of the state in its slab. Each part of an optimizer adds the arrays that it keeps there, and remembers
/// their offsets. Saved states contain arrays by name; their order may change.
class StateLayout {
 public:
  /// Adds an array of the state and returns its offset.
  size_t add(std::string name, size_t array, NumberType type, size_t length);

  /// Adds the arrays of another slab, which keep their distances, and returns where that begins.
  size_t add(const StateLayout& slab);

  /// Adds an array for each array of parameters: as long, or empty if that is frozen.
  std::vector<size_t> addLike(const Parameters& parameters, const char* name, NumberType type);

  const std::vector<StateEntry>& entries() const { return entries_; }
  size_t bytes() const { return bytes_; }

 private:
  std::vector<StateEntry> entries_;
  std::vector<size_t> large_;  // by array, how many large ones of its states there are
  size_t bytes_ = 0;
};

/// Counters of an optimizer: the steps taken; the gradients skipped because they were not finite; the weight of the
/// accumulated gradients; the norm of the last step's gradients.
struct Counters {
  GLISSADE_RECORD(steps, skipped, accumulated, gradientNorm);
};

}  // namespace glissade

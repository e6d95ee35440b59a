#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"

namespace glissade {

enum class NumberType { float32, float64, bfloat16, uint8, uint32 };

/// Where a part of the state lies in the slab that holds all of it.
struct StatePlace {
  std::string name;
  size_t array;  // whose it is, or kOfAll
  NumberType type;
  size_t offset, length;  // in bytes; in numbers

  static constexpr size_t kOfAll = ~size_t{0};
};

/// What an optimizer remembers beside the states of its rule.
struct Counters {
  double steps;        // that were taken
  double skipped;      // gradients that were not finite
  double accumulated;  // the weight of the gradients that wait for their step
  double gradientNorm;
};

/// A state of a rule for one array.
struct StoredState {
  Encoding encoding;
  bool isSigned, isElementwise;
  bool isSquare;          // never negative
  size_t place;           // among those of the layout
  size_t offset, scales;  // in bytes

  template <typename Real>
  size_t width() const {
    return encoding == Encoding::plain ? sizeof(Real) : encoding == Encoding::bfloat16 ? 2 : 1;
  }
};

/// How the state lies in its slab, and is read there.
template <typename Real>
class StateLayout {
 public:
  /// By array: its rule, and the length of its table of rows, or 0. By group: the length of its record, or 0.
  StateLayout(std::shared_ptr<const Parameters> parameters, const OptimizerOptions& options,
              const std::vector<const Rule<Real>*>& rules, const std::vector<size_t>& tableLengths,
              const std::vector<size_t>& recordLengths, std::vector<Total> totals);

  const std::vector<StatePlace>& places() const { return places_; }
  size_t bytes() const { return bytes_; }
  const std::vector<StoredState>& of(size_t array) const { return stored_[array]; }

  /// Whether an array's states are stored as they are.
  bool isPlain(size_t array) const;
  /// Where an array's states begin; those that are encoded are not to be read there.
  void begin(size_t array, std::byte* state, Real** states) const;

  Real* average(const Piece& piece, std::byte* state) const { return at(average_, piece, state); }
  Real* slow(const Piece& piece, std::byte* state) const { return at(slow_, piece, state); }
  Real* accumulated(const Piece& piece, std::byte* state) const { return at(accumulated_, piece, state); }
  uint64_t* table(size_t array, std::byte* state) const { return reinterpret_cast<uint64_t*>(state + tables_[array]); }
  double* record(size_t group, std::byte* state) const { return reinterpret_cast<double*>(state + records_[group]); }
  double* totals(std::byte* state) const { return reinterpret_cast<double*>(state + totals_); }
  Counters& counters(std::byte* state) const { return *reinterpret_cast<Counters*>(state + counters_); }

  /// What is wrong with the numbers of a state, as a sentence; empty where nothing is.
  std::string faultOf(const Kernels& kernels, std::byte* state) const;

  /// Calls work(states) with the states of a block.
  template <typename Work>
  void read(const Kernels& kernels, const Piece& block, std::byte* state, Work work) const {
    Real buffers[kMaxStates][Parameters::kBlock];
    Real* states[kMaxStates];
    decode(kernels, block, state, buffers, states);
    work(states);
  }

  /// Calls work(states) with the states of a block, and stores what it has made of them in step t.
  template <typename Work>
  void update(const Kernels& kernels, const Piece& block, std::byte* state, int64_t t, Work work) const {
    Real buffers[kMaxStates][Parameters::kBlock];
    Real* states[kMaxStates];
    decode(kernels, block, state, buffers, states);
    work(states);
    encode(kernels, block, state, t, states);
  }

 private:
  size_t place(std::string name, size_t array, NumberType type, size_t length);
  void placeStates(const State& state, size_t array);
  Real* at(const std::vector<size_t>& offsets, const Piece& piece, std::byte* state) const {
    return reinterpret_cast<Real*>(state + offsets[piece.array]) + piece.begin;
  }
  void decode(const Kernels& kernels, const Piece& block, std::byte* state, Real (*buffers)[Parameters::kBlock],
              Real** states) const;
  void encode(const Kernels& kernels, const Piece& block, std::byte* state, int64_t t, Real* const* states) const;

  std::shared_ptr<const Parameters> parameters_;
  Encoding encoding_;
  std::vector<StatePlace> places_;
  size_t bytes_ = 0;
  std::vector<std::vector<StoredState>> stored_;  // by array
  std::vector<size_t> tables_, records_, average_, slow_, accumulated_;
  size_t totals_ = 0, counters_ = 0;
  std::vector<Total> rangesOfTotals_;
};

}  // namespace glissade

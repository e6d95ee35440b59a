#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/groups.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "optimizers/state_layout.h"
#include "optimizers/stored_state.h"

namespace glissade {

/// The states of the update rules: those of each array, as numbers of its type or in fewer bits.
///
/// State: for each array, the kStates of its rule, in the order of these lists.
template <typename Real>
class RuleStates {
 public:
  RuleStates(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups, Encoding encoding,
             StateLayout& layout);

  const std::vector<StoredState>& of(size_t array) const { return stored_[array]; }

  /// How an array's moments are stored: plain if it has none.
  Encoding encodingOf(size_t array) const;
  /// Where an array's first kMaxStates states begin; those of elements, from `element` on. Encoded states must not be
  /// read there.
  void begin(size_t array, std::byte* state, Real** states, size_t element = 0) const;

  /// Where states of elements from range.begin on lie, as they are stored in step t.
  EncodedStates encoded(const ArrayRange& range, std::byte* state, int64_t t) const;

  /// Calls work(states) with the decoded states of a block.
  template <typename Work>
  void read(const Kernels& kernels, const ArrayRange& block, std::byte* state, Work work) const {
    Buffers buffers;
    Real* states[kMaxStates];
    decode(kernels, block, state, buffers, states);
    work(states);
  }

  /// Calls work(states) with the decoded states of a block, which may change them, and encodes them in step t.
  template <typename Work>
  void update(const Kernels& kernels, const ArrayRange& block, std::byte* state, int64_t t, Work work) const {
    Buffers buffers;
    Real* states[kMaxStates];
    decode(kernels, block, state, buffers, states);
    work(states);
    encode(kernels, block, state, t, states);
  }

  /// Copies θ to the states of a block that start as it does, before the first step.
  void start(const ArrayRange& block, const State* states, const Real* theta, std::byte* state) const;

  void prefetch(const ArrayRange& block, std::byte* state) const;

  /// The largest magnitude among the states of a block; infinity if any is not finite.
  Real magnitude(const Kernels& kernels, const ArrayRange& block, std::byte* state) const;

  /// Says what is wrong with the rules' states, without a full stop; empty if nothing is.
  std::string faultOf(const Kernels& kernels, std::byte* state) const;

 private:
  void add(const Rule<Real>& rule, const State& state, size_t array, Encoding encoding, StateLayout& layout);
  // Decoded states. They begin at different places of pages (see state_layout.cpp).
  static constexpr size_t kApart = 192;
  using Buffers = Real[kMaxStates][Parameters::kBlock + kApart];

  void decode(const Kernels& kernels, const ArrayRange& block, std::byte* state, Buffers& buffers, Real** states) const;
  void encode(const Kernels& kernels, const ArrayRange& block, std::byte* state, int64_t t, Real* const* states) const;
  uint32_t ditherAt(const ArrayRange& block, int64_t t) const;

  std::shared_ptr<const Parameters> parameters_;
  std::vector<std::vector<StoredState>> stored_;  // by array
};

/// Prefetches memory that will be read and written.
inline void prefetchBytes(const void* data, size_t bytes) {
  constexpr size_t kLine = 64;
  for (size_t at = 0; at < bytes; at += kLine) __builtin_prefetch(static_cast<const std::byte*>(data) + at, 1, 3);
}

}  // namespace glissade
